// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// NeedsPlace reports whether a session may be about to start, for which there must be room.
// A recording that does not start must not hold up others that want a place.
func (o *Observation) NeedsPlace(recording *v1alpha1.CloudRecording) bool {
	return lifecycle.AwaitsStart(recording) && recording.Status.StartRequestedTime == nil &&
		slices.Contains(recording.Finalizers, v1alpha1.StopFinalizer) &&
		!lifecycle.IsDeleting(recording) && !lifecycle.WantsStop(recording) && !lifecycle.IsSuspended(recording) &&
		!lifecycle.IsScheduled(recording, o.Now) &&
		o.CredentialsProblem == "" && o.StartProblem == "" && o.Profile.problem() == (Problem{})
}

// awaitsCapacity reports whether a session waits for room, and plans the wait.
func awaitsCapacity(recording *v1alpha1.CloudRecording, observed *Observation, plan *Plan) bool {
	place := observed.Place
	if !place.Waits {
		return false
	}
	plan.AwaitsPlace = true
	plan.requeueAt(observed.Now, place.RetryAt)
	switch {
	case isRecordedBefore(&recording.Status):
		// The previous session records until there is room for this one.
	case plan.problem.reason == v1alpha1.OverloadedReason:
		// Agora's own answer says more.
	case place.Overloaded, place.Limit > 0:
		plan.problem = problemOf(v1alpha1.WaitingForCapacityReason, capacityMessage(place))
	default:
		// A process that has just started does not know yet what is running.
		plan.problem = recordedWait(&recording.Status)
	}
	return true
}

// lacksCapacity reports whether a start waits for room, as far as is known.
func lacksCapacity(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	place := observed.Place
	return place.Waits && !isRecordedBefore(&recording.Status) && (place.Overloaded || place.Limit > 0 || recordedWait(&recording.Status) != (Problem{}))
}

// recordedWait returns the wait for room that the status shows.
func recordedWait(status *v1alpha1.CloudRecordingStatus) Problem {
	ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ReadyCondition)
	if ready == nil || ready.Reason != v1alpha1.WaitingForCapacityReason {
		return Problem{}
	}
	return problemOf(ready.Reason, ready.Message)
}
