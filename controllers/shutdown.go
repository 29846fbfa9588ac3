// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/notifications/receiver"
)

const (
	// drainTimeout is how long the process tries to write the last answers after it was told
	// to end.
	drainTimeout = 10 * time.Second

	// longestDrainRetry bounds the time between two attempts.
	longestDrainRetry = time.Second
)

// ShutdownTimeout is how long the manager must wait for its parts to end, one after the other:
// a call in flight, the write of its answer, and the notifications that have arrived.
func ShutdownTimeout() time.Duration {
	return agora.MaxTimeout() + drainTimeout + receiver.ShutdownTimeout + time.Second
}

// errUnrecorded means that the process ends with answers that no status shows.
var errUnrecorded = errors.New("not all answers of Agora could be written before the end")

// lastAnswers coordinates the part of the process that ends last.
type lastAnswers struct {
	// stopped is closed when the process is told to end.
	stopped <-chan struct{}

	// begun is true once there may be answers to write. ended is closed when they are written.
	begun atomic.Bool
	ended chan struct{}
}

// Wait returns when Agora's last answers are written. A manager that has lost its lease waits
// for nothing, so the process must call Wait after the manager has ended. By then no call is
// made any more, and writes carry the version of the object, so that another leader's writes
// win. A process that is told to end waits for at most the time of a call and 10 seconds.
func (r *CloudRecordingReconciler) Wait() {
	if r.last.begun.Load() {
		<-r.last.ended
	}
}

// run notes that this process leads, so that the first recording, which may come much later,
// need not wait. When the process is to end, run waits for the calls in flight and records
// their answers as they arrive. The controller's workers have ended by then.
func (r *CloudRecordingReconciler) run(ctx context.Context) error {
	r.last.begun.Store(true)
	defer close(r.last.ended)
	r.leadership.since()
	<-ctx.Done()
	r.ending.Store(true)
	ctx = context.WithoutCancel(ctx)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		r.verifications.Drain()
		r.calls.Drain()
	}()
	for delay := staleRetry; ; {
		select {
		case <-drained:
			return r.recordLast(ctx)
		case <-r.Clock.After(delay):
			// Failures are retried.
			_ = r.recordAnswers(ctx)
			delay = nextDrainRetry(delay, len(r.unrecorded()))
		}
	}
}

// nextDrainRetry returns the delay before the next attempt, from the previous delay and the
// number of answers left. It backs off while statuses cannot be written.
func nextDrainRetry(before time.Duration, left int) time.Duration {
	if left == 0 {
		return staleRetry
	}
	return min(2*before, longestDrainRetry)
}

// recordLast records the answers that are left after all calls have ended.
func (r *CloudRecordingReconciler) recordLast(ctx context.Context) error {
	stopped := r.last.stopped
	var giveUp <-chan time.Time
	for delay := staleRetry; ; {
		err := r.recordAnswers(ctx)
		left := len(r.unrecorded())
		if left == 0 {
			return nil
		}
		log.FromContext(ctx).V(1).Info("Writing the last answers of Agora before the process ends", "recordings", left)
		select {
		case <-stopped:
			stopped, giveUp = nil, r.Clock.After(drainTimeout)
		case <-giveUp:
			return errors.Join(err, errUnrecorded)
		case <-r.Clock.After(delay):
			delay = nextDrainRetry(delay, left)
		}
	}
}

// unrecorded returns the recordings with answers that no status shows.
func (r *CloudRecordingReconciler) unrecorded() []types.NamespacedName {
	names := r.tracker.unwritten()
	for _, name := range r.calls.Unrecorded() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// recordAnswers reconciles the recordings whose answers are not recorded yet.
func (r *CloudRecordingReconciler) recordAnswers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	names := r.unrecorded()
	failures := make([]error, len(names))
	places := make(chan struct{}, r.Settings.MaxConcurrentReconciles)
	var recording sync.WaitGroup
	for i, name := range names {
		places <- struct{}{}
		recording.Go(func() {
			defer func() { <-places }()
			if _, err := r.Reconcile(ctx, reconcile.Request{NamespacedName: name}); err != nil {
				failures[i] = fmt.Errorf("record the last answer for %s: %w", name, err)
			}
		})
	}
	recording.Wait()
	return errors.Join(failures...)
}
