// SPDX-License-Identifier: Apache-2.0

package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/progress"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

const stopHelp = `Stops a recording, for good.

The command sets spec.state to Stopped, and the operator stops the recording. A
recording that was stopped cannot be resumed.

With --wait, the command ends once the recording has ended and there is evidence
that its files are in the bucket. That takes up to 20 minutes if the files are
in Agora's backup. If a person must act, the command says why, and the exit code
is 3. spec.state stays Stopped, whatever happens to the command.

From then on the API server refuses a manifest with the state Recording. If the
object comes from Git, set its state to Stopped there too.`

// What was done to a recording, printed after its name.
const (
	toldToStop   = "told to stop"
	endedAlready = "has ended already"
)

// stopTimeout is longer than Agora normally takes to transfer files from its backup.
const stopTimeout = 30 * time.Minute

func (t *tool) newStop() *cobra.Command {
	var wait bool
	timeout := stopTimeout
	command := &cobra.Command{
		Use: "stop NAME", Short: "Stop a recording", Long: stopHelp,
		Example: "  kubectl crec stop lesson-42\n  kubectl crec stop lesson-42 --wait --timeout 10m",
		Args:    one("the name of a CloudRecording"), ValidArgsFunction: t.completeNames,
	}
	command.Flags().BoolVar(&wait, "wait", false, "wait until the recording has ended and its files are uploaded")
	command.Flags().DurationVar(&timeout, "timeout", timeout, "how long to wait")
	write := addWriting(command, toldToStop)
	command.RunE = func(command *cobra.Command, arguments []string) error {
		switch {
		case timeout <= 0:
			return usageError(command, errors.New("--timeout must be above 0, such as 10m"))
		case wait && write.dryRun != dryRunNone:
			return usageError(command, errors.New("--wait has nothing to wait for with --dry-run: give one of them"))
		}
		if err := write.check(command); err != nil {
			return err
		}
		reached, err := t.connect()
		if err != nil {
			return err
		}
		recording, err := write.stop(command.Context(), reached, arguments[0])
		if err != nil {
			return err
		}
		if err := write.show(t, recording); err != nil || !wait {
			return err
		}
		return t.waitUntilCompleted(command.Context(), reached, recording.Name, timeout)
	}
	return command
}

// stop asks a recording to stop, unless it is a dry run.
func (w *writing) stop(ctx context.Context, reached *cluster.Cluster, name string) (*v1alpha1.CloudRecording, error) {
	recording, err := reached.Recording(ctx, name)
	if err != nil {
		return nil, err
	}
	kind := recording.GroupVersionKind()
	before := recording.DeepCopy()
	recording.Spec.State = v1alpha1.RecordingStateStopped
	var options []client.PatchOption
	if w.dryRun == dryRunServer {
		options = append(options, client.DryRunAll)
	}
	if recording.Status.Phase == v1alpha1.PhaseCompleted {
		w.print.NamePrintFlags.Operation = endedAlready
	}
	if w.dryRun != dryRunClient {
		if err := reached.Patch(ctx, recording, client.MergeFrom(before), options...); err != nil {
			return nil, reached.Explain("stop", name, err)
		}
	}
	recording.SetGroupVersionKind(kind)
	return recording, nil
}

// waitUntilCompleted watches a recording and reports how it ends.
func (t *tool) waitUntilCompleted(ctx context.Context, reached *cluster.Cluster, name string, timeout time.Duration) error {
	shown := v1alpha1.RecordingPhase("")
	last, err := reached.Wait(ctx, name, timeout, func(recording *v1alpha1.CloudRecording) (bool, error) {
		if phase := recording.Status.Phase; progress.IsCurrent(recording) && phase != shown {
			shown = phase
			_, _ = fmt.Fprintf(t.streams.ErrOut, "%s: %s\n", phase, readyMessage(recording))
		}
		return isCompleted(recording)
	})
	return t.outcome(reached, name, timeout, last, err)
}

// isCompleted reports whether a stopping recording is completed. It returns an error if
// the recording makes no progress unless a person acts.
func isCompleted(recording *v1alpha1.CloudRecording) (bool, error) {
	switch {
	case !progress.IsCurrent(recording):
		return false, nil
	case recording.Status.Phase == v1alpha1.PhaseCompleted:
		return true, nil
	case progress.IsStalled(recording):
		return false, needsPersonf("%q gets no further unless a person acts: %s", recording.Name, readyMessage(recording))
	default:
		return false, nil
	}
}

// outcome describes the outcome of waiting.
func (t *tool) outcome(reached *cluster.Cluster, name string, timeout time.Duration, last *v1alpha1.CloudRecording, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, cluster.ErrGone) && wentAfterStop(last):
		_, _ = fmt.Fprintf(t.streams.ErrOut, "The object was deleted meanwhile, which its operator allows once its recording has ended.\n")
		return nil
	case errors.Is(err, cluster.ErrGone):
		return fmt.Errorf("%q was deleted meanwhile, and nothing shows that its recording has ended: see kubectl get events -n %s", name, reached.Namespace)
	case errors.Is(err, cluster.ErrTimeout) && last == nil:
		return timeoutf("%q could not be watched for %s: see whether kubectl get crec %s answers", name, timeout, name)
	case errors.Is(err, cluster.ErrTimeout) && !progress.IsCurrent(last):
		return timeoutf("no operator has read %q for %s: see whether one runs by kubectl crec check", name, timeout)
	case errors.Is(err, cluster.ErrTimeout):
		return timeoutf("%q has not completed within %s: %s The wish to stop it stays", name, timeout, readyMessage(last))
	default:
		return err
	}
}

// wentAfterStop reports whether an object was deleted after its recording had ended. Its
// finalizer ensures that, unless its deletionPolicy is Orphan.
func wentAfterStop(last *v1alpha1.CloudRecording) bool {
	if last == nil {
		return false
	}
	holding := progress.Holding(last)
	return meta.IsStatusConditionTrue(last.Status.Conditions, v1alpha1.StoppedCondition) ||
		!last.DeletionTimestamp.IsZero() && holding.Spec.DeletionPolicy != v1alpha1.DeletionPolicyOrphan
}

func readyMessage(recording *v1alpha1.CloudRecording) string {
	if ready := meta.FindStatusCondition(recording.Status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		return ready.Message
	}
	return "Nothing is known of it yet."
}
