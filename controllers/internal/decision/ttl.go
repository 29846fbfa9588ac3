// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// planDeletion deletes the object of a completed recording once
// spec.ttlSecondsAfterFinished is over, if nothing else is left to do. An object that was
// created too late for its window stays: whoever creates it again would do so forever.
func planDeletion(recording *v1alpha1.CloudRecording, observed *Observation, plan *Plan) {
	isBusy := plan.Action != ActionNone || observed.InFlight != nil || observed.Verifying
	due := expiresAt(recording, observed)
	if isBusy || due.IsZero() {
		return
	}
	if due.After(observed.Now) {
		plan.requeueAt(observed.Now, due)
		return
	}
	plan.Action = ActionDelete
}

// expiresAt returns when spec.ttlSecondsAfterFinished is over, or zero if the object stays
// or is not known to be completed.
func expiresAt(recording *v1alpha1.CloudRecording, observed *Observation) time.Time {
	ttl := recording.Spec.TTLSecondsAfterFinished
	if ttl == nil || lifecycle.IsDeleting(recording) ||
		recording.Status.StopReason == v1alpha1.StopReasonWindowPassed || phaseOf(recording, observed) != v1alpha1.PhaseCompleted {
		return time.Time{}
	}
	return finishedAt(recording).Add(time.Duration(*ttl) * time.Second)
}

// finishedAt returns when the last session of a recording had ended and its upload was
// confirmed.
func finishedAt(recording *v1alpha1.CloudRecording) (last time.Time) {
	for _, session := range lifecycle.Sessions(&recording.Status) {
		for _, stamp := range []*metav1.Time{session.StoppedTime, session.UploadedTime} {
			if stamp != nil {
				last = later(last, stamp.Time)
			}
		}
	}
	return last
}
