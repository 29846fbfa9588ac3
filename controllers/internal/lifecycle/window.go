// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// leastWindow is how much of a window must be left for a recording to be started. For a
// short window, half of it is enough.
const leastWindow = time.Minute

// OpensAt returns the time from which a recording should be started: spec.window.start, or
// the creation of the object.
func OpensAt(recording *v1alpha1.CloudRecording) time.Time {
	if window := recording.Spec.Window; window != nil && window.Start != nil {
		return window.Start.Time
	}
	return recording.CreationTimestamp.Time
}

// ClosesAt returns when spec.window ends, or zero if it has no end.
func ClosesAt(recording *v1alpha1.CloudRecording) time.Time {
	if window := recording.Spec.Window; window != nil && window.End != nil {
		return window.End.Time
	}
	return time.Time{}
}

// LatestStart returns the time from which it is too late to start a session, because too
// little of spec.window is left. It is zero if it is never too late.
func LatestStart(recording *v1alpha1.CloudRecording) time.Time {
	closes := ClosesAt(recording)
	if closes.IsZero() {
		return closes
	}
	return LatestStartIn(OpensAt(recording), closes)
}

// LatestStartIn is LatestStart for a window that has no recording yet.
func LatestStartIn(opens, closes time.Time) time.Time {
	return closes.Add(-min(leastWindow, closes.Sub(opens)/2))
}

// IsScheduled reports whether the time of a recording has not come and nothing has begun. A
// recording without a start of its window is due at once, whatever the API server's clock
// says about its creation.
func IsScheduled(recording *v1alpha1.CloudRecording, now time.Time) bool {
	window := recording.Spec.Window
	return window != nil && window.Start != nil && window.Start.After(now) && IsNotBegun(recording)
}
