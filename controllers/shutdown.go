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
	// drainTimeout is how long the last answers are tried to be written once the
	// process was told to end.
	drainTimeout = 10 * time.Second

	// longestDrainRetry bounds the time between two tries.
	longestDrainRetry = time.Second
)

// ShutdownTimeout is how long the manager must give its parts to end, one after
// the other: a call under way and the writing of its answer, and notifications
// that have arrived.
func ShutdownTimeout() time.Duration {
	return agora.MaxTimeout() + drainTimeout + receiver.ShutdownTimeout + time.Second
}

// errUnrecorded says that the process ends with answers that no status shows.
var errUnrecorded = errors.New("not all answers of Agora could be written before the end")

// lastAnswers is the part of a process that ends after all others.
type lastAnswers struct {
	// stopped is closed once the process is told to end.
	stopped <-chan struct{}

	// begun says that there may be answers to write, and ended is closed once they
	// are written.
	begun atomic.Bool
	ended chan struct{}
}

// Wait returns once the last answers of Agora are written. The manager gives no time
// to anything once the lease is lost: whoever ends the process after the manager has
// ended must wait here. No call is made any more, and what is written is locked by
// the version of the object, so that another leader goes first. If the process is
// told to end, it waits for a call's time and 10 seconds.
func (r *CloudRecordingReconciler) Wait() {
	if r.last.begun.Load() {
		<-r.last.ended
	}
}

// run notes that this process leads, so that the first recording, which may come
// much later, need not wait. It lets the calls under way end before this process
// hands over, and records their answers as they come: the workers end at once.
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
			// What fails is tried again.
			_ = r.recordAnswers(ctx)
			delay = nextDrainRetry(delay, len(r.unrecorded()))
		}
	}
}

// nextDrainRetry returns when answers are to be recorded next, from the time before and how
// many are left: a status that cannot be written is not tried all the time.
func nextDrainRetry(before time.Duration, left int) time.Duration {
	if left == 0 {
		return staleRetry
	}
	return min(2*before, longestDrainRetry)
}

// recordLast records the answers that are left once all calls have ended.
func (r *CloudRecordingReconciler) recordLast(ctx context.Context) error {
	stopped := r.last.stopped
	var giveUp <-chan time.Time
	for delay := staleRetry; ; {
		err := r.recordAnswers(ctx)
		left := len(r.unrecorded())
		if left == 0 {
			return nil
		}
		log.FromContext(ctx).V(1).Info("Answers of Agora are to be written before the process ends", "recordings", left)
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

// unrecorded returns the recordings of which something is known that no status shows.
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
