// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// planNext chooses the action, by what is wanted and how far the recording is.
func planNext(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan, pending changes) {
	switch {
	case lifecycle.IsDeleting(recording) && !slices.Contains(recording.Finalizers, v1alpha1.StopFinalizer):
		// Somebody else's finalizer keeps the object, and there is nothing left to do here.
	case lifecycle.IsDeleting(recording) && recording.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan:
		plan.Action = ActionRelease
	case !slices.Contains(recording.Finalizers, v1alpha1.StopFinalizer):
		plan.Action = ActionAddFinalizer
	case isToRestart(recording, observed):
		planRestart(recording, memory, observed, settings, plan)
	case lifecycle.HasEnded(&recording.Status.SessionStatus):
		planAfterStop(recording, memory, observed, settings, plan)
	case neverStarted(recording, observed) && lifecycle.WantsStop(recording):
		planWithoutStart(recording, memory, observed, settings, plan)
	case neverStarted(recording, observed) && observed.Departed:
		planUnbegun(recording, memory, observed, settings, plan)
	case lifecycle.IsSuspended(recording):
		// The user wants no calls.
	default:
		planOnceDue(recording, memory, observed, settings, plan, pending)
	}
}

// planOnceDue waits for what calls need: the profile, the time of the window, and the
// credentials.
func planOnceDue(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan, pending changes) {
	switch {
	case observed.Profile.problem() != (Problem{}):
		planWithoutProfile(recording, memory, observed, plan)
	case lifecycle.IsScheduled(recording, observed.Now):
		plan.AwaitsPlace = true
		plan.requeueAt(observed.Now, lifecycle.OpensAt(recording))
	case observed.CredentialsProblem != "":
		planWithoutCredentials(memory, observed, plan)
	default:
		planNextCall(recording, memory, observed, settings, plan, pending)
	}
}

// planNextCall chooses what to ask Agora for, if it may be asked for anything.
func planNextCall(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan, pending changes) {
	switch {
	case lifecycle.AwaitsStart(recording):
		planStart(recording, memory, observed, plan)
	case lifecycle.WantsStop(recording):
		planStop(&recording.Status.SessionStatus, memory, observed, settings, plan)
	case handsOver(recording, observed, plan) && observed.InFlight == nil:
		beginSession(recording, memory, observed, settings, plan)
	default:
		planPoll(recording, memory, observed, plan, pending)
	}
}

// planWithoutCredentials waits for the Secret. The Secret is watched, and an occasional
// check finds what the watch may miss.
func planWithoutCredentials(memory *Memory, observed *Observation, plan *Plan) {
	standStill(memory, observed.Now, plan, problemOf(v1alpha1.CredentialsNotFoundReason, observed.CredentialsProblem))
}

// standStill waits until somebody fixes what prevents a call. The latest change has not
// fixed it, so nothing is being tried.
func standStill(memory *Memory, now time.Time, plan *Plan, met Problem) {
	plan.requeueAt(now, now.Add(slowRetry))
	memory.retrying = false
	plan.problem = met
}
