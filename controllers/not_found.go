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

// notFoundMemory is what is remembered of the answers that there is no such recorder.
type notFoundMemory struct {
	// tries counts those in a row, since when the first of them was asked for and
	// last the last one.
	tries int
	since time.Time
	last  time.Time

	// waited is how long the next try has been waiting for its turn in the account's
	// budget, and awaitsTurn when it was last seen to wait; zero if it does not.
	waited     time.Duration
	awaitsTurn time.Time

	// rows counts the rows of such answers, this one included: each but the first
	// came after a long wait for a turn.
	rows int
}

// learnNotFound keeps since when Agora finds no recorder. An answer that says nothing
// of the recorder, such as 429 or a gateway's, changes nothing in that.
func (d *decider) learnNotFound(answer agora.Answer) {
	d.memory.notFound.awaitsTurn = time.Time{}
	switch answer.Conclusion {
	case agora.NotFound:
		d.addNotFound()
	case agora.Succeeded, agora.NoRecordedData, agora.UploadTimedOut, agora.AlreadyExiting:
		d.status.NotFoundSince = nil
		d.memory.notFound = notFoundMemory{}
	default:
	}
}

// addNotFound counts an answer that there is no such recorder. An answer may be
// decided on long after, and says nothing of the time between.
func (d *decider) addNotFound() {
	known := &d.memory.notFound
	apart := d.observed.askedAt.Sub(known.last)
	switch {
	case apart-known.waited > notFoundCounts:
		*known = notFoundMemory{}
	case apart > notFoundCounts:
		*known = notFoundMemory{rows: known.rows}
	}
	if d.status.NotFoundSince == nil || (known.rows == 0 && !d.isStopped()) {
		// Rounded up, so that the grace is never cut short.
		d.status.NotFoundSince = &metav1.Time{Time: d.observed.now.Add(time.Second - 1).Truncate(time.Second)}
	}
	if known.tries == 0 {
		known.since = d.observed.now
		known.rows++
	}
	known.tries++
	known.last, known.waited = d.observed.askedAt, 0
}

// noteTurns adds up how long a try waits for its turn: that is no silence, in which the
// recorder may have been at work. While it waits, it is decided on again and again; if
// not for long, the process was not at work.
func (d *decider) noteTurns() {
	known := &d.memory.notFound
	before := known.awaitsTurn
	known.awaitsTurn = time.Time{}
	if !d.action.isCall() {
		return
	}
	known.awaitsTurn = d.observed.now
	if waited := d.observed.now.Sub(before); !before.IsZero() && waited <= longestTurnWait {
		known.waited += waited
	}
}

// notFoundLongEnough says whether Agora has found no recorder for longer than a
// move to another server takes. What counts is when Agora was asked: an answer
// may be decided on long after, when it could not be written before.
func (d *decider) notFoundLongEnough() bool {
	over := d.notFoundOver()
	return !over.IsZero() && !d.observed.askedAt.Before(over) && d.memory.notFound.isEnough()
}

// isEnough says whether Agora has said it often enough. Where each try waits for long,
// the recorder may have been at work between two of them, and be moving again, but
// Agora moves one three times at the most.
func (m notFoundMemory) isEnough() bool { return m.tries >= notFoundTries || m.rows >= notFoundTries }

// notFoundOver returns when the grace is over for a recorder that Agora does not find;
// zero if it does.
func (d *decider) notFoundOver() time.Time {
	switch known := d.memory.notFound; {
	case d.status.NotFoundSince == nil:
		return time.Time{}
	case known.rows >= notFoundTries:
		return d.status.NotFoundSince.Add(d.settings.NotFoundGrace)
	default:
		return later(d.status.NotFoundSince.Time, known.since).Add(d.settings.NotFoundGrace)
	}
}

// nextNotFoundTry returns when to try again to find a recorder: often enough for
// a conclusion at the end of the grace.
func (d *decider) nextNotFoundTry() time.Time {
	now := d.observed.now
	delay := min(queryRetry(d.memory.notFound.tries), max(d.settings.NotFoundGrace/notFoundTries, time.Second))
	next := now.Add(delay)
	if over := d.notFoundOver(); over.After(now) {
		return earlier(next, over)
	}
	return next
}

// stopPriority returns the need of a stop: one of a recorder that Agora does not find
// goes behind those of recorders that are at work and billed.
func (d *decider) stopPriority() budget.Priority {
	if d.status.NotFoundSince != nil {
		return budget.StopAgain
	}
	return budget.Stop
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
	d.call(actionStop, d.stopPriority(), d.memory.notBefore)
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
