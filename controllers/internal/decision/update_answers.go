// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
)

// applyUpdateAnswer draws conclusions from the answer to an update. What counts is what the
// update carried: the spec may say something else by now.
func applyUpdateAnswer(session *v1alpha1.SessionStatus, memory *Memory, now, askedAt time.Time, settings Settings, answer agora.Answer) (Problem, time.Time) {
	updates := &memory.updates
	last, call, carried := updates.inFlight, updates.call, updates.parts
	updates.inFlight, updates.parts = attempt{}, nil
	if answer.Conclusion == agora.Succeeded {
		updates.failed[call] = attempt{}
		applySent(session, askedAt, carried, last.sent)
		return Problem{}, memory.notBefore
	}
	last.failures++
	last.notBefore = now.Add(retryAfter(answer.Method, answer.Conclusion, last.failures))
	last.problem = problemOfUpdate(answer, last.failures)
	updates.failed[call] = last
	switch answer.Conclusion {
	case agora.NotFound:
		return last.problem, nextNotFoundTry(session, memory, now, settings)
	case agora.AlreadyExiting:
		// A query shows whether the recorder has ended.
		return last.problem, time.Time{}
	default:
		// The next query is due when it was due before.
		return last.problem, memory.notBefore
	}
}

// applySent records what Agora has accepted.
func applySent(session *v1alpha1.SessionStatus, askedAt time.Time, which []clientrequest.Section, sent clientrequest.Fingerprints) {
	if session.Applied == nil {
		session.Applied = &v1alpha1.AppliedParameters{}
	}
	for _, part := range which {
		noteSent(session, part, sent[part], askedAt)
	}
}

// problemOfUpdate tolerates occasional failures of updates.
func problemOfUpdate(answer agora.Answer, failures int) Problem {
	passing := answer.Conclusion == agora.NotKnown || answer.Conclusion == agora.RateLimited
	if passing && failures <= toleratedFailures {
		return Problem{}
	}
	return problemOfAnswer(answer)
}

// keepsUpdateError reports whether the failure of an update stays: a query that succeeds
// does not fix it.
func keepsUpdateError(session *v1alpha1.SessionStatus, answer agora.Answer) bool {
	return answer.Method == agora.MethodQuery && !isFailure(answer.Conclusion) && hasFailedToUpdate(session)
}
