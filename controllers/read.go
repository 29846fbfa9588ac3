// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/outline"
)

// read returns the object, or nil if there is nothing to do for it. An object whose labels no
// longer match is not in the cache and not ours any more. It is still read while something
// arrives for it only once: the answer to a call in flight, or notifications.
func (r *CloudRecordingReconciler) read(
	ctx context.Context, name types.NamespacedName,
) (recording *v1alpha1.CloudRecording, ours bool, err error) {
	recording = &v1alpha1.CloudRecording{}
	var reader client.Reader = r.Client
	isOutrun := r.isOutrun(name)
	isCached := !r.ending.Load() && !isOutrun
	if !isCached {
		// A cache that has lost its watch may not catch up in the time that is left.
		reader = r.APIReader
	}
	err = reader.Get(ctx, name, recording)
	if isCached && client.IgnoreNotFound(err) == nil {
		r.tracker.noteCached(name, recording.UID)
	}
	if err == nil && (!isOutrun || r.ending.Load() || r.Shard.Matches(recording)) {
		if !r.ending.Load() {
			r.departures.Forget(name)
		}
		return recording, true, nil
	}
	if client.IgnoreNotFound(err) != nil {
		return nil, false, fmt.Errorf("read the object: %w", err)
	}
	if recording, err = r.departures.Read(ctx, name); recording != nil || err != nil {
		return recording, err == nil, err
	}
	recording, err = r.readUncached(ctx, name)
	return recording, false, err
}

// The cache counts as lagging after this many conflicts in a row, or after this many reads in
// a row without the process's own last write, which takes more than a second.
const (
	conflictsOutrun = 3
	staleOutrun     = 6
)

// isOutrun reports whether the cache lags so far behind that writes based on it fail.
func (r *CloudRecordingReconciler) isOutrun(name types.NamespacedName) bool {
	known, _ := r.tracker.get(name)
	return known.conflicts >= conflictsOutrun || known.stale >= staleOutrun
}

// readUncached returns an object that is not in the cache if it has news to record.
func (r *CloudRecordingReconciler) readUncached(ctx context.Context, name types.NamespacedName) (*v1alpha1.CloudRecording, error) {
	known, ok := r.tracker.get(name)
	holds := ok && r.calls.Holds(known.uid)
	if !holds && len(r.Inbox.Concerned(name)) == 0 {
		r.forget(name)
		return nil, nil
	}
	recording := &v1alpha1.CloudRecording{}
	err := r.APIReader.Get(ctx, name, recording)
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	// An object that is gone has no UID.
	r.Inbox.Discard(name, recording.UID)
	isKnown := holds && recording.UID == known.uid
	switch {
	case isKnown && !r.calls.IsFinished(known.uid):
		// The answer causes another reconcile.
		return nil, nil
	case isKnown, slices.Contains(r.Inbox.Concerned(name), recording.UID):
		return recording, nil
	default:
		r.forget(name)
		return nil, nil
	}
}

// awaitCache reconciles again when the cache may show what this process has written.
func (r *CloudRecordingReconciler) awaitCache(name types.NamespacedName, known tracked) reconcile.Result {
	known.stale++
	r.tracker.set(name, known)
	return reconcile.Result{RequeueAfter: conflictRetry(known.stale)}
}

// discard drops the notifications for earlier objects of the name. It asks the API server
// first: an object that the cache does not show may be new.
func (r *CloudRecordingReconciler) discard(ctx context.Context, name types.NamespacedName, known types.UID) error {
	isOther := func(uid types.UID) bool { return uid != known }
	if !slices.ContainsFunc(r.Inbox.Concerned(name), isOther) {
		return nil
	}
	current := &v1alpha1.CloudRecording{}
	err := r.APIReader.Get(ctx, name, current)
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("read the object: %w", err)
	}
	r.Inbox.Discard(name, current.UID)
	return nil
}

// complete reads the whole object if the cache holds only an outline of it, or lacks a session
// that has news. It returns nil if nothing is to be done yet, or if the name belongs to another
// object now, which the cache will show.
func (r *CloudRecordingReconciler) complete(
	ctx context.Context, recording *v1alpha1.CloudRecording, known *tracked,
) (*v1alpha1.CloudRecording, reconcile.Result, error) {
	name := client.ObjectKeyFromObject(recording)
	if !r.isBehind(recording) {
		if !outline.IsOutline(recording) {
			return recording, reconcile.Result{}, nil
		}
		if r.isQuiet(recording, *known) {
			r.forget(name)
			return nil, reconcile.Result{}, nil
		}
		if wait := r.awaitRead(recording, known); wait > 0 {
			r.tracker.set(name, *known)
			return nil, reconcile.Result{RequeueAfter: wait}, nil
		}
	}
	whole := &v1alpha1.CloudRecording{}
	err := r.APIReader.Get(ctx, name, whole)
	switch {
	case apierrors.IsNotFound(err):
		return nil, reconcile.Result{}, nil
	case err != nil:
		return nil, reconcile.Result{}, fmt.Errorf("read the whole object: %w", err)
	case whole.UID != recording.UID:
		return nil, reconcile.Result{}, nil
	default:
		return whole, reconcile.Result{}, nil
	}
}

// awaitRead returns how long to wait before the whole of a large recording may be read. A stop
// does not wait, nor does the answer to a call.
func (r *CloudRecordingReconciler) awaitRead(recording *v1alpha1.CloudRecording, known *tracked) time.Duration {
	now := r.Clock.Now()
	size := outline.LargeSize(recording)
	if size == 0 || listedPriority(recording, now) == priorityStop || r.hasAnswer(recording, *known) {
		return 0
	}
	if known.readAt.IsZero() {
		known.readAt = r.reads.Reserve(recording.Namespace, size)
	}
	if wait := known.readAt.Sub(now); wait > 0 {
		return wait
	}
	known.readAt = time.Time{}
	return 0
}

// isQuiet reports whether a cached recording can be left alone: it is at rest, and nothing has
// arrived for it.
func (r *CloudRecordingReconciler) isQuiet(recording *v1alpha1.CloudRecording, known tracked) bool {
	return outline.IsOutlineAtRest(recording) && !r.hasAnswer(recording, known) && len(r.Inbox.Pending(recording.UID)) == 0
}

// hasAnswer reports whether a call or a verification of a recording is in flight, or its
// result is still to be written.
func (r *CloudRecordingReconciler) hasAnswer(recording *v1alpha1.CloudRecording, known tracked) bool {
	return !known.unwritten.Since.IsZero() || r.ending.Load() || r.calls.Holds(recording.UID) || r.verifications.Holds(recording.UID)
}
