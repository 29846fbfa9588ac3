// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/notifications"
)

// applyAcquireAnswer draws conclusions from the answer to an acquire. If another leader has
// acquired a resource ID since, the recording may have been started with that one.
func applyAcquireAnswer(recording *v1alpha1.CloudRecording, recorded *v1alpha1.CloudRecordingStatus, memory *Memory, observed *Observation, answer agora.Answer) (Problem, time.Time) {
	session := &recording.Status.SessionStatus
	if !lifecycle.AwaitsStart(recording) || session.ResourceID != "" {
		resetBackoff(session, memory)
		return Problem{}, time.Time{}
	}
	if answer.Conclusion != agora.Succeeded {
		return problemOfAnswer(answer), observed.Now.Add(retryAfter(answer.Method, answer.Conclusion, memory.failures))
	}
	session.ResourceID = answer.ResourceID
	session.AcquiredTime = stampOf(observed.AskedAt)
	session.ResourceExpiredHour = recording.Spec.Start.ResourceExpiredHour
	if memory.calledWith.Generation != memory.Trigger.Generation {
		// The resource ID was acquired for an older spec.
		forgetResource(session)
	}
	if hasFailedToStart(session) {
		return carriedProblem(*recorded), time.Time{}
	}
	return Problem{}, time.Time{}
}

// hasFailedToStart reports whether the last call that failed was a start.
func hasFailedToStart(session *v1alpha1.SessionStatus) bool {
	last := session.LastError
	return last != nil && last.Operation == string(agora.MethodStart)
}

// applyStartAnswer draws conclusions from the answer to a start.
func applyStartAnswer(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, answer agora.Answer) (Problem, time.Time) {
	session := &recording.Status.SessionStatus
	if isKnownAsForeign(session, memory, answer) {
		// The notification was about another recording in the channel.
		forgetForeign(&recording.Status)
	}
	if session.SID != "" {
		// A notification has already named the recording that an earlier start began.
		resetBackoff(session, memory)
		return Problem{}, time.Time{}
	}
	if mayHaveEffect(answer.Conclusion) {
		noteStartWithEffect(recording, memory, observed)
	}
	next := observed.Now.Add(retryAfter(answer.Method, answer.Conclusion, memory.failures))
	switch answer.Conclusion {
	case agora.Succeeded:
		session.SID = answer.SID
		session.StartedTime = stampOf(observed.AskedAt)
		next = observed.Now.Add(startQuery(0))
	case agora.AlreadyStarted, agora.NotKnown, agora.NotFound:
		if isGivenUp(session, memory) {
			next = later(next, notifiedBy(session, memory))
		}
	case agora.RateLimited:
		// The start had no effect, and is repeated with the same resource ID.
		forgetStartRequest(session, memory)
	default:
		// An earlier start with the same resource ID may have taken effect, and may still be
		// notified.
		if memory.StartsKnown || observed.Now.After(notifiedBy(session, memory)) {
			forgetStart(session, memory)
		}
	}
	return problemOfAnswer(answer), next
}

// mayHaveEffect reports whether a recording may be running after such an answer to a start.
func mayHaveEffect(conclusion agora.Conclusion) bool {
	switch conclusion {
	case agora.Succeeded, agora.AlreadyStarted, agora.NotKnown, agora.NotFound:
		return true
	default:
		return false
	}
}

// noteStartWithEffect notes that a recording may be running, with the resource ID of the
// call. A process that led before may have noted since then that none is.
func noteStartWithEffect(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation) {
	memory.StartsKnown = false
	memory.startLostAt = observed.AskedAt
	if recording.Status.StartRequestedTime == nil {
		recording.Status.StartRequestedTime = stampOf(observed.AskedAt)
		recording.Status.MP4Requested = requestsMP4(recording.Spec.Start)
	}
	if recording.Status.ResourceID == "" && observed.AnswerResource != "" {
		recording.Status.ResourceID, recording.Status.AcquiredTime = observed.AnswerResource, stampOf(observed.AskedAt)
	}
	noteToken(recording, observed)
}

