// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/token"
)

// tokenSlack is for how long after the end of a recording its token is valid: a stop may
// have to be tried for a while.
const tokenSlack = time.Hour

// noteToken notes until when the token is valid that the start gets. A start that is
// repeated with the same resource ID gets the same one, whatever the spec says by now.
func noteToken(recording *v1alpha1.CloudRecording, observed *Observation) {
	session := &recording.Status.SessionStatus
	if !observed.MintsToken || session.TokenExpirationTime != nil || session.AcquiredTime == nil {
		return
	}
	issuedAt := session.AcquiredTime.Time
	session.TokenExpirationTime = stampOf(tokenExpiration(issuedAt, knownEnd(recording, issuedAt)))
}

// tokenExpiration returns until when a token is valid: for as long as one can be, or until
// a while after the end of the recording, where that is known; zero where it is not.
func tokenExpiration(issuedAt, end time.Time) time.Time {
	longest := issuedAt.Add(token.MaxLifetime)
	if end.IsZero() {
		return longest
	}
	return earlier(longest, later(end, issuedAt).Add(tokenSlack))
}

// knownEnd returns when a recording ends at the latest that is about to start a session;
// zero if that is not known.
func knownEnd(recording *v1alpha1.CloudRecording, issuedAt time.Time) time.Time {
	if longest := recording.Spec.MaxDuration; longest != nil && endsBy(recording).IsZero() {
		return Earliest(issuedAt.Add(resourceUsable+longest.Duration), lifecycle.ClosesAt(recording))
	}
	return plannedEnd(recording)
}

// tokenLimit returns the limit that the token sets to a session; false where it sets none,
// since the recording ends before.
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
