// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// Problem is what keeps a recording from being looked after or stopped. Its zero value is
// none.
type Problem struct {
	// reason is the reason of the Ready condition.
	reason string

	// detail adds what status.lastError does not say.
	detail string
}

func problemOf(reason, detail string) Problem {
	return Problem{reason: reason, detail: detail}
}

// problemsOfConclusions maps each failing conclusion to the problem that it means. NotFound
// is a problem only for a recording that should run.
var problemsOfConclusions = map[agora.Conclusion]string{
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

func problemOfAnswer(answer agora.Answer) Problem {
	return Problem{reason: problemsOfConclusions[answer.Conclusion]}
}

// carriedProblem returns the problem that the last failed call left in a status.
func carriedProblem(status v1alpha1.CloudRecordingStatus) Problem {
	if status.LastError == nil || lifecycle.IsNotified(status.LastError) {
		return Problem{}
	}
	return Problem{reason: status.LastError.Problem}
}

// recordProblem stores the problem that an answer means, together with the error of the
// call.
func recordProblem(session *v1alpha1.SessionStatus, method agora.Method, problem Problem) {
	if last := session.LastError; last != nil && last.Operation == string(method) {
		last.Problem = problem.reason
	}
}

// unexpectedLasts is how long an answer of unknown meaning must last before a person is
// asked to look.
const unexpectedLasts = 5 * time.Minute

// detectUnexpected asks for a person once such an answer has lasted that long.
func detectUnexpected(session *v1alpha1.SessionStatus, now time.Time, plan *Plan) {
	last := session.LastError
	if plan.problem.reason != v1alpha1.AgoraUnavailableReason || last == nil || !last.Unexpected {
		return
	}
	if over := last.Since.Add(unexpectedLasts); over.After(now) {
		plan.requeueAt(now, over)
		return
	}
	plan.problem = problemOf(v1alpha1.UnexpectedAnswerReason, "")
}

// needsPerson reports whether the problem stays until somebody acts.
func (t Problem) needsPerson() bool {
	switch t.reason {
	case "", v1alpha1.AgoraUnavailableReason, v1alpha1.RateLimitedReason, v1alpha1.OverloadedReason, v1alpha1.WaitingForCapacityReason:
		return false
	}
	return true
}
