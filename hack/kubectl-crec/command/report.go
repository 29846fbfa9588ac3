// SPDX-License-Identifier: Apache-2.0

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"cloudrecording.dev/operator/hack/kubectl-crec/bundle"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

const reportHelp = `Collects a support bundle in a compressed archive.

The archive has the recordings, profiles, schedules and events of the
namespace. It also has the operator's Deployment, logs, leases, definitions and
policies, its metrics if they can be reached, and the recordings that Agora has
notified of and that have no object.

The archive has no secrets. Of each Secret, only its name and its keys are
kept. What the Secrets hold is removed from everything else, including logs, and
so is whatever looks like a credential. For that, the plugin reads the Secrets
of the namespace and of the operator's namespace. It cannot recognize the
content of a Secret that you may not read. Look through the archive before you
send it: it names channels, files and users.`

func (t *tool) newReport() *cobra.Command {
	options := bundle.Options{Version: t.version}
	var file string
	command := &cobra.Command{
		Use: "report", Short: "Collect a support bundle", Long: reportHelp,
		Example: "  kubectl crec report\n  kubectl crec report -A --file - | tar -tz",
		Args:    usage(cobra.NoArgs), ValidArgsFunction: cobra.NoFileCompletions,
	}
	command.Flags().StringVarP(&file, "file", "f", "", "file to write, - for the standard output; named after the time if empty")
	command.Flags().BoolVarP(&options.AllNamespaces, "all-namespaces", "A", false, "collect the recordings of all namespaces")
	command.Flags().StringVar(&options.OperatorNamespace, "operator-namespace", "", "namespace of the operator; all namespaces are searched if empty")
	command.RunE = func(command *cobra.Command, _ []string) error {
		reached, err := t.connect()
		if err != nil {
			return err
		}
		return t.report(command.Context(), reached, file, options)
	}
	return command
}

func (t *tool) report(ctx context.Context, reached *cluster.Cluster, file string, options bundle.Options) error {
	now := t.clock.Now().UTC()
	folder := "cloudrecording-report-" + now.Format("20060102-150405")
	if file == "" {
		file = folder + ".tar.gz"
	}
	collected, err := bundle.Collect(ctx, reached, options)
	if err != nil {
		return err //nolint:wrapcheck // it says what
	}
	write := func(out io.Writer) error { return collected.Write(out, folder, now) }
	if file == "-" {
		err = write(t.streams.Out)
	} else {
		err = writeFile(file, write)
	}
	if err != nil {
		return err
	}
	if problems := collected.Problems(); len(problems) > 0 {
		_, _ = fmt.Fprintf(t.streams.ErrOut, "The report lacks what could not be read, as its missing.txt says:\n  %s\n", strings.Join(problems, "\n  "))
	}
	if file != "-" {
		_, _ = fmt.Fprintf(t.streams.Out, "%s\n", file)
	}
	return nil
}

// writeFile creates a file that only its owner can read.
func writeFile(name string, write func(io.Writer) error) (err error) {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("the file %s exists: name another one by --file", name)
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	return write(out)
}
