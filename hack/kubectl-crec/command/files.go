// SPDX-License-Identifier: Apache-2.0

package command

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"cloudrecording.dev/operator/hack/kubectl-crec/view"
)

const filesHelp = `Lists the files of a recording, of all its sessions.

A file is listed once Agora has named it, or once the operator has found it in
your bucket. UPLOADED says whether there is evidence that all files of its
session are in the bucket. TRACK says what the file holds: audio, video, or
both. It says found for a file that Agora has not named.

A name that is too long for a terminal is shortened in the middle. -o wide
shows the whole name, and -o name prints the names only.`

func (t *tool) newFiles() *cobra.Command {
	command := &cobra.Command{
		Use: "files NAME", Short: "List the files of a recording", Long: filesHelp,
		Example: "  kubectl crec files lesson-42\n  kubectl crec files lesson-42 -o name",
		Args:    one("the name of a CloudRecording"), ValidArgsFunction: t.completeNames,
	}
	form := addOutput(command, outputWide, outputName)
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
		files := view.FilesOf(recording)
		if len(files) == 0 && (form.form == "" || form.form == outputWide) {
			_, _ = fmt.Fprintf(t.streams.ErrOut, "No file of %s is known yet: kubectl crec status %s says what it waits for.\n", recording.Name, recording.Name)
			return nil
		}
		return form.print(t.streams.Out, files, func(out io.Writer) { printFiles(out, files, form.form) })
	}
	return command
}

func printFiles(out io.Writer, files []view.File, form string) {
	switch form {
	case outputName:
		for _, file := range files {
			_, _ = fmt.Fprintln(out, file.FileName)
		}
	case outputWide:
		view.PrintFiles(out, files, 0)
	default:
		view.PrintFiles(out, files, view.Width)
	}
}
