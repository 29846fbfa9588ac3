// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// planAfterStop follows the upload of a recording that has ended, and releases a deleted
// object.
func planAfterStop(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan) {
	session := &recording.Status.SessionStatus
	if observed.InFlight != nil {
		// The answer may be the last thing that is ever known.
		return
	}
	awaitsStop := planConfirmingStop(recording, memory, observed, plan)
	if plan.Action != ActionNone {
		return
	}
	if lifecycle.IsDeleting(recording) && !awaitsStop && (!observed.Now.Before(deletionDeadline(recording, observed.Now)) || (lifecycle.HasUploaded(session) && !observed.Verifying)) {
		plan.Action = ActionRelease
		return
	}
	if lifecycle.HasUploaded(session) && !needsVerification(recording) {
		return
	}
	plan.requeueAt(observed.Now, confirmDeadline(recording, observed.Now), deletionDeadline(recording, observed.Now))
	if !observed.Verifying {
		planVerification(recording, memory, observed, plan)
	}
	if plan.Action != ActionNone || lifecycle.HasUploaded(session) || sinceStop(session, observed.Now) >= backupKept {
		return
	}
	if canAskAfterStop(recording, observed) {
		plan.call(memory, observed.Now, ActionQuery, budget.Confirm, memory.notBefore)
	}
	plan.requeueAt(observed.Now, uploadCheckAt(recording, observed.Now, settings))
}

// canAskAfterStop reports whether Agora may still answer for the recorder. Once it has said
// that there is none, no call can tell anything more.
func canAskAfterStop(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	return recording.Status.NotFoundSince == nil &&
		observed.CredentialsProblem == "" &&
		!lifecycle.IsSuspended(recording) &&
		observed.Now.Before(confirmDeadline(recording, observed.Now))
}

// uploadCheckAt returns when the next check of the upload is due.
func uploadCheckAt(recording *v1alpha1.CloudRecording, now time.Time, settings Settings) time.Time {
	session := &recording.Status.SessionStatus
	shortest, longest := settings.UploadRecheckMin, settings.UploadRecheckMax
	if !now.Before(confirmDeadline(recording, now)) {
		shortest, longest = lateRecheck, lateRecheck
	}
	return stoppedTime(session, now).Add(nextUploadCheck(sinceStop(session, now), shortest, longest))
}

// confirmDeadline returns when evidence of the upload becomes overdue.
func confirmDeadline(recording *v1alpha1.CloudRecording, now time.Time) time.Time {
	return stoppedTime(&recording.Status.SessionStatus, now).Add(lifecycle.ConfirmTimeout(recording))
}

// deletionDeadline returns when a deletion stops waiting for evidence, or zero if the
// object is not being deleted.
func deletionDeadline(recording *v1alpha1.CloudRecording, now time.Time) time.Time {
	if !lifecycle.IsDeleting(recording) {
		return time.Time{}
	}
	begin := later(stoppedTime(&recording.Status.SessionStatus, now), recording.DeletionTimestamp.Time)
	deadline := begin.Add(lifecycle.DeletionTimeout(recording))
	return earlier(deadline, confirmDeadline(recording, now))
}

func stoppedTime(session *v1alpha1.SessionStatus, now time.Time) time.Time {
	if session.StoppedTime == nil {
		return now
	}
	return session.StoppedTime.Time
}

func sinceStop(session *v1alpha1.SessionStatus, now time.Time) time.Duration {
	return now.Sub(stoppedTime(session, now))
}
