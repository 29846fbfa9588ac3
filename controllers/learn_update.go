// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// learnUpdate concludes from the answer to an update. What counts is what it
// carried: the spec may say something else by now.
func (d *decider) learnUpdate(answer agora.Answer) trouble {
	updates := &d.memory.updates
	last, call, carried := updates.underway, updates.call, updates.parts
	updates.underway, updates.parts = attempt{}, nil
	if answer.Conclusion == agora.Succeeded {
		updates.failed[call] = attempt{}
		d.learnSent(carried, last.sent)
		return trouble{}
	}
	last.failures++
	last.notBefore = d.observed.now.Add(retryAfter(answer, last.failures))
	last.trouble = troubleOfUpdate(answer, last.failures)
	updates.failed[call] = last
	switch answer.Conclusion {
	case agora.NotFound:
		d.memory.notBefore = d.nextNotFoundTry()
	case agora.AlreadyExiting:
		// A query says whether it has ended.
		d.memory.notBefore = time.Time{}
	default:
	}
	return last.trouble
}

// learnSent notes what Agora has taken.
func (d *decider) learnSent(which []part, sent fingerprints) {
	if d.status.Applied == nil {
		d.status.Applied = &v1alpha1.AppliedParameters{}
	}
	for _, part := range which {
		d.noteSent(part, sent[part], d.observed.askedAt)
	}
}

// troubleOfUpdate tolerates that an update fails now and then.
func troubleOfUpdate(answer agora.Answer, failures int) trouble {
	passing := answer.Conclusion == agora.NotKnown || answer.Conclusion == agora.RateLimited
	if passing && failures <= toleratedFailures {
		return trouble{}
	}
	return troubleOfAnswer(answer)
}

// keepsUpdateError says whether the failure of an update stays: that Agora answers
// for the recorder does not mend it.
func (d *decider) keepsUpdateError(answer agora.Answer) bool {
	return answer.Method == agora.MethodQuery && !isFailure(answer.Conclusion) && d.hasFailedToUpdate()
}