// forgetForeign forgets everything that was attributed to the recording but belongs to
// another one.
func forgetForeign(status *v1alpha1.CloudRecordingStatus) {
	known := status.SessionStatus
	status.SessionStatus = v1alpha1.SessionStatus{
		UID: known.UID, ResourceID: known.ResourceID, AcquiredTime: known.AcquiredTime, ResourceExpiredHour: known.ResourceExpiredHour,
		TokenExpirationTime: known.TokenExpirationTime,
		StartRequestedTime:  known.StartRequestedTime, MP4Requested: known.MP4Requested,
		Applied: known.Applied, Conditions: slices.DeleteFunc(known.Conditions, isOfSession),
	}
	if len(status.Sessions) == 0 {
		status.FirstStartedTime = nil
	}
}

// resetBackoff makes the next step due at once: what failed before does not count any more.
func resetBackoff(session *v1alpha1.SessionStatus, memory *Memory) {
	clearCallError(session)
	memory.failures = 0
	memory.notBefore = time.Time{}
}

// meansComingUp reports whether the answer to a query is about a recorder that has not been
// seen to be ready, and may still come up. Any other answer has its usual meaning.
func meansComingUp(session *v1alpha1.SessionStatus, answer agora.Answer) bool {
	switch {
	case !isComingUp(session):
		return false
	case answer.Conclusion == agora.NotFound:
		return !hasComeUp(session) && !wasMissedTooLate(session)
	default:
		return answer.Conclusion == agora.Succeeded && answer.Presence() != agora.PresenceGone
	}
}

// applyQueryAnswerWhileComingUp draws conclusions from such an answer, and returns when the
// next call is due.
func applyQueryAnswerWhileComingUp(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, answer agora.Answer) time.Time {
	session, now := &recording.Status.SessionStatus, observed.Now
	if answer.Conclusion == agora.NotFound && isOverdue(session, observed.AskedAt) && memory.notFound.isEnough() {
		noteEnd(session, memory, now, v1alpha1.StartFailedReason)
		noteUploaded(session, now, v1alpha1.NoRecordedDataReason)
		return uploadCheckAt(recording, now, settings)
	}
	next := now.Add(startQuery(now.Sub(session.StartedTime.Time)))
	if by := comesUpBy(session); by.After(now) {
		return earlier(next, by)
	}
	return next
}

// notifiedBy returns when a recorder that was started with the resource ID must have come
// up and, if notifications are received, must have been notified. Later news could not be
// distinguished from news about a start with another resource ID. It is zero if no start
// may have taken effect.
func notifiedBy(session *v1alpha1.SessionStatus, memory *Memory) time.Time {
	if session.StartRequestedTime == nil || session.AcquiredTime == nil || memory.StartsKnown {
		return time.Time{}
	}
	last := memory.startLostAt
	if last.IsZero() {
		// A process that led before may have called start for as long as the resource ID was
		// usable.
		last = session.AcquiredTime.Add(resourceUsable)
	}
	return last.Add(startDeadline)
}

// isGivenUp reports whether a start was repeated with the resource ID so often and for so
// long that another one is worth a try.
func isGivenUp(session *v1alpha1.SessionStatus, memory *Memory) bool {
	return memory.failures >= startTries && !memory.startLostAt.IsZero() && session.AcquiredTime != nil &&
		memory.startLostAt.Sub(session.AcquiredTime.Time) > startDeadline
}

// hasComeUp reports whether Agora has notified that the recorder was at work, or has named
// a file of it. If such a recorder is no longer found, it has ended.
func hasComeUp(session *v1alpha1.SessionStatus) bool {
	if len(session.FileList) > 0 {
		return true
	}
	for _, atWork := range []notifications.Type{
		notifications.RecorderStarted, notifications.RecorderLeave, notifications.WebRecorderStarted, notifications.WebRecorderStopped,
	} {
		if lastNotified(session, atWork) != nil {
			return true
		}
	}
	return false
}

// wasMissedTooLate reports whether nobody looked for the recorder while it had time to come
// up. It may have come up and ended.
func wasMissedTooLate(session *v1alpha1.SessionStatus) bool {
	return session.NotFoundSince != nil && session.NotFoundSince.After(comesUpBy(session))
}

// startQuery returns the delay before a recorder is queried, by the time since its start:
// 5, 10 and 15 seconds, as Agora documents.
func startQuery(sinceStart time.Duration) time.Duration {
	switch {
	case sinceStart < 5*time.Second:
		return 5 * time.Second
	case sinceStart < 15*time.Second:
		return 10 * time.Second
	default:
		return 15 * time.Second
	}
}
