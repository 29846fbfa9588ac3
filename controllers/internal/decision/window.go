// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// isScheduled reports whether a recording waits for its time and for nothing else.
func isScheduled(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	return lifecycle.IsScheduled(recording, observed.Now) && !lifecycle.IsSuspended(recording) && !observed.Departed &&
		observed.Profile.problem() == (Problem{})
}

// enforceWindow stops the recording once spec.window is over, and prevents starts once too
// little of it is left.
func enforceWindow(recording *v1alpha1.CloudRecording, observed *Observation, plan *Plan) {
	by := lifecycle.ClosesAt(recording)
	if by.IsZero() || keepsFromStart(recording, observed) {
		return
	}
	if mayOnlyStart(recording, observed) {
		by = lifecycle.LatestStart(recording)
	}
	if by.After(observed.Now) {
		plan.requeueAt(observed.Now, by)
		return
	}
	recording.Status.StopReason = reasonOfWindow(recording)
}

// keepsFromStart reports whether nothing has begun because somebody wants it so. Whoever
// lets it begin is then told that it is too late.
func keepsFromStart(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	return lifecycle.IsNotBegun(recording) && (lifecycle.IsSuspended(recording) || observed.Departed)
}

// mayOnlyStart reports whether nothing runs, so that at most a session may be started.
func mayOnlyStart(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	return lifecycle.HaveAllEnded(&recording.Status) ||
		(neverStarted(recording, observed) && lifecycle.HaveOthersEnded(&recording.Status))
}

// reasonOfWindow returns what the end of spec.window means.
func reasonOfWindow(recording *v1alpha1.CloudRecording) v1alpha1.StopReason {
	switch {
	case !lifecycle.IsNotBegun(recording):
		return v1alpha1.StopReasonWindowEnded
	case recording.CreationTimestamp.Time.Before(lifecycle.ClosesAt(recording)):
		return v1alpha1.StopReasonWindowMissed
	default:
		return v1alpha1.StopReasonWindowPassed
	}
}

// noteMissedWindow notes that nothing was started before spec.window was over, and keeps
// the outcome of the last attempt to start.
func noteMissedWindow(status *v1alpha1.CloudRecordingStatus, failure *v1alpha1.CallError) {
	switch status.StopReason {
	case v1alpha1.StopReasonWindowEnded, v1alpha1.StopReasonWindowMissed:
		status.StopReason, status.LastError = v1alpha1.StopReasonWindowMissed, failure
	default:
	}
}
