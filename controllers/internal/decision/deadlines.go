// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"cmp"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// enforceDeadlines stops the recording once it has run for as long as it may: because
// spec.maxDuration or spec.window is over, because Agora would soon refuse to stop it, or
// because its token expires.
func enforceDeadlines(recording *v1alpha1.CloudRecording, observed *Observation, plan *Plan) {
	if lifecycle.WantsStop(recording) || lifecycle.IsDeleting(recording) || (lifecycle.HaveAllEnded(&recording.Status) && !lifecycle.MayRestart(recording)) {
		return
	}
	now := observed.Now
	if by := endsBy(recording); !by.IsZero() {
		if !by.After(now) {
			recording.Status.StopReason = v1alpha1.StopReasonMaxDuration
			return
		}
		plan.requeueAt(now, by)
	}
	if enforceWindow(recording, observed, plan); recording.Status.StopReason != "" || !isLimited(recording) {
		return
	}
	limit := limitOf(recording, &recording.Status.SessionStatus)
	if !limit.stopBy().After(now) && !mayHandOver(recording) {
		recording.Status.StopReason = limit.reason
		return
	}
	plan.requeueAt(now, limit.stopBy(), limit.warnFrom())
}

// endsBy returns when spec.maxDuration is over, or zero if it is not set or nothing has
// begun.
func endsBy(recording *v1alpha1.CloudRecording) time.Time {
	longest := recording.Spec.MaxDuration
	begun := begunAt(recording)
	if longest == nil || begun.IsZero() {
		return time.Time{}
	}
	return begun.Add(longest.Duration)
}

// plannedEnd returns when a recording ends at the latest according to its spec: when
// spec.maxDuration or spec.window is over. It is zero if neither is known.
func plannedEnd(recording *v1alpha1.CloudRecording) time.Time {
	return Earliest(endsBy(recording), lifecycle.ClosesAt(recording))
}

// IsOvertime reports whether a recording has run for longer than spec.maxDuration or
// spec.window allows.
func IsOvertime(recording *v1alpha1.CloudRecording, now time.Time) bool {
	end := plannedEnd(recording)
	return !lifecycle.IsNotBegun(recording) && !end.IsZero() && !end.After(now) &&
		!meta.IsStatusConditionTrue(recording.Status.Conditions, v1alpha1.StoppedCondition)
}

// begunAt returns the time from which spec.maxDuration counts, or zero if nothing has
// begun.
func begunAt(recording *v1alpha1.CloudRecording) time.Time {
	switch {
	case !lifecycle.StartsItself(recording):
		return recording.CreationTimestamp.Time
	case recording.Status.FirstStartedTime != nil:
		return recording.Status.FirstStartedTime.Time
	default:
		return time.Time{}
	}
}

// recordFirstStart records when the first session began, because that session may leave the
// status.
func recordFirstStart(recording *v1alpha1.CloudRecording) {
	if !lifecycle.StartsItself(recording) || recording.Status.FirstStartedTime != nil {
		return
	}
	first := &recording.Status.SessionStatus
	if len(recording.Status.Sessions) > 0 {
		first = &recording.Status.Sessions[0]
	}
	recording.Status.FirstStartedTime = first.StartedTime.DeepCopy()
}

// isLimited reports whether it is known for how long the current session can go on. For an
// adopted recording, it is not.
func isLimited(recording *v1alpha1.CloudRecording) bool {
	return lifecycle.StartsItself(recording) && recording.Status.StartedTime != nil && !lifecycle.HasEnded(&recording.Status.SessionStatus)
}

// controlWindow returns how long after the start of a session Agora accepts calls for it.
// What counts is what the start said, not what the spec says now.
func controlWindow(recording *v1alpha1.CloudRecording, session *v1alpha1.SessionStatus) time.Duration {
	return time.Duration(cmp.Or(session.ResourceExpiredHour, recording.Spec.Start.ResourceExpiredHour)) * time.Hour
}

// stopBy returns when a session must be stopped at the latest, while Agora still accepts
// that. If nothing states when the session started, it must be stopped at once.
func stopBy(recording *v1alpha1.CloudRecording, session *v1alpha1.SessionStatus) time.Time {
	if session.StartedTime == nil || !lifecycle.StartsItself(recording) {
		return time.Time{}
	}
	return limitOf(recording, session).stopBy()
}

// endsBefore reports whether the recording ends as planned before a limit would stop it.
func endsBefore(recording *v1alpha1.CloudRecording, limit sessionLimit) bool {
	end := plannedEnd(recording)
	return !end.IsZero() && !end.After(limit.stopBy())
}

// mayHandOver reports whether another session may be started while the current one records.
func mayHandOver(recording *v1alpha1.CloudRecording) bool {
	return isLimited(recording) && recording.Spec.Start.OnExpiry == v1alpha1.ExpiryPolicyStartNext &&
		!lifecycle.WantsStop(recording) && isRecording(&recording.Status.SessionStatus) && lifecycle.HaveOthersEnded(&recording.Status) && hasRoomForSession(recording)
}

// handsOver reports whether it is time to start another session before the current one must
// be stopped. It never is while a previous session could not be stopped.
func handsOver(recording *v1alpha1.CloudRecording, observed *Observation, plan *Plan) bool {
	if !mayHandOver(recording) || observed.Departed {
		return false
	}
	limit := limitOf(recording, &recording.Status.SessionStatus)
	if endsBefore(recording, limit) {
		return false
	}
	at := limit.handOverAt()
	if at.After(observed.Now) {
		plan.requeueAt(observed.Now, at)
		return false
	}
	return true
}
