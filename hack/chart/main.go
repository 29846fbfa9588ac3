// SPDX-License-Identifier: Apache-2.0

// Command chart writes the Helm chart from the output of kustomize for config:
//
//	chart --kustomize <command> --config config --output config/chart
//
// It replaces the whole output folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"cloudrecording.dev/operator/hack/chart/conversion"
	"cloudrecording.dev/operator/hack/command"
)

const usage = "chart writes the Helm chart, from what kustomize builds of config.\n\n"

func main() { command.Main("chart", execute) }

func execute(ctx context.Context, arguments []string, _, stderr io.Writer) error {
	flags := flag.NewFlagSet("chart", flag.ContinueOnError)
	flags.SetOutput(stderr)
	kustomize := flags.String("kustomize", "kustomize", "the command that runs kustomize, with its arguments")
	config := flags.String("config", "config", "the folder of the kustomizations")
	output := flags.String("output", "", "the folder of the chart, which is replaced")
	err := command.Parse(flags, usage, arguments, func() error {
		if *output == "" || strings.TrimSpace(*kustomize) == "" {
			return errors.New("give --output, and with --kustomize a command")
		}
		return nil
	})
	if err != nil {
		return err
	}
	sources, err := read(ctx, strings.Fields(*kustomize), *config)
	if err != nil {
		return err
	}
	files, err := conversion.Convert(sources)
	if err != nil {
		return fmt.Errorf("make the chart: %w", err)
	}
	return replace(*output, files)
}

// replace replaces the content of a folder.
func replace(folder string, files map[string][]byte) error {
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("remove the former chart: %w", err)
	}
	for name, content := range files {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // everybody who has the repository reads it
			return fmt.Errorf("make a folder of the chart: %w", err)
		}
		if err := os.WriteFile(file, content, 0o644); err != nil { //nolint:gosec // everybody who has the repository reads it
			return fmt.Errorf("write a file of the chart: %w", err)
		}
	}
	return nil
}
