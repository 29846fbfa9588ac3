// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// Problem is what keeps a recording from being looked after or stopped. Its
// zero value is none.
type Problem struct {
	// reason is the reason of the Ready condition.
	reason string

	// detail says more where status.lastError does not.
	detail string
}

func problemOf(reason, detail string) Problem {
	return Problem{reason: reason, detail: detail}
}

// problemsOfConclusions is the problem that each failing conclusion means. Finding no
// recorder is one only for a recording that is wanted to run.
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

// recordProblem keeps the problem that the answer to a call means with its error.
func recordProblem(session *v1alpha1.SessionStatus, method agora.Method, problem Problem) {
	if last := session.LastError; last != nil && last.Operation == string(method) {
		last.Problem = problem.reason
	}
}

// unexpectedLasts is how long an answer must last of which nobody knows what it means
// before a person is asked to look.
const unexpectedLasts = 5 * time.Minute

// detectUnexpected asks for a person once such an answer has lasted.
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

// needsPerson says whether the problem stays until somebody acts.
func (t Problem) needsPerson() bool {
	switch t.reason {
	case "", v1alpha1.AgoraUnavailableReason, v1alpha1.RateLimitedReason, v1alpha1.OverloadedReason, v1alpha1.WaitingForCapacityReason:
		return false
	}
	return true
}
