// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// Agora answers that there is no such recorder once it has exited, but also while it is
// moved to another server. This file handles that answer.

// notFoundMemory is what is remembered about answers that there is no such recorder.
type notFoundMemory struct {
	// tries counts such answers in a row. since is when the first of them was decided on, and
	// last is when the last one was asked for.
	tries int
	since time.Time
	last  time.Time

	// waited is how long the next try has waited for its turn in the account's budget.
	// awaitsTurn is when it was last seen waiting, or zero if it is not.
	waited     time.Duration
	awaitsTurn time.Time

	// rows counts the rows of such answers, including this one. Each row but the first came
	// after a long wait for a turn.
	rows int
}

// applyNotFound records since when Agora finds no recorder. An answer that says nothing
// about the recorder, such as 429 or a gateway's, does not change that.
func applyNotFound(session *v1alpha1.SessionStatus, memory *Memory, now, askedAt time.Time, answer agora.Answer) {
	memory.notFound.awaitsTurn = time.Time{}
	switch answer.Conclusion {
	case agora.NotFound:
		addNotFound(session, memory, now, askedAt)
	case agora.Succeeded, agora.NoRecordedData, agora.UploadTimedOut, agora.AlreadyExiting:
		session.NotFoundSince = nil
		memory.notFound = notFoundMemory{}
	default:
	}
}

// addNotFound counts an answer that there is no such recorder. It may be decided on long
// after it came, and says nothing about the time in between.
func addNotFound(session *v1alpha1.SessionStatus, memory *Memory, now, askedAt time.Time) {
	known := &memory.notFound
	apart := askedAt.Sub(known.last)
	switch {
	case apart-known.waited > notFoundCounts:
		*known = notFoundMemory{}
	case apart > notFoundCounts:
		*known = notFoundMemory{rows: known.rows}
	}
	if session.NotFoundSince == nil || (known.rows == 0 && !lifecycle.HasEnded(session)) {
		// Rounded up, so that the grace period is never cut short.
		session.NotFoundSince = &metav1.Time{Time: now.Add(time.Second - 1).Truncate(time.Second)}
	}
	if known.tries == 0 {
		known.since = now
		known.rows++
	}
	known.tries++
	known.last, known.waited = askedAt, 0
}

// noteTurns adds up how long a try waits for its turn, because that is not a silence in
// which the recorder may have been at work. A waiting try is decided on again and again.
// After a longer gap, the process did not run, and the gap does not count as waiting.
func noteTurns(memory *Memory, now time.Time, plan *Plan) {
	known := &memory.notFound
	before := known.awaitsTurn
	known.awaitsTurn = time.Time{}
	if !plan.Action.IsCall() {
		return
	}
	known.awaitsTurn = now
	if waited := now.Sub(before); !before.IsZero() && waited <= longestTurnWait {
		known.waited += waited
	}
}

// notFoundLongEnough reports whether Agora has found no recorder for longer than a move to
// another server takes. What counts is when Agora was asked: an answer that could not be
// written at once may be decided on long after.
func notFoundLongEnough(session *v1alpha1.SessionStatus, memory *Memory, askedAt time.Time, settings Settings) bool {
	over := notFoundOver(session, memory, settings)
	return !over.IsZero() && !askedAt.Before(over) && memory.notFound.isEnough()
}

// isEnough reports whether Agora has said so often enough. If each try waits for a long
// time, the recorder may have been at work between two of them and be moving again. But
// Agora moves a recorder three times at most.
func (m notFoundMemory) isEnough() bool { return m.tries >= notFoundTries || m.rows >= notFoundTries }

// notFoundOver returns when the grace period is over for a recorder that Agora does not
// find, or zero if Agora finds it.
func notFoundOver(session *v1alpha1.SessionStatus, memory *Memory, settings Settings) time.Time {
	switch known := memory.notFound; {
	case session.NotFoundSince == nil:
		return time.Time{}
	case known.rows >= notFoundTries:
		return session.NotFoundSince.Add(settings.NotFoundGrace)
	default:
		return later(session.NotFoundSince.Time, known.since).Add(settings.NotFoundGrace)
	}
}

// nextNotFoundTry returns when to look for a recorder again: often enough to reach a
// conclusion at the end of the grace period.
func nextNotFoundTry(session *v1alpha1.SessionStatus, memory *Memory, now time.Time, settings Settings) time.Time {
	delay := min(queryRetry(memory.notFound.tries), max(settings.NotFoundGrace/notFoundTries, time.Second))
	next := now.Add(delay)
	if over := notFoundOver(session, memory, settings); over.After(now) {
		return earlier(next, over)
	}
	return next
}

// planConfirmingStop asks Agora once to stop a recording that was not found, if Agora can
// be asked, and reports whether that is still to be done. A deletion waits no longer for
// this answer than for anything else.
func planConfirmingStop(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, plan *Plan) (awaited bool) {
	if !lifecycle.NeedsConfirmingStop(recording) || observed.CredentialsProblem != "" || lifecycle.IsSuspended(recording) {
		return false
	}
	if over := deletionDeadline(recording, observed.Now); memory.failures > 0 && !over.IsZero() && !observed.Now.Before(over) {
		return false
	}
	plan.call(memory, observed.Now, ActionStop, stopPriority(&recording.Status.SessionStatus), memory.notBefore)
	return true
}

// applyConfirmingStopAnswer draws conclusions from the answer to that stop. It returns when
// the next call is due, and whether there was anything to stop.
func applyConfirmingStopAnswer(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, answer agora.Answer) (next time.Time, found bool) {
	session := &recording.Status.SessionStatus
	switch answer.Conclusion {
	case agora.NotKnown, agora.RateLimited, agora.TokenRejected:
		return observed.Now.Add(retryAfter(answer.Method, answer.Conclusion, memory.failures)), false
	case agora.Succeeded, agora.NoRecordedData, agora.UploadTimedOut, agora.AlreadyExiting:
		unmarkStopped(session, observed.Now)
		found = true
	default:
		// Again nothing was found, or Agora refuses, and another try changes nothing.
	}
	session.StopRequestedTime = stampOf(observed.AskedAt)
	return uploadCheckAt(recording, observed.Now, settings), found
}
