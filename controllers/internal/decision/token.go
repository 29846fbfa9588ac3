// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/token"
)

// tokenSlack is how long a token stays valid after the end of its recording: a stop may
// have to be tried for a while.
const tokenSlack = time.Hour

// noteToken records until when the token of the start is valid. A start that is repeated
// with the same resource ID gets the same token, whatever the spec says by then.
func noteToken(recording *v1alpha1.CloudRecording, observed *Observation) {
	session := &recording.Status.SessionStatus
	if !observed.MintsToken || session.TokenExpirationTime != nil || session.AcquiredTime == nil {
		return
	}
	issuedAt := session.AcquiredTime.Time
	session.TokenExpirationTime = stampOf(tokenExpiration(issuedAt, knownEnd(recording, issuedAt)))
}

// tokenExpiration returns until when a token is valid: for as long as a token can be or, if
// the end of the recording is known, only until a while after that. end is zero if it is
// not known.
func tokenExpiration(issuedAt, end time.Time) time.Time {
	longest := issuedAt.Add(token.MaxLifetime)
	if end.IsZero() {
		return longest
	}
	return earlier(longest, later(end, issuedAt).Add(tokenSlack))
}

// knownEnd returns when a recording that is about to start a session ends at the latest, or
// zero if that is not known.
func knownEnd(recording *v1alpha1.CloudRecording, issuedAt time.Time) time.Time {
	if longest := recording.Spec.MaxDuration; longest != nil && endsBy(recording).IsZero() {
		return Earliest(issuedAt.Add(resourceUsable+longest.Duration), lifecycle.ClosesAt(recording))
	}
	return plannedEnd(recording)
}

// tokenLimit returns the limit that the token sets to a session. It returns false if the
// token sets none, for example because the recording ends before.
func tokenLimit(recording *v1alpha1.CloudRecording, session *v1alpha1.SessionStatus) (sessionLimit, bool) {
	expires := session.TokenExpirationTime
	if expires == nil {
		return sessionLimit{}, false
	}
	if by := plannedEnd(recording); !by.IsZero() && by.Before(expires.Time) {
		return sessionLimit{}, false
	}
	return sessionLimit{since: session.StartedTime.Time, until: expires.Time, reason: v1alpha1.StopReasonTokenLifetime}, true
}
