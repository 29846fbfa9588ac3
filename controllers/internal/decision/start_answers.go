// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/notifications"
)

// applyAcquireAnswer concludes from the answer to an acquire. Where another leader has
// acquired one meanwhile, the recording may have been started with that.
func (d *decider) applyAcquireAnswer(answer agora.Answer) Problem {
	if !d.awaitsStart() || d.recording.Status.ResourceID != "" {
		d.resetBackoff()
		return Problem{}
	}
	if answer.Conclusion == agora.Succeeded {
		d.recording.Status.ResourceID = answer.ResourceID
		d.recording.Status.AcquiredTime = d.askedAt()
		d.recording.Status.ResourceExpiredHour = d.recording.Spec.Start.ResourceExpiredHour
		if d.memory.calledWith.Generation != d.memory.Trigger.Generation {
			// It was acquired for what is not wanted any more.
			d.forgetResource()
		}
		d.memory.notBefore = time.Time{}
		if d.hasFailedToStart() {
			return carriedProblem(*d.recorded)
		}
		return Problem{}
	}
	d.memory.notBefore = d.observed.Now.Add(startRetryAfter(answer, d.memory.failures))
	return problemOfAnswer(answer)
}

// askedAt returns when the call began that was answered, as a status holds it:
// an answer may be decided on long after, when it could not be written before.
func (d *decider) askedAt() *metav1.Time {
	return &metav1.Time{Time: d.observed.AskedAt.Truncate(time.Second)}
}

// hasFailedToStart says whether the last call that failed was a start.
func (d *decider) hasFailedToStart() bool {
	last := d.recording.Status.LastError
	return last != nil && last.Operation == string(agora.MethodStart)
}

