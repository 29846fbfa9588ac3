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

// The forms of output beside the one for people.
const (
	outputJSON = "json"
	outputYAML = "yaml"
	outputWide = "wide"
	outputName = "name"
)

// output is the form that -o asks for; empty for the one for people.
type output struct {
	form    string
	allowed []string
}

// addOutput adds the flag to a command that shows something.
func addOutput(command *cobra.Command, also ...string) *output {
	o := &output{allowed: append([]string{outputJSON, outputYAML}, also...)}
	command.Flags().StringVarP(&o.form, "output", "o", "", "output format: "+strings.Join(o.allowed, ", "))
	_ = command.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(o.allowed, cobra.ShellCompDirectiveNoFileComp)) // it is there
	return o
}

// check says whether the form is one of those that there are.
func (o *output) check(command *cobra.Command) error {
	if o.form != "" && !slices.Contains(o.allowed, o.form) {
		return usageError(command, fmt.Errorf("--output can be %s", strings.Join(o.allowed, ", ")))
	}
	return nil
}

// print writes a value as a program wants it, or as print does for people.
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
