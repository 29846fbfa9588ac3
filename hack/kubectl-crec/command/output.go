// SPDX-License-Identifier: Apache-2.0

package command

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

// The output formats other than the human-readable one.
const (
	outputJSON = "json"
	outputYAML = "yaml"
	outputWide = "wide"
	outputName = "name"
)

// output is the value of -o. It is empty for the human-readable format.
type output struct {
	form    string
	allowed []string
}

// addOutput adds the flag -o to a command.
func addOutput(command *cobra.Command, also ...string) *output {
	o := &output{allowed: append([]string{outputJSON, outputYAML}, also...)}
	command.Flags().StringVarP(&o.form, "output", "o", "", "output format: "+strings.Join(o.allowed, ", "))
	_ = command.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(o.allowed, cobra.ShellCompDirectiveNoFileComp)) // it is there
	return o
}

// check returns a usage error if the format is not allowed.
func (o *output) check(command *cobra.Command) error {
	if o.form != "" && !slices.Contains(o.allowed, o.form) {
		return usageError(command, fmt.Errorf("--output can be %s", strings.Join(o.allowed, ", ")))
	}
	return nil
}

// print writes a value in the format of the flag. Without the flag, it calls people.
func (o *output) print(out io.Writer, value any, people func(out io.Writer)) error {
	var text []byte
	var err error
	switch o.form {
	case outputJSON:
		text, err = json.MarshalIndent(value, "", "  ")
		text = append(text, '\n')
	case outputYAML:
		text, err = yaml.Marshal(value)
	default:
		people(out)
		return nil
	}
	if err != nil {
		return fmt.Errorf("print as %s: %w", o.form, err)
	}
	if _, err := out.Write(text); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
