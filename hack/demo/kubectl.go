// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// show runs kubectl before everybody's eyes, and returns what it printed.
func (s *stage) show(ctx context.Context, arguments ...string) (string, error) {
	fmt.Printf("\n$ kubectl %s\n", shown(arguments))
	output, err := s.kubectl(ctx, arguments...)
	fmt.Print(output)
	return output, err
}

// kubectl runs kubectl quietly.
func (s *stage) kubectl(ctx context.Context, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, s.cluster.Kubectl, arguments...)
	command.Env = append(os.Environ(), "KUBECONFIG="+s.cluster.Kubeconfig)
	output, err := command.CombinedOutput()
	if err != nil {
		return string(output), fmt.Errorf("kubectl %s: %w", shown(arguments), err)
	}
	return string(output), nil
}

// shown writes arguments as one types them.
func shown(arguments []string) string {
	quoted := make([]string, 0, len(arguments))
	for _, argument := range arguments {
		if strings.ContainsAny(argument, ` "'{}$*[]()<>|&;`) {
			argument = "'" + argument + "'"
		}
		quoted = append(quoted, argument)
	}
	return strings.Join(quoted, " ")
}