// applyStartAnswer concludes from the answer to a start.
func (d *decider) applyStartAnswer(answer agora.Answer) Problem {
	if d.isKnownAsForeign(answer) {
		// What was notified was about another recording of the channel.
		d.forgetForeign()
	}
	if d.recording.Status.SID != "" {
		// A notification has said meanwhile which recording an earlier one began.
		d.resetBackoff()
		return Problem{}
	}
	d.memory.notBefore = d.observed.Now.Add(startRetryAfter(answer, d.memory.failures))
	if mayHaveEffect(answer.Conclusion) {
		d.noteStartWithEffect()
	}
	switch answer.Conclusion {
	case agora.Succeeded:
		d.recording.Status.SID = answer.SID
		d.recording.Status.StartedTime = d.askedAt()
		d.memory.notBefore = d.observed.Now.Add(startQuery(0))
	case agora.AlreadyStarted, agora.NotKnown, agora.NotFound:
		if d.isGivenUp() {
			d.memory.notBefore = later(d.memory.notBefore, d.notifiedBy())
		}
	case agora.RateLimited:
		// It had no effect, and is repeated with the same resource ID.
		d.forgetStartRequest()
	default:
		// An earlier one with the same resource ID may have taken effect, and be
		// notified.
		if d.memory.StartsKnown || d.observed.Now.After(d.notifiedBy()) {
			d.forgetStart()
		}
	}
	return problemOfAnswer(answer)
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
func (d *decider) noteStartWithEffect() {
	d.memory.StartsKnown = false
	d.memory.startLostAt = d.observed.AskedAt
	if d.recording.Status.StartRequestedTime == nil {
		d.recording.Status.StartRequestedTime = d.askedAt()
		d.recording.Status.MP4Requested = requestsMP4(d.recording.Spec.Start)
	}
	if d.recording.Status.ResourceID == "" && d.observed.AnswerResource != "" {
		d.recording.Status.ResourceID, d.recording.Status.AcquiredTime = d.observed.AnswerResource, d.askedAt()
	}
}

// forgetForeign forgets all that was taken for the recording's and was another's.
func (d *decider) forgetForeign() {
	known := d.recording.Status.SessionStatus
	d.recording.Status.SessionStatus = v1alpha1.SessionStatus{
		UID: known.UID, ResourceID: known.ResourceID, AcquiredTime: known.AcquiredTime, ResourceExpiredHour: known.ResourceExpiredHour,
		StartRequestedTime: known.StartRequestedTime, MP4Requested: known.MP4Requested,
		Applied: known.Applied, Conditions: slices.DeleteFunc(known.Conditions, isOfSession),
	}
	if len(d.recording.Status.Sessions) == 0 {
		d.recording.Status.FirstStartedTime = nil
	}
}

// resetBackoff has the next step done at once: what failed before is of no account.
func (d *decider) resetBackoff() {
	d.clearCallError()
	d.memory.failures = 0
	d.memory.notBefore = time.Time{}
}

// applyQueryWhileComingUp concludes from a query of a recorder that has not been seen to be
// ready, and returns false if the answer means what it means of any recorder.
func (d *decider) applyQueryWhileComingUp(answer agora.Answer) bool {
	if !d.isComingUp() || (answer.Conclusion == agora.NotFound && (d.hasComeUp() || d.wasMissedTooLate())) {
		return false
	}
	switch {
	case answer.Conclusion == agora.NotFound && d.isOverdue(d.observed.AskedAt) && d.memory.notFound.isEnough():
		d.conclude(v1alpha1.StartFailedReason)
		d.setUploaded(v1alpha1.NoRecordedDataReason, messageNothingRecorded)
		return true
	case answer.Conclusion == agora.NotFound, answer.Conclusion == agora.Succeeded && answer.Presence() != agora.PresenceGone:
		// It may still come up.
	default:
		return false
	}
	next := d.observed.Now.Add(startQuery(d.observed.Now.Sub(d.recording.Status.StartedTime.Time)))
	if by := d.comesUpBy(); by.After(d.observed.Now) {
		next = earlier(next, by)
	}
	d.memory.notBefore = next
	return true
}

// notifiedBy returns when a recorder that was started with the resource ID must have
// come up, and been notified where that is done: what is heard of it later could not
// be told from what is started with another resource ID. It is zero if none was.
func (d *decider) notifiedBy() time.Time {
	if d.recording.Status.StartRequestedTime == nil || d.recording.Status.AcquiredTime == nil || d.memory.StartsKnown {
		return time.Time{}
	}
	last := d.memory.startLostAt
	if last.IsZero() {
		// A process that led before may have called it for as long as it could.
		last = d.recording.Status.AcquiredTime.Add(resourceUsable)
	}
	return last.Add(startDeadline)
}

// isGivenUp says whether a start was repeated with the resource ID for so often and
// so long that another is worth a try.
func (d *decider) isGivenUp() bool {
	return d.memory.failures >= startTries && !d.memory.startLostAt.IsZero() && d.recording.Status.AcquiredTime != nil &&
		d.memory.startLostAt.Sub(d.recording.Status.AcquiredTime.Time) > startDeadline
}

// hasComeUp says whether Agora has notified that the recorder was at work, or has
// named a file of it: not to be found any more, it has ended.
func (d *decider) hasComeUp() bool {
	if len(d.recording.Status.FileList) > 0 {
		return true
	}
	for _, atWork := range []notifications.Type{
		notifications.RecorderStarted, notifications.RecorderLeave, notifications.WebRecorderStarted, notifications.WebRecorderStopped,
	} {
		if d.lastNotified(atWork) != nil {
			return true
		}
	}
	return false
}

// wasMissedTooLate says whether nobody looked for the recorder while it had time to
// come up: it may have come up and ended.
func (d *decider) wasMissedTooLate() bool {
	return d.recording.Status.NotFoundSince != nil && d.recording.Status.NotFoundSince.After(d.comesUpBy())
}

// startRetryAfter returns the time before another try to start is worth it. Agora
// documents 3, 6 and 9 seconds for a start that may have taken effect.
func startRetryAfter(answer agora.Answer, failures int) time.Duration {
	switch answer.Conclusion {
	case agora.RateLimited:
		return rateLimitedRetry
	case agora.NotKnown, agora.NotFound, agora.NeedsNewResource:
		return step(failures, 3*time.Second, 6*time.Second, 9*time.Second, 30*time.Second, time.Minute)
	case agora.Overloaded:
		return step(failures, 30*time.Second, time.Minute, 2*time.Minute)
	default:
		return slowRetry
	}
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
