// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

const (
	// StatusWriteTimeout bounds the write of a status: an API server that accepts a request
	// and never answers must not hold up a stop.
	StatusWriteTimeout = 10 * time.Second

	// WriteGrace is how long the writes of a status may fail before the operator goes on
	// without them. A recording that should stop is billed in that time, and stopping it twice
	// is harmless.
	WriteGrace = 10 * time.Second

	// Failed writes of a status are tried again after delays between these bounds: the API
	// server comes back.
	shortestWriteRetry = 50 * time.Millisecond
	longestWriteRetry  = 30 * time.Second

	// maxUnwritten bounds what is kept for a recording whose status cannot be written.
	maxUnwritten = 64
)

// Unwritten is what a status lacks because it cannot be written. Its zero value is nothing.
type Unwritten struct {
	// Since is when the first of the writes that failed in a row began, or zero if the last
	// write succeeded.
	Since time.Time

	// Failures counts those writes.
	Failures int

	// Reported means that the failure was reported.
	Reported bool

	// Steps are what was observed and acted on without being written, the oldest first.
	// Whenever the recording is decided on, each step is decided on again from the stored
	// status, which somebody else may have written since.
	Steps []Observation
}

// IsNothing reports whether the status lacks nothing, and can be written as far as is
// known.
func (u Unwritten) IsNothing() bool { return u.Since.IsZero() && len(u.Steps) == 0 }

// Failed returns u after another write that failed.
func (u Unwritten) Failed(begun time.Time) Unwritten {
	if u.Since.IsZero() {
		u.Since = begun
	}
	u.Failures++
	return u
}

// IsOverdue reports whether the operator goes on without writing.
func (u Unwritten) IsOverdue(now time.Time) bool {
	return len(u.Steps) > 0 || (!u.Since.IsZero() && now.Sub(u.Since) >= WriteGrace)
}

// RetryAfter returns how long after a failed write the next one is tried.
func (u Unwritten) RetryAfter(now time.Time) time.Duration {
	delay := min(shortestWriteRetry<<min(u.Failures, 10), longestWriteRetry)
	if left := WriteGrace - now.Sub(u.Since); left > 0 {
		return min(delay, left)
	}
	return delay
}

// With returns u with another step.
func (u Unwritten) With(step Observation) Unwritten {
	// Notifications are kept elsewhere until they are written.
	step.Events = nil
	return u.WithSettled(step)
}

// WithSettled returns u with another step whose notifications are no longer kept anywhere
// else.
func (u Unwritten) WithSettled(step Observation) Unwritten {
	u.Steps = append(slices.Clone(u.Steps), step)
	if len(u.Steps) > maxUnwritten {
		i := max(slices.IndexFunc(u.Steps, saysLittle), 0)
		u.Steps = slices.Delete(u.Steps, i, i+1)
	}
	return u
}

// saysLittle reports whether a step can be dropped without losing anything that cannot be
// learned again.
func saysLittle(step Observation) bool {
	switch answer := step.Answer; {
	case len(step.Events) > 0:
		return false
	case answer == nil || answer.Method == agora.MethodQuery:
		return true
	default:
		return isFailure(answer.Conclusion) && len(answer.Report.Files) == 0
	}
}

// Replay returns the recording as it would be if all steps had been written, and makes the
// observation continue from there.
func (u Unwritten) Replay(recording *v1alpha1.CloudRecording, observed *Observation, settings Settings) *v1alpha1.CloudRecording {
	if len(u.Steps) == 0 {
		return recording
	}
	working := *recording
	for _, step := range u.Steps {
		step.Memory = observed.Memory
		decided := Decide(&working, step, settings)
		working.Status, observed.Memory = decided.Status, decided.Memory
	}
	return &working
}
