// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// trouble is what keeps a recording from being looked after or stopped. Its
// zero value is none.
type trouble struct {
	// reason is the reason of the Ready condition.
	reason string

	// detail says more where status.lastError does not.
	detail string
}

func troubleOf(reason, detail string) trouble {
	return trouble{reason: reason, detail: detail}
}

// troubles is the trouble that each failing conclusion means. Finding no
// recorder is one only for a recording that is wanted to run.
var troubles = map[agora.Conclusion]string{
	agora.NotKnown:            v1alpha1.AgoraUnavailableReason,
	agora.NotFound:            v1alpha1.AgoraUnavailableReason,
	agora.NoRoute:             v1alpha1.InvalidRequestReason,
	agora.InvalidRequest:      v1alpha1.InvalidRequestReason,
	agora.ResourceExpired:     v1alpha1.ResourceExpiredReason,
	agora.CredentialsRejected: v1alpha1.CredentialsRejectedReason,
	agora.RateLimited:         v1alpha1.RateLimitedReason,
	agora.AlreadyStarted:      v1alpha1.SIDUnknownReason,
	agora.TaskConflict:        v1alpha1.TaskConflictReason,
	agora.NeedsNewResource:    v1alpha1.AgoraUnavailableReason,
	agora.Overloaded:          v1alpha1.OverloadedReason,
	agora.AccountInactive:     v1alpha1.AccountInactiveReason,
	agora.NotEnabled:          v1alpha1.NotEnabledReason,
	agora.TokenRejected:       v1alpha1.TokenRejectedReason,
}

func troubleOfAnswer(answer agora.Answer) trouble {
	return trouble{reason: troubles[answer.Conclusion]}
}

// carriedTrouble returns the trouble that the last failed call left in a status.
func carriedTrouble(status v1alpha1.CloudRecordingStatus) trouble {
	ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ReadyCondition)
	if ready == nil || status.LastError == nil || isNotified(status.LastError) || ready.Message == outlookOfSessions(status.Sessions).message {
		return trouble{}
	}
	if ready.Reason == v1alpha1.UnexpectedAnswerReason {
		// Whether it still lasts long enough is found out anew.
		return trouble{reason: v1alpha1.AgoraUnavailableReason}
	}
	for _, reason := range troubles {
		if reason == ready.Reason {
			return trouble{reason: reason}
		}
	}
	return trouble{}
}

// unexpectedLasts is how long an answer must last of which nobody knows what it means
// before a person is asked to look.
const unexpectedLasts = 5 * time.Minute

// isUnexpected says whether a request was refused by an answer that says nothing. One
// of a server that failed, or none, is expected to pass.
func isUnexpected(answer agora.Answer) bool {
	return answer.Conclusion == agora.NotKnown &&
		answer.HTTPStatus >= http.StatusBadRequest && answer.HTTPStatus < http.StatusInternalServerError
}

// noticeUnexpected asks for a person once such an answer has lasted.
func (d *decider) noticeUnexpected(trouble *trouble) {
	last := d.status.LastError
	if trouble.reason != v1alpha1.AgoraUnavailableReason || last == nil || !last.Unexpected {
		return
	}
	if over := last.Since.Add(unexpectedLasts); over.After(d.observed.now) {
		d.lookAt(over)
		return
	}
	*trouble = troubleOf(v1alpha1.UnexpectedAnswerReason, "")
}

// needsPerson says whether the trouble stays until somebody acts.
func (t trouble) needsPerson() bool {
	switch t.reason {
	case "", v1alpha1.AgoraUnavailableReason, v1alpha1.RateLimitedReason, v1alpha1.OverloadedReason:
		return false
	}
	return true
}
