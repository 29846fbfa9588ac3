// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// TestStopAwaitedSince states that a stop does not look overdue because of what a status
// said before the stop was wanted, while nothing has been written about the stop.
func TestStopAwaitedSince(t *testing.T) {
	t.Parallel()
	const noon = 0
	at := func(after time.Duration) time.Time { return recordingtest.Noon.Add(after) }
	ready := func(generation int64) func(*v1alpha1.CloudRecording) {
		return func(r *v1alpha1.CloudRecording) {
			r.Status.Conditions = []metav1.Condition{{
				Type: v1alpha1.ReadyCondition, Status: metav1.ConditionTrue, ObservedGeneration: generation,
				LastTransitionTime: metav1.NewTime(at(-5 * time.Hour)),
			}}
		}
	}
	for name, test := range map[string]struct {
		change   func(*v1alpha1.CloudRecording)
		seen     time.Time
		expected time.Time
	}{
		"seen first now":   {ready(1), time.Time{}, at(noon)},
		"seen before":      {ready(1), at(-time.Minute), at(-time.Minute)},
		"said for so long": {ready(2), at(-time.Minute), at(-5 * time.Hour)},
		"requested": {func(r *v1alpha1.CloudRecording) {
			ready(1)(r)
			r.Status.StopRequestedTime = &metav1.Time{Time: at(-time.Second)}
		}, at(-time.Minute), at(-time.Second)},
		"deleted": {func(r *v1alpha1.CloudRecording) {
			ready(1)(r)
			r.DeletionTimestamp = &metav1.Time{Time: at(-time.Hour)}
		}, time.Time{}, at(-time.Hour)},
		"applied to be stopped": {func(*v1alpha1.CloudRecording) {}, time.Time{}, at(-10 * time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recording := recordingtest.Adopted(recordingtest.Noon)
			recording.CreationTimestamp = metav1.NewTime(at(-10 * time.Hour))
			recording.Generation, recording.Spec.State = 2, v1alpha1.RecordingStateStopped
			recording.Status.Conditions = nil
			test.change(recording)
			NewWithT(t).Expect(lifecycle.StopAwaitedSince(recording, test.seen, at(noon))).To(BeTemporally("==", test.expected))
		})
	}
}
