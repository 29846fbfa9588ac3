// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
)

// applyUpdateAnswer concludes from the answer to an update. What counts is what it
// carried: the spec may say something else by now.
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
		// A query says whether it has ended.
		return last.problem, time.Time{}
	default:
		// The next query is due when it was.
		return last.problem, memory.notBefore
	}
}

// applySent notes what Agora has taken.
func applySent(session *v1alpha1.SessionStatus, askedAt time.Time, which []clientrequest.Section, sent clientrequest.Fingerprints) {
	if session.Applied == nil {
		session.Applied = &v1alpha1.AppliedParameters{}
	}
	for _, part := range which {
		noteSent(session, part, sent[part], askedAt)
	}
}

// problemOfUpdate tolerates that an update fails now and then.
func problemOfUpdate(answer agora.Answer, failures int) Problem {
	passing := answer.Conclusion == agora.NotKnown || answer.Conclusion == agora.RateLimited
	if passing && failures <= toleratedFailures {
		return Problem{}
	}
	return problemOfAnswer(answer)
}

// keepsUpdateError says whether the failure of an update stays: that Agora answers
// for the recorder does not mend it.
func keepsUpdateError(session *v1alpha1.SessionStatus, answer agora.Answer) bool {
	return answer.Method == agora.MethodQuery && !isFailure(answer.Conclusion) && hasFailedToUpdate(session)
}
