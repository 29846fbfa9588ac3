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

// applyAcquireAnswer concludes from the answer to an acquire. Where another leader has
// acquired one meanwhile, the recording may have been started with that.
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
		// It was acquired for what is not wanted any more.
		forgetResource(session)
	}
	if hasFailedToStart(session) {
		return carriedProblem(*recorded), time.Time{}
	}
	return Problem{}, time.Time{}
}

// hasFailedToStart says whether the last call that failed was a start.
func hasFailedToStart(session *v1alpha1.SessionStatus) bool {
	last := session.LastError
	return last != nil && last.Operation == string(agora.MethodStart)
}

// applyStartAnswer concludes from the answer to a start.
func applyStartAnswer(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, answer agora.Answer) (Problem, time.Time) {
	session := &recording.Status.SessionStatus
	if isKnownAsForeign(session, memory, answer) {
		// What was notified was about another recording of the channel.
		forgetForeign(&recording.Status)
	}
	if session.SID != "" {
		// A notification has said meanwhile which recording an earlier one began.
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
		// It had no effect, and is repeated with the same resource ID.
		forgetStartRequest(session, memory)
	default:
		// An earlier one with the same resource ID may have taken effect, and be
		// notified.
		if memory.StartsKnown || observed.Now.After(notifiedBy(session, memory)) {
			forgetStart(session, memory)
		}
	}
	return problemOfAnswer(answer), next
}

// mayHaveEffect says whether a recording may run after such an answer to a start.
func mayHaveEffect(conclusion agora.Conclusion) bool {
	switch conclusion {
	case agora.Succeeded, agora.AlreadyStarted, agora.NotKnown, agora.NotFound:
		return true
	default:
		return false
	}
}

// noteStartWithEffect notes that a recording may run, with the resource ID of the
// call: a process that led before may have noted meanwhile that none does.
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

// forgetForeign forgets all that was taken for the recording's and was another's.
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

// resetBackoff has the next step done at once: what failed before is of no account.
func resetBackoff(session *v1alpha1.SessionStatus, memory *Memory) {
	clearCallError(session)
	memory.failures = 0
	memory.notBefore = time.Time{}
}

// meansComingUp says whether the answer to a query is about a recorder that has not been
// seen to be ready, and may still come up. Otherwise it means what it means of any.
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

// applyQueryAnswerWhileComingUp concludes from such an answer, and returns when the next
// call is due.
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

// notifiedBy returns when a recorder that was started with the resource ID must have
// come up, and been notified where that is done: what is heard of it later could not
// be told from what is started with another resource ID. It is zero if none was.
func notifiedBy(session *v1alpha1.SessionStatus, memory *Memory) time.Time {
	if session.StartRequestedTime == nil || session.AcquiredTime == nil || memory.StartsKnown {
		return time.Time{}
	}
	last := memory.startLostAt
	if last.IsZero() {
		// A process that led before may have called it for as long as it could.
		last = session.AcquiredTime.Add(resourceUsable)
	}
	return last.Add(startDeadline)
}

// isGivenUp says whether a start was repeated with the resource ID for so often and
// so long that another is worth a try.
func isGivenUp(session *v1alpha1.SessionStatus, memory *Memory) bool {
	return memory.failures >= startTries && !memory.startLostAt.IsZero() && session.AcquiredTime != nil &&
		memory.startLostAt.Sub(session.AcquiredTime.Time) > startDeadline
}

// hasComeUp says whether Agora has notified that the recorder was at work, or has
// named a file of it: not to be found any more, it has ended.
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

// wasMissedTooLate says whether nobody looked for the recorder while it had time to
// come up: it may have come up and ended.
func wasMissedTooLate(session *v1alpha1.SessionStatus) bool {
	return session.NotFoundSince != nil && session.NotFoundSince.After(comesUpBy(session))
}

// startQuery returns the time before a recorder is asked after that was started
// so long ago: 5, 10 and 15 seconds, as Agora documents.
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
