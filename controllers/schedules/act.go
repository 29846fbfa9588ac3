// SPDX-License-Identifier: Apache-2.0

package schedules

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/timetable"
)

// carryOut writes the status if it has news, and then ends and deletes recordings. A
// failure with one recording does not stop the others. If the status cannot be written,
// recordings still end, but none is deleted: the status must first say that it was made.
func (r *Reconciler) carryOut(ctx context.Context, schedule *v1alpha1.CloudRecordingSchedule, decided timetable.Decision) (failed []error) {
	unwritten := r.record(ctx, schedule, decided)
	if isOvertaken(unwritten) {
		return []error{unwritten}
	}
	failed = append(failed, unwritten)
	for _, end := range decided.End {
		failed = append(failed, r.end(ctx, schedule, end))
	}
	if unwritten != nil {
		return failed
	}
	for _, deletion := range decided.Delete {
		failed = append(failed, r.delete(ctx, schedule, deletion))
	}
	return failed
}

// delete deletes the version of a recording that was decided on, so it never deletes one
// that has begun in the meantime. The recording's finalizer keeps it until everything
// known about it has been reported.
func (r *Reconciler) delete(ctx context.Context, schedule *v1alpha1.CloudRecordingSchedule, deletion timetable.Deletion) error {
	recording := deletion.Recording
	only := client.Preconditions{UID: &recording.UID, ResourceVersion: &recording.ResourceVersion}
	if err := r.Client.Delete(ctx, recording.DeepCopy(), only); err != nil {
		return client.IgnoreNotFound(fmt.Errorf("delete a recording of the schedule: %w", err))
	}
	log.FromContext(ctx).Info("Deleted a recording of the schedule", "recording", recording.Name, "cause", deletion.Cause)
	r.event(schedule, recording.Name, corev1.EventTypeNormal, v1alpha1.OccurrenceDeletedReason,
		fmt.Sprintf("The CloudRecording %q is deleted: %s", recording.Name, deletion.Cause.Text()))
	return nil
}

// end makes a recording end when another begins.
func (r *Reconciler) end(ctx context.Context, schedule *v1alpha1.CloudRecordingSchedule, end timetable.End) error {
	recording, at := end.Recording, end.At.UTC().Format(time.RFC3339)
	patch := fmt.Sprintf(`{"metadata":{"uid":%q,"resourceVersion":%q},"spec":{"window":{"end":%q}}}`, recording.UID, recording.ResourceVersion, at)
	if err := r.Client.Patch(ctx, recording.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
		return client.IgnoreNotFound(fmt.Errorf("end a recording of the schedule: %w", err))
	}
	log.FromContext(ctx).Info("Ended a recording of the schedule, because the next occurrence begins", "recording", recording.Name)
	r.event(schedule, recording.Name, corev1.EventTypeNormal, v1alpha1.OccurrenceReplacedReason,
		fmt.Sprintf("The CloudRecording %q ends at %s, when the next occurrence begins, by spec.concurrencyPolicy Replace.", recording.Name, at))
	return nil
}
