// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
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

// applyNotFound keeps since when Agora finds no recorder. An answer that says nothing
// of the recorder, such as 429 or a gateway's, changes nothing in that.
func (d *decider) applyNotFound(answer agora.Answer) {
	d.memory.notFound.awaitsTurn = time.Time{}
	switch answer.Conclusion {
	case agora.NotFound:
		d.addNotFound()
	case agora.Succeeded, agora.NoRecordedData, agora.UploadTimedOut, agora.AlreadyExiting:
		d.recording.Status.NotFoundSince = nil
		d.memory.notFound = notFoundMemory{}
	default:
	}
}

// addNotFound counts an answer that there is no such recorder. An answer may be
// decided on long after, and says nothing of the time between.
func (d *decider) addNotFound() {
	known := &d.memory.notFound
	apart := d.observed.AskedAt.Sub(known.last)
	switch {
	case apart-known.waited > notFoundCounts:
		*known = notFoundMemory{}
	case apart > notFoundCounts:
		*known = notFoundMemory{rows: known.rows}
	}
	if d.recording.Status.NotFoundSince == nil || (known.rows == 0 && !d.isStopped()) {
		// Rounded up, so that the grace is never cut short.
		d.recording.Status.NotFoundSince = &metav1.Time{Time: d.observed.Now.Add(time.Second - 1).Truncate(time.Second)}
	}
	if known.tries == 0 {
		known.since = d.observed.Now
		known.rows++
	}
	known.tries++
	known.last, known.waited = d.observed.AskedAt, 0
}

// noteTurns adds up how long a try waits for its turn: that is no silence, in which the
// recorder may have been at work. While it waits, it is decided on again and again; if
// not for long, the process was not at work.
func (d *decider) noteTurns() {
	known := &d.memory.notFound
	before := known.awaitsTurn
	known.awaitsTurn = time.Time{}
	if !d.plan.Action.IsCall() {
		return
	}
	known.awaitsTurn = d.observed.Now
	if waited := d.observed.Now.Sub(before); !before.IsZero() && waited <= longestTurnWait {
		known.waited += waited
	}
}

// notFoundLongEnough says whether Agora has found no recorder for longer than a
// move to another server takes. What counts is when Agora was asked: an answer
// may be decided on long after, when it could not be written before.
func (d *decider) notFoundLongEnough() bool {
	over := d.notFoundOver()
	return !over.IsZero() && !d.observed.AskedAt.Before(over) && d.memory.notFound.isEnough()
}

// isEnough says whether Agora has said it often enough. Where each try waits for long,
// the recorder may have been at work between two of them, and be moving again, but
// Agora moves one three times at the most.
func (m notFoundMemory) isEnough() bool { return m.tries >= notFoundTries || m.rows >= notFoundTries }

// notFoundOver returns when the grace is over for a recorder that Agora does not find;
// zero if it does.
func (d *decider) notFoundOver() time.Time {
	switch known := d.memory.notFound; {
	case d.recording.Status.NotFoundSince == nil:
		return time.Time{}
	case known.rows >= notFoundTries:
		return d.recording.Status.NotFoundSince.Add(d.settings.NotFoundGrace)
	default:
		return later(d.recording.Status.NotFoundSince.Time, known.since).Add(d.settings.NotFoundGrace)
	}
}

// nextNotFoundTry returns when to try again to find a recorder: often enough for
// a conclusion at the end of the grace.
func (d *decider) nextNotFoundTry() time.Time {
	delay := min(queryRetry(d.memory.notFound.tries), max(d.settings.NotFoundGrace/notFoundTries, time.Second))
	next := d.observed.Now.Add(delay)
	if over := d.notFoundOver(); over.After(d.observed.Now) {
		return earlier(next, over)
	}
	return next
}

// stopPriority returns the need of a stop: one of a recorder that Agora does not find
// goes behind those of recorders that are at work and billed.
func (d *decider) stopPriority() budget.Priority {
	if d.recording.Status.NotFoundSince != nil {
		return budget.StopAgain
	}
	return budget.Stop
}

// needsConfirmingStop is the same by what is known now.
func (d *decider) needsConfirmingStop() bool {
	return d.wantsStop() && lifecycle.AssumedEnded(&d.recording.Status.SessionStatus)
}

// nextOfAssumedEnded asks Agora once to stop a recording that nothing found, where it can
// be asked, and says whether that is still to come. A deletion does not wait longer
// for an answer than for anything else.
func (d *decider) nextOfAssumedEnded() (awaited bool) {
	if !d.needsConfirmingStop() || d.observed.CredentialsProblem != "" || lifecycle.IsSuspended(d.recording) {
		return false
	}
	if over := d.deletionDeadline(); d.memory.failures > 0 && !over.IsZero() && !d.observed.Now.Before(over) {
		return false
	}
	d.call(ActionStop, d.stopPriority(), d.memory.notBefore)
	return true
}

// applyConfirmingStopAnswer concludes from the answer to that stop, and says whether there
// was anything to stop.
func (d *decider) applyConfirmingStopAnswer(answer agora.Answer) (found bool) {
	switch answer.Conclusion {
	case agora.NotKnown, agora.RateLimited, agora.TokenRejected:
		d.memory.notBefore = d.observed.Now.Add(retryAfter(answer, d.memory.failures))
		return false
	case agora.Succeeded, agora.NoRecordedData, agora.UploadTimedOut, agora.AlreadyExiting:
		d.unmarkStopped()
		found = true
	default:
		// Nothing was found again, or Agora refuses, and trying again changes nothing.
	}
	d.recording.Status.StopRequestedTime = d.askedAt()
	d.memory.notBefore = d.nextUploadCheck()
	return found
}
