// SPDX-License-Identifier: Apache-2.0

package command

import (
	"io"

	"github.com/spf13/cobra"

	"cloudrecording.dev/operator/hack/kubectl-crec/view"
)

const statusHelp = `Shows the progress of a recording, as a tree.

The tree has the sessions of the recording, each of which is a recording of its
own at Agora, their files, and the evidence that these are in your bucket. It
also shows what the recording waits for, and until when.`

func (t *tool) newStatus() *cobra.Command {
	command := &cobra.Command{
		Use: "status NAME", Short: "Show how far a recording is and what it waits for", Long: statusHelp,
		Example: "  kubectl crec status lesson-42\n  kubectl crec status lesson-42 -o json",
		Args:    one("the name of a CloudRecording"), ValidArgsFunction: t.completeNames,
	}
	form := addOutput(command)
	command.RunE = func(command *cobra.Command, arguments []string) error {
		if err := form.check(command); err != nil {
			return err
		}
		reached, err := t.connect()
		if err != nil {
			return err
		}
		recording, err := reached.Recording(command.Context(), arguments[0])
		if err != nil {
			return err
		}
		now := t.clock.Now()
		summary := view.SummaryOf(recording, now)
		return form.print(t.streams.Out, summary, func(out io.Writer) { summary.PrintTree(out, now) })
	}
	return command
}
