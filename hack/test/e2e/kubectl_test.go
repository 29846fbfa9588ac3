// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// run runs a command in the project's folder and returns its standard output. The error
// contains its standard error.
func run(ctx context.Context, stdin, name string, args ...string) (string, error) {
	var stdout, stderr strings.Builder
	command := exec.CommandContext(ctx, name, args...)
	command.Dir = projectDir
	command.Stdin = strings.NewReader(stdin)
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	_, _ = fmt.Fprintf(GinkgoWriter, "$ %s %s\n%s%s\n", name, strings.Join(args, " "), &stdout, &stderr)
	if err != nil {
		return stdout.String(), fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, &stderr)
	}
	return stdout.String(), nil
}

// tryKubectl runs kubectl, which may fail.
func tryKubectl(ctx context.Context, args ...string) (string, error) {
	return tryKubectlWith(ctx, "", args...)
}

func tryKubectlWith(ctx context.Context, stdin string, args ...string) (string, error) {
	command := kubectlCommand(args...)
	return run(ctx, stdin, command[0], command[1:]...)
}

// kubectl runs kubectl, which must succeed.
func kubectl(ctx context.Context, args ...string) string {
	GinkgoHelper()
	output, err := tryKubectl(ctx, args...)
	Expect(err).NotTo(HaveOccurred())
	return output
}

// apply creates or updates the objects in a manifest.
func apply(ctx context.Context, manifest string) {
	GinkgoHelper()
	_, err := tryKubectlWith(ctx, manifest, "apply", "-f", "-")
	Expect(err).NotTo(HaveOccurred())
}

// get decodes an object or a list.
func get[T any](ctx context.Context, args ...string) (T, error) {
	var object T
	output, err := tryKubectl(ctx, append([]string{"get", "-o", "json"}, args...)...)
	if err != nil {
		return object, err
	}
	return object, json.Unmarshal([]byte(output), &object)
}

func kubectlCommand(args ...string) []string {
	return append(strings.Fields(environment("KUBECTL", "kubectl")), args...)
}

// makeTarget runs a target of the Makefile as a user does.
func makeTarget(ctx context.Context, args ...string) (string, error) {
	args = append(args, "KUBECTL="+environment("KUBECTL", "kubectl"))
	return run(ctx, "", environment("MAKE", "make"), append([]string{"--no-print-directory"}, args...)...)
}

// temporaryFile writes a file that is removed after the spec.
func temporaryFile(dir, name, content string) {
	GinkgoHelper()
	Expect(os.WriteFile(dir+"/"+name, []byte(content), 0o600)).To(Succeed())
}
