// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// detectChanges ends the wait for the next call if somebody changed something.
func detectChanges(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings) {
	current := Trigger{
		Generation:         recording.Generation,
		reconcileAt:        recording.Annotations[v1alpha1.ReconcileAtAnnotation],
		CredentialsVersion: observed.CredentialsVersion,
		StartVersion:       observed.StartVersion,
	}
	switch memory.Trigger {
	case current:
		return
	case Trigger{}:
		memory.notBefore = resumeAt(recording, observed, settings)
	default:
		memory.notBefore = time.Time{}
		memory.retrying = true
	}
	memory.Trigger = current
}

// resumeAt returns when the first call after a restart is due. The calls that were due by
// then must not come all at once.
func resumeAt(recording *v1alpha1.CloudRecording, observed *Observation, settings Settings) time.Time {
	switch {
	case lifecycle.NeedsConfirmingStop(recording):
		return time.Time{}
	case lifecycle.HasEnded(&recording.Status.SessionStatus):
		return uploadCheckAt(recording, observed.Now, settings)
	case lifecycle.WantsStop(recording) || recording.Status.ServiceStatus == nil:
		return time.Time{}
	default:
		return observed.LeadingSince.Add(firstPoll(recording.UID, pollInterval(observed, settings)))
	}
}
