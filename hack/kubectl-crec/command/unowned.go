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

const unownedHelp = `Shows running recordings that have no object.

Nothing in the cluster stops such a recording, and it is billed. A script may
have started it, or its object was deleted with deletionPolicy Orphan. Agora has
no list of recordings, but it sends notifications of them. The operator keeps
those that no CloudRecording has, and reports each after five minutes, in which
an object may still be created. It hears of them only if Agora is configured to
notify it, and if a Secret that a recording names has the key
notificationSecret.

SINCE is how long ago the recording began, or was first heard of. HEARD is how
long ago Agora last notified of it, to the hour. Some notifications tell that
the mode is web or individual; none tells that it is mix.

With --all, the command also shows recordings that have ended, and new ones, of
which Agora has notified for less than five minutes. A value that is too long
for a terminal is shortened in the middle: -o json shows all of it.

The command line to adopt a recording has the user ID of its recorder. If Agora
has moved the recording to another server, that is not the user ID that it was
started with: use the one that Agora's acquire was called with.

The recordings of all namespaces are shown. They are in a ConfigMap in the
operator's namespace, which the ClusterRole cloudrecording-unowned-viewer-role
lets you read. If you may read nothing else there, name the namespace with
--operator-namespace.`

func (t *tool) newUnowned() *cobra.Command {
	var operatorNamespace string
	var all bool
	command := &cobra.Command{
		Use: "unowned", Short: "Show running recordings that have no object", Long: unownedHelp,
		Example: "  kubectl crec unowned\n  kubectl crec unowned --operator-namespace cloudrecording-system -o json",
		Args:    usage(cobra.NoArgs), ValidArgsFunction: cobra.NoFileCompletions,
	}
	command.Flags().StringVar(&operatorNamespace, "operator-namespace", "", "namespace of the operator; all namespaces are searched if empty")
	command.Flags().BoolVar(&all, "all", false, "also show recordings that have ended or are new")
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

// unowned returns the recordings that the operators track, and prints remarks about them.
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

// sayNoneIsUnowned prints that there is nothing to show. kept is the number of recordings
// that --all would show.
func (t *tool) sayNoneIsUnowned(kept int) {
	text := "No recording runs without an object, as far as Agora has notified."
	if kept > 0 {
		text += fmt.Sprintf(" --all shows %d that have ended or are new.", kept)
	}
	_, _ = fmt.Fprintln(t.streams.ErrOut, text)
}
