// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	clientevents "k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/events"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/shard"
)

// longestDepartedRecheck bounds how long an edit of a departed recording is not
// noticed: its object is not watched.
const longestDepartedRecheck = 30 * time.Second

// departed holds the recordings that this operator looks after though their labels
// no longer match its selector, until another operator takes them over or nothing is
// left to do for them.
type departed struct {
	// found tells the controller of those that are found at the API server.
	found chan event.TypedGenericEvent[*v1alpha1.CloudRecording]

	mu     sync.Mutex
	byName map[types.NamespacedName]departure
}

// departures looks after the recordings whose labels no longer match.
type departures struct {
	client    client.Client
	apiReader client.Reader
	recorder  clientevents.EventRecorder
	shard     shard.Shard
	clock     clock.Clock
	settings  Settings
	tracker   *tracker
	known     departed

	// ending says that the process ends.
	ending *atomic.Bool
}

// departure is what is known of a departed recording.
type departure struct {
	uid   types.UID
	since time.Time
	// stopWantedSince is since when it is wanted to stop; zero if it is not, or has.
	stopWantedSince time.Time
}

// keep notes what is known of a recording now, and since when it has been kept. It
// says whether that is news.
func (d *departed) keep(recording *v1alpha1.CloudRecording, now time.Time) (since time.Time, isNew bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := client.ObjectKeyFromObject(recording)
	known, ok := d.byName[name]
	isNew = !ok || known.uid != recording.UID
	if isNew {
		known = departure{uid: recording.UID, since: now}
	}
	seen := known.stopWantedSince
	known.stopWantedSince = time.Time{}
	if lifecycle.AwaitsStop(recording) {
		known.stopWantedSince = lifecycle.StopAwaitedSince(recording, seen, now)
	}
	if d.byName == nil {
		d.byName = map[types.NamespacedName]departure{}
	}
	d.byName[name] = known
	return known.since, isNew
}

// forget drops a recording, and says whether it was kept.
func (d *departed) forget(name types.NamespacedName) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.byName[name]
	delete(d.byName, name)
	return ok
}

func (d *departed) has(name types.NamespacedName) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.byName[name]
	return ok
}

// count returns how many there are, and since when each that is wanted to stop has been.
func (d *departed) count() (all int, stopsWantedSince []time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, known := range d.byName {
		if !known.stopWantedSince.IsZero() {
			stopsWantedSince = append(stopsWantedSince, known.stopWantedSince)
		}
	}
	return len(d.byName), stopsWantedSince
}

// readDeparted returns an object that is not in the cache, if it exists and this
// operator goes on looking after its recording; nil if not.
func (d *departures) readDeparted(ctx context.Context, name types.NamespacedName) (*v1alpha1.CloudRecording, error) {
	if !d.shard.SelectsByLabels() {
		return nil, nil
	}
	recording := &v1alpha1.CloudRecording{}
	err := d.apiReader.Get(ctx, name, recording)
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	if err != nil || d.shard.Matches(recording) || !d.isClaimed(recording) {
		if d.known.forget(name) {
			log.FromContext(ctx).Info("Let go of a recording that is gone, or that another operator has taken over", "shard", recording.Status.Shard)
		}
		return nil, nil
	}
	since, isNew := d.known.keep(recording, d.clock.Now())
	if isNew {
		d.announceDeparture(ctx, recording)
	}
	if !lifecycle.IsIdle(recording) || lifecycle.IsDeleting(recording) {
		return recording, nil
	}
	if d.clock.Since(since) < d.departedRecheck() {
		// Another operator may be about to take it over.
		return nil, nil
	}
	return nil, d.letGo(ctx, recording)
}

// isClaimed says whether this operator is the last that has looked after the
// recording. The first thing that it writes is the finalizer, and its name comes
// with the first status.
func (d *departures) isClaimed(recording *v1alpha1.CloudRecording) bool {
	if recording.Status.Shard != "" || recording.Status.ObservedGeneration >= 0 {
		return recording.Status.Shard == d.shard.Name()
	}
	known, ok := d.tracker.get(client.ObjectKeyFromObject(recording))
	return ok && known.uid == recording.UID && controllerutil.ContainsFinalizer(recording, v1alpha1.StopFinalizer)
}

// letGo removes the finalizer from an object for which there is nothing to do, so
// that its deletion does not wait for an operator that no longer knows of it.
func (d *departures) letGo(ctx context.Context, recording *v1alpha1.CloudRecording) error {
	before := recording.DeepCopy()
	if controllerutil.RemoveFinalizer(recording, v1alpha1.StopFinalizer) {
		patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
		err := d.client.Patch(ctx, recording, patch)
		if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("remove the finalizer: %w", err)
		}
	}
	d.known.forget(client.ObjectKeyFromObject(recording))
	log.FromContext(ctx).Info("Let go of a recording for which nothing is left to do", "phase", recording.Status.Phase)
	return nil
}

// departedRecheck is how often the object of a departed recording is read.
func (d *departures) departedRecheck() time.Duration {
	return min(d.settings.PollInterval, longestDepartedRecheck)
}

// recheckDeparted has a departed recording reconciled again soon in any case.
func (d *departures) recheckDeparted(name types.NamespacedName, result reconcile.Result) reconcile.Result {
	if !d.known.has(name) {
		return result
	}
	if again := d.departedRecheck(); result.RequeueAfter <= 0 || result.RequeueAfter > again {
		result.RequeueAfter, result.Priority = again, ptr.To(0)
	}
	return result
}

// observeShard notes whose the recording is: this operator's, unless it only records
// the last of it.
func (d *departures) observeShard(recording *v1alpha1.CloudRecording, ours bool, observed *decision.Observation) {
	observed.Departed = d.known.has(client.ObjectKeyFromObject(recording))
	observed.ByLabels = d.shard.SelectsByLabels()
	observed.Shard = recording.Status.Shard
	if ours && !d.ending.Load() {
		observed.Shard = d.shard.Name()
	}
}

// announceDeparture says that nobody watches the object any more, as far as this
// operator knows. Of a completed recording that is no news.
func (d *departures) announceDeparture(ctx context.Context, recording *v1alpha1.CloudRecording) {
	log.FromContext(ctx).Info("The labels of the recording no longer match this operator's selector",
		"selector", d.shard.Selector(), "phase", recording.Status.Phase, "isIdle", lifecycle.IsIdle(recording))
	var text string
	switch {
	case lifecycle.IsNotBegun(recording):
		text = "The labels no longer match --watch-label-selector=%s of the operator that was to start the recording: it starts nothing. Set labels that an operator selects."
	case lifecycle.IsIdle(recording):
		return
	default:
		text = "The labels no longer match --watch-label-selector=%s of the operator that looks after the recording. Until another operator takes it over," +
			" this one follows and stops what it has started, and starts nothing else. Set labels that an operator selects."
	}
	d.recorder.Eventf(recording, nil, corev1.EventTypeWarning, v1alpha1.LeftShardReason, events.ActionReconcile, "%s",
		events.Note(fmt.Sprintf(text, d.shard.Selector())))
}
