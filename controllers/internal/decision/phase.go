// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// phaseOf sums up how far a recording is.
func phaseOf(recording *v1alpha1.CloudRecording, observed *Observation) v1alpha1.RecordingPhase {
	session := &recording.Status.SessionStatus
	switch {
	case lifecycle.HasEnded(session):
		return phaseAfterStop(recording, observed)
	case lifecycle.WantsStop(recording):
		return v1alpha1.PhaseStopping
	case isScheduled(recording, observed):
		return v1alpha1.PhaseScheduled
	case isComingUp(session), isBeingStarted(recording, observed):
		return v1alpha1.PhaseStarting
	case recording.Status.ServiceStatus != nil:
		return v1alpha1.PhaseRecording
	default:
		return v1alpha1.PhasePending
	}
}

// isBeingStarted reports whether a start may have taken effect or is being tried. Nothing
// is tried while a Secret is missing, or while something is wrong that is known before any
// call.
func isBeingStarted(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	if !lifecycle.AwaitsStart(recording) {
		return false
	}
	return recording.Status.StartRequestedTime != nil || (!lifecycle.IsSuspended(recording) && !observed.Departed &&
		!lacksCapacity(recording, observed) && observed.CredentialsProblem == "" && observed.StartProblem == "" && observed.Profile.problem() == (Problem{}))
}

// phaseAfterStop returns the phase once the current session has ended.
func phaseAfterStop(recording *v1alpha1.CloudRecording, observed *Observation) v1alpha1.RecordingPhase {
	switch {
	case isToRestart(recording, observed):
		return v1alpha1.PhaseStarting
	case awaitsRestart(recording, observed):
		return v1alpha1.PhasePending
	case !lifecycle.HaveAllEnded(&recording.Status) && lifecycle.WantsStop(recording):
		return v1alpha1.PhaseStopping
	case unsettledSession(recording.Status.Sessions) != nil, !lifecycle.HasUploaded(&recording.Status.SessionStatus), lifecycle.IsContradicted(recording.Status), awaitsFirstVerification(recording):
		return v1alpha1.PhaseUploading
	case hasEndedUnwanted(recording):
		return v1alpha1.PhaseFailed
	default:
		return v1alpha1.PhaseCompleted
	}
}
