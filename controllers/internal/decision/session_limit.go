// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// A session is stopped before its limit: a twentieth of its time, within these bounds, is
	// left for stops that fail or wait for their turn.
	shortestLimitMargin = 3 * time.Minute
	longestLimitMargin  = time.Hour
)

// sessionLimit is how long a session can go on, and since when that counts.
type sessionLimit struct {
	since, until time.Time

	// reason is why the recording is stopped before the limit.
	reason v1alpha1.StopReason
}

// limitOf returns what limits a session that has begun: its control window, or its token if
// that makes it stop earlier.
func limitOf(recording *v1alpha1.CloudRecording, session *v1alpha1.SessionStatus) sessionLimit {
	begun := session.StartedTime.Time
	window := sessionLimit{since: begun, until: begun.Add(controlWindow(recording, session)), reason: v1alpha1.StopReasonControlWindow}
	if byToken, ok := tokenLimit(recording, session); ok && byToken.stopBy().Before(window.stopBy()) {
		return byToken
	}
	return window
}

func (l sessionLimit) margin() time.Duration {
	return min(max(l.until.Sub(l.since)/20, shortestLimitMargin), longestLimitMargin)
}

// handOverAt returns when another session is started to replace this one.
func (l sessionLimit) handOverAt() time.Time { return l.stopBy().Add(-l.margin()) }

// stopBy returns when the session must be stopped at the latest.
func (l sessionLimit) stopBy() time.Time { return l.until.Add(-l.margin()) }

// warnFrom returns the time from which the limit is near: after nine tenths of the
// session's time.
func (l sessionLimit) warnFrom() time.Time { return l.since.Add(l.until.Sub(l.since) / 10 * 9) }
