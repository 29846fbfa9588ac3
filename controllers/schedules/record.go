// SPDX-License-Identifier: Apache-2.0

package schedules

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/events"
	"cloudrecording.dev/operator/controllers/internal/timetable"
)

// record writes the status if it has news, and then announces the news. The write fails
// if the schedule has changed in the meantime.
func (r *Reconciler) record(ctx context.Context, schedule *v1alpha1.CloudRecordingSchedule, decided timetable.Decision) error {
	if !decided.HasNews {
		return nil
	}
	before := schedule.DeepCopy()
	schedule.Status = decided.Status
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Status().Patch(ctx, schedule, patch); err != nil {
		return fmt.Errorf("write the status of the schedule: %w", err)
	}
	log.FromContext(ctx).Info("Recorded", "made", len(decided.Made), "missed", decided.Missed.Count, "active", decided.Status.ActiveCount)
	for reason, count := range decided.Missed.ByReason {
		r.Metrics.OccurrencesMissed(reason, count)
	}
	r.announce(schedule, before.Status, decided)
	return nil
}

// announce sends events about what the status says for the first time.
func (r *Reconciler) announce(schedule *v1alpha1.CloudRecordingSchedule, before v1alpha1.CloudRecordingScheduleStatus, decided timetable.Decision) {
	for _, start := range decided.Made {
		r.event(schedule, timetable.NameOf(schedule, start), corev1.EventTypeNormal, v1alpha1.OccurrenceMadeReason,
			fmt.Sprintf("The CloudRecording of the occurrence of %s was created.", start.UTC().Format(time.RFC3339)))
	}
	if decided.Missed.Count > 0 {
		r.event(schedule, "", corev1.EventTypeWarning, v1alpha1.OccurrencesMissedReason, decided.Missed.Text(*decided.Status.LastMissed))
	}
	ready, old := meta.FindStatusCondition(decided.Status.Conditions, v1alpha1.ReadyCondition), meta.FindStatusCondition(before.Conditions, v1alpha1.ReadyCondition)
	if ready.Status == metav1.ConditionFalse && (old == nil || old.Reason != ready.Reason) {
		r.event(schedule, "", corev1.EventTypeWarning, ready.Reason, ready.Message)
	}
}

// event sends an event about a schedule, and about one of its recordings if the name is
// not empty. Kubernetes merges events about the same objects with the same reason, and
// keeps only the first note.
func (r *Reconciler) event(schedule *v1alpha1.CloudRecordingSchedule, recording, kind, reason, text string) {
	var related runtime.Object
	if recording != "" {
		related = &corev1.ObjectReference{
			APIVersion: v1alpha1.GroupVersion.String(), Kind: "CloudRecording", Namespace: schedule.Namespace, Name: recording,
		}
	}
	r.Recorder.Eventf(schedule, related, kind, reason, events.ActionReconcile, "%s", text)
}

// retried returns when to reconcile again after failures. A write that lost against
// somebody else's is not an error.
func retried(ctx context.Context, failed []error) (reconcile.Result, error) {
	var result reconcile.Result
	var others []error
	for _, err := range failed {
		switch {
		case err == nil:
		case isOvertaken(err):
			log.FromContext(ctx).V(1).Info("Retrying after a conflict", "cause", err.Error())
			result.RequeueAfter = conflictRetry
		default:
			others = append(others, err)
		}
	}
	if len(others) > 0 {
		return reconcile.Result{}, errors.Join(others...)
	}
	return result, nil
}

// isOvertaken reports whether a write failed because the object has changed or is gone.
func isOvertaken(err error) bool { return apierrors.IsConflict(err) || apierrors.IsNotFound(err) }
