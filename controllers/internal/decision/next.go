// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// planNext chooses the action, by what is wanted and how far things are.
func planNext(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan, pending changes) {
	switch {
	case lifecycle.IsDeleting(recording) && !slices.Contains(recording.Finalizers, v1alpha1.StopFinalizer):
		// Somebody else's finalizer keeps it; there is nothing left to do here.
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
		// No calls, by the user's wish.
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

// planNextCall chooses what to ask Agora for, where it may be asked for anything.
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

// planWithoutCredentials waits for the Secret. Its appearance is watched; looking
// now and then is for what a watch may miss.
func planWithoutCredentials(memory *Memory, observed *Observation, plan *Plan) {
	standStill(memory, observed.Now, plan, problemOf(v1alpha1.CredentialsNotFoundReason, observed.CredentialsProblem))
}

// standStill waits for somebody to mend what keeps a call from being made: what
// was changed has not mended it, and nothing is being tried.
func standStill(memory *Memory, now time.Time, plan *Plan, met Problem) {
	plan.requeueAt(now, now.Add(slowRetry))
	memory.retrying = false
	plan.problem = met
}
