// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

const (
	// statusWriteTimeout bounds the write of a status: an API server that takes a
	// request and never answers must not hold up a stop.
	statusWriteTimeout = 10 * time.Second

	// writeGrace is for how long the writes of a status may fail until the operator
	// goes on without: a recording that is wanted to stop is billed meanwhile, and
	// stopping it twice is harmless.
	writeGrace = 10 * time.Second

	// maxUnwritten bounds what is kept of a recording that cannot be written.
	maxUnwritten = 64
)

// unwritten is what a status lacks because it cannot be written. Its zero value is
// nothing.
type unwritten struct {
	// since is when the first of the writes began that have failed in a row; zero if
	// the last one succeeded.
	since time.Time

	// failures counts those writes.
	failures int

	// reported says that the failure was reported.
	reported bool

	// steps are what was observed and acted on without being written, the oldest
	// first. Each is decided on again, from the status as it is stored, whenever the
	// recording is: somebody else may have written that meanwhile.
	steps []observation
}

// failed returns the same after a further write that failed.
func (u unwritten) failed(begun time.Time) unwritten {
	if u.since.IsZero() {
		u.since = begun
	}
	u.failures++
	return u
}

// isOverdue says whether the operator goes on without writing.
func (u unwritten) isOverdue(now time.Time) bool {
	return len(u.steps) > 0 || (!u.since.IsZero() && now.Sub(u.since) >= writeGrace)
}

// retryAfter returns how long after a failed write the next one is tried.
func (u unwritten) retryAfter(now time.Time) time.Duration {
	delay := min(shortestErrorRetry<<min(u.failures, 10), longestErrorRetry)
	if left := writeGrace - now.Sub(u.since); left > 0 {
		return min(delay, left)
	}
	return delay
}

// with returns the same with a further step.
func (u unwritten) with(step observation) unwritten {
	// Notifications are kept elsewhere until they are written.
	step.events = nil
	u.steps = append(slices.Clone(u.steps), step)
	if len(u.steps) > maxUnwritten {
		i := max(slices.IndexFunc(u.steps, saysLittle), 0)
		u.steps = slices.Delete(u.steps, i, i+1)
	}
	return u
}

// saysLittle says whether a step can be dropped without losing what cannot be learnt
// again.
func saysLittle(step observation) bool {
	return step.answer == nil || step.answer.Method == agora.MethodQuery ||
		(isFailure(step.answer.Conclusion) && len(step.answer.Report.Files) == 0)
}

// replay returns the recording as it would be if all steps had been written, and has
// the observation continue from there.
func (u unwritten) replay(recording *v1alpha1.CloudRecording, observed *observation, settings Settings) *v1alpha1.CloudRecording {
	if len(u.steps) == 0 {
		return recording
	}
	working := *recording
	for _, step := range u.steps {
		step.memory = observed.memory
		decided := decide(&working, step, settings)
		working.Status, observed.memory = decided.status, decided.memory
	}
	return &working
}

// needsRecord says whether what is to be done must be written before: a start that
// was lost could not be told from none, nor could an update.
func (a action) needsRecord() bool {
	switch a {
	case actionAcquire, actionStart, actionUpdate, actionUpdateLayout, actionAddFinalizer:
		return true
	default:
		return false
	}
}
