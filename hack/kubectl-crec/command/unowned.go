// SPDX-License-Identifier: Apache-2.0

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"cloudrecording.dev/operator/controllers/notifications/unowned"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
	"cloudrecording.dev/operator/hack/kubectl-crec/view"
)

const unownedHelp = `Shows the recordings that run and that no object has.

Nothing in the cluster stops them, and they are billed. A script may have
started such a recording, or its object was deleted with the deletionPolicy
Orphan. Agora has no list of recordings, but it notifies of them: the operator
keeps those that no CloudRecording has, and reports one after five minutes, in
which an object may still come. It hears of them only where Agora is set up to
notify it, and where a Secret that a recording names has the notificationSecret.

SINCE is how long ago a recording began, or was first heard of, and HEARD how
long ago Agora notified of it last, to the hour. No notification tells whether
the mode is mix or individual; some tell that it is web, or individual.

With --all you see those too that have ended, and those that are new: of which
Agora has notified for less than five minutes. What is too long for a terminal
loses its middle: -o json has it whole.

The command line to adopt a recording has the user ID of its recorder. Where
Agora has moved the recording to another server, that is another one than it
was started with: give the one that Agora's acquire got.

The recordings of all namespaces are shown. They are in a ConfigMap of the
operator's namespace, which cloudrecording-unowned-viewer-role lets you read. If
you may read nothing else there, name the namespace by --operator-namespace.`

func (t *tool) newUnowned() *cobra.Command {
	var operatorNamespace string
	var all bool
	command := &cobra.Command{
		Use: "unowned", Short: "Show recordings that run and that no object has", Long: unownedHelp,
		Example: "  kubectl crec unowned\n  kubectl crec unowned --operator-namespace cloudrecording-system -o json",
		Args:    usage(cobra.NoArgs), ValidArgsFunction: cobra.NoFileCompletions,
	}
	command.Flags().StringVar(&operatorNamespace, "operator-namespace", "", "namespace of the operator; all are looked through if empty")
	command.Flags().BoolVar(&all, "all", false, "show those too that have ended or are new")
	form := addOutput(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		if err := form.check(command); err != nil {
			return err
		}
		reached, err := t.connect()
		if err != nil {
			return err
		}
		kept, err := t.unowned(command.Context(), reached, operatorNamespace)
		if err != nil {
			return err
		}
		shown := view.UnownedOf(kept, all)
		if len(shown) == 0 && form.form == "" {
			t.sayNoneIsUnowned(len(kept))
			return nil
		}
		return form.print(t.streams.Out, shown, func(out io.Writer) { view.PrintUnowned(out, shown, all, t.clock.Now()) })
	}
	return command
}

// unowned returns what the operators keep, and tells what else there is to know.
func (t *tool) unowned(ctx context.Context, reached *cluster.Cluster, operatorNamespace string) (recordings []unowned.Recording, err error) {
	namespaces := map[string]bool{operatorNamespace: true}
	if operatorNamespace == "" {
		operators, err := reached.Operators(ctx, "")
		switch {
		case err != nil:
			return nil, err //nolint:wrapcheck // it says what
		case len(operators) == 0:
			return nil, errors.New("there is no Deployment of the operator: install it by make deploy, or name its namespace by --operator-namespace")
		}
		clear(namespaces)
		for _, operator := range operators {
			namespaces[operator.Namespace] = true
		}
	}
	for _, namespace := range slices.Sorted(maps.Keys(namespaces)) {
		kept, err := reached.Unowned(ctx, namespace)
		if err != nil {
			return nil, err //nolint:wrapcheck // it says what
		}
		if kept.Remark != "" {
			_, _ = fmt.Fprintln(t.streams.ErrOut, kept.Remark)
		}
		recordings = append(recordings, kept.Recordings...)
	}
	return recordings, nil
}

// sayNoneIsUnowned tells that there is nothing to show, of so many that --all may show.
func (t *tool) sayNoneIsUnowned(kept int) {
	text := "No recording runs without an object, as far as Agora has notified."
	if kept > 0 {
		text += fmt.Sprintf(" --all shows %d that have ended or are new.", kept)
	}
	_, _ = fmt.Fprintln(t.streams.ErrOut, text)
}
