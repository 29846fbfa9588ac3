// SPDX-License-Identifier: Apache-2.0

package command

import (
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"cloudrecording.dev/operator/hack/kubectl-crec/checks"
	"cloudrecording.dev/operator/hack/kubectl-crec/view"
)

const checkHelp = `Checks an installation.

It checks that:
- the CustomResourceDefinitions have all fields of this version
- an operator runs, and one of its replicas leads
- the policies keep the operator from changing what it must not change
- the Secrets that this namespace's recordings and profiles name exist, and have
  the right form
- Agora answers from this machine
- the receiver of notifications verifies their signatures

Nothing is changed: the policies are tried by dry runs, and the notification
that is sent has no effect. What you have no right to read is shown as unknown.
If something must be fixed, the exit code is 3.`

// callTimeout limits a call to an address outside the cluster.
const callTimeout = 10 * time.Second

func (t *tool) newCheck() *cobra.Command {
	options := checks.Options{Clock: t.clock, HTTP: &http.Client{Timeout: callTimeout}}
	command := &cobra.Command{
		Use: "check", Short: "Check an installation", Long: checkHelp,
		Example: "  kubectl crec check\n  kubectl crec check -n school --notifications-url https://recordings.example.com/",
		Args:    usage(cobra.NoArgs), ValidArgsFunction: cobra.NoFileCompletions,
	}
	command.Flags().StringVar(&options.OperatorNamespace, "operator-namespace", "", "namespace of the operator; all namespaces are searched if empty")
	command.Flags().StringVar(&options.NotificationsURL, "notifications-url", "", "address that Agora sends notifications to; the operator's Service if empty")
	form := addOutput(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		if err := form.check(command); err != nil {
			return err
		}
		reached, err := t.connect()
		if err != nil {
			return err
		}
		findings := checks.Run(command.Context(), reached, options)
		if err := form.print(t.streams.Out, findings, func(out io.Writer) { printFindings(out, findings) }); err != nil {
			return err
		}
		if slices.ContainsFunc(findings, func(finding checks.Finding) bool { return finding.Result == checks.Failed }) {
			return needsPersonf("something must be fixed")
		}
		return nil
	}
	return command
}

func printFindings(out io.Writer, findings []checks.Finding) {
	for _, finding := range findings {
		view.PrintItem(out, string(finding.Result), finding.Check+": "+finding.Message)
	}
}
