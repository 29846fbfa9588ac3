// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
)

// Agora answers that there is no such recorder once it has exited, and also while it
// is moved to another server. What is done about that stands here.

// learnNotFound keeps since when Agora finds no recorder.
func (d *decider) learnNotFound(answer agora.Answer) {
	switch answer.Conclusion {
	case agora.NotFound:
	case agora.Succeeded, agora.NoRecordedData, agora.UploadTimedOut, agora.AlreadyExiting:
		d.status.NotFoundSince = nil
		d.memory.notFound = 0
		return
	default:
		d.memory.notFound = 0
		return
	}
	if d.observed.askedAt.Sub(d.memory.lastNotFound) > notFoundMemory {
		d.memory.notFound = 0
	}
	if d.status.NotFoundSince == nil || (d.memory.notFound == 0 && !d.isStopped()) {
		// Rounded up, so that the grace is never cut short.
		d.status.NotFoundSince = &metav1.Time{Time: d.observed.now.Add(time.Second - 1).Truncate(time.Second)}
	}
	d.memory.notFound++
	// An answer may be decided on long after, and says nothing of the time between.
	d.memory.lastNotFound = d.observed.askedAt
}

// notFoundLongEnough says whether Agora has found no recorder for longer than a
// move to another server takes. What counts is when Agora was asked: an answer
// may be decided on long after, when it could not be written before.
func (d *decider) notFoundLongEnough() bool {
	since := d.status.NotFoundSince
	return since != nil && d.memory.notFound >= notFoundTries &&
		!d.observed.askedAt.Before(since.Add(d.settings.NotFoundGrace))
}

// nextNotFoundTry returns when to try again to find a recorder: often enough for
// a conclusion at the end of the grace.
func (d *decider) nextNotFoundTry() time.Time {
	now := d.observed.now
	delay := min(queryRetry(d.memory.failures), max(d.settings.NotFoundGrace/notFoundTries, time.Second))
	next := now.Add(delay)
	if over := d.status.NotFoundSince.Add(d.settings.NotFoundGrace); over.After(now) {
		return earlier(next, over)
	}
	return next
}

// owesStop says whether a recording that is wanted to end counts as ended only since
// nothing found it, without that anybody has asked Agora to stop it. Should a move
// have taken longer than Agora says, it goes on and is billed.
func owesStop(recording *v1alpha1.CloudRecording) bool {
	return wantsStop(recording) && endedUnfound(&recording.Status.SessionStatus)
}

// owesStop is the same by what is known now.
func (d *decider) owesStop() bool {
	return d.wantsStop() && endedUnfound(&d.status.SessionStatus)
}

// endedUnfound says whether a session counts as ended only since nothing found it.
// The files of one that goes on would not all be in the bucket.
func endedUnfound(session *v1alpha1.SessionStatus) bool {
	return reasonOfEnd(session) == v1alpha1.RecordingEndedReason && session.NotFoundSince != nil && session.StopRequestedTime == nil &&
		!hasUploaded(session)
}

// nextOfUnfound asks Agora once to stop a recording that nothing found, where it can
// be asked, and says whether that is still to come. A deletion does not wait longer
// for an answer than for anything else.
func (d *decider) nextOfUnfound() (awaited bool) {
	if !d.owesStop() || d.observed.credentialsProblem != "" || isSuspended(d.recording) {
		return false
	}
	if over := d.deletionDeadline(); d.memory.failures > 0 && !over.IsZero() && !d.observed.now.Before(over) {
		return false
	}
	d.call(actionStop, budget.Stop, d.memory.notBefore)
	return true
}

// learnStopOfUnfound concludes from the answer to that stop, and says whether there
// was anything to stop.
func (d *decider) learnStopOfUnfound(answer agora.Answer) (found bool) {
	switch answer.Conclusion {
	case agora.NotKnown, agora.RateLimited, agora.TokenRejected:
		d.memory.notBefore = d.observed.now.Add(retryAfter(answer, d.memory.failures))
		return false
	case agora.Succeeded, agora.NoRecordedData, agora.UploadTimedOut, agora.AlreadyExiting:
		d.revive()
		found = true
	default:
		// Nothing was found again, or Agora refuses, and trying again changes nothing.
	}
	d.status.StopRequestedTime = d.askedAt()
	d.memory.notBefore = d.nextUploadCheck()
	return found
}
