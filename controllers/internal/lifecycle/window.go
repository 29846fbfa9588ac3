// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// leastWindow is how much of a window must be left for a recording to be started. Half
// of a window that is short will do.
const leastWindow = time.Minute

// OpensAt returns from when on a recording is to be started: spec.window.start, or since
// the object was created.
func OpensAt(recording *v1alpha1.CloudRecording) time.Time {
	if window := recording.Spec.Window; window != nil && window.Start != nil {
		return window.Start.Time
	}
	return recording.CreationTimestamp.Time
}

// ClosesAt returns when spec.window ends; zero if it does not.
func ClosesAt(recording *v1alpha1.CloudRecording) time.Time {
	if window := recording.Spec.Window; window != nil && window.End != nil {
		return window.End.Time
	}
	return time.Time{}
}

// LatestStart returns from when on it is too late to start a session, since too little
// of spec.window is left; zero if it never is.
func LatestStart(recording *v1alpha1.CloudRecording) time.Time {
	closes := ClosesAt(recording)
	if closes.IsZero() {
		return closes
	}
	return LatestStartIn(OpensAt(recording), closes)
}

// LatestStartIn is LatestStart for a window of which no recording was made yet.
func LatestStartIn(opens, closes time.Time) time.Time {
	return closes.Add(-min(leastWindow, closes.Sub(opens)/2))
}

// IsScheduled says whether the time of a recording has not come and nothing has begun. One
// without a start is due at once, whatever the API server's clock says of its creation.
func IsScheduled(recording *v1alpha1.CloudRecording, now time.Time) bool {
	window := recording.Spec.Window
	return window != nil && window.Start != nil && window.Start.After(now) && IsNotBegun(recording)
}
