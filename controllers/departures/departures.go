// SPDX-License-Identifier: Apache-2.0

package departures

import (
	"context"
	"fmt"
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
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/shard"
)

// longestRecheck bounds how long an edit of a departed recording is not noticed: its
// object is not watched.
const longestRecheck = 30 * time.Second

// Options are what a Tracker works with.
type Options struct {
	// Client writes to the API server.
	Client client.Client

	// APIReader reads from the API server.
	APIReader client.Reader

	// Recorder sends events.
	Recorder clientevents.EventRecorder

	// Shard is which recordings this operator selects.
	Shard shard.Shard

	// Clock tells the time.
	Clock clock.Clock

	// PollInterval is how often a running recording is looked after.
	PollInterval time.Duration

	// Knows says whether this process remembers an object.
	Knows func(name types.NamespacedName, uid types.UID) bool
}

// Tracker looks after the recordings whose labels no longer match.
type Tracker struct {
	options Options
	known   departed
	found   chan event.TypedGenericEvent[*v1alpha1.CloudRecording]
}

// New returns a Tracker that knows of no departed recording yet.
func New(options Options) *Tracker {
	return &Tracker{options: options, found: make(chan event.TypedGenericEvent[*v1alpha1.CloudRecording])}
}

// Has says whether a recording is looked after though its labels no longer match.
func (t *Tracker) Has(name types.NamespacedName) bool { return t.known.has(name) }

// Forget drops a recording, which is gone or has come back.
func (t *Tracker) Forget(name types.NamespacedName) { t.known.forget(name) }

// Count returns how many recordings are looked after, and since when each that is wanted to
// stop has been.
func (t *Tracker) Count() (all int, stopsWantedSince []time.Time) { return t.known.count() }

// Read returns an object that is not in the cache, if it exists and this operator goes on
// looking after its recording; nil if not.
func (t *Tracker) Read(ctx context.Context, name types.NamespacedName) (*v1alpha1.CloudRecording, error) {
	if !t.options.Shard.SelectsByLabels() {
		return nil, nil
	}
	recording := &v1alpha1.CloudRecording{}
	err := t.options.APIReader.Get(ctx, name, recording)
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	if err != nil || t.options.Shard.Matches(recording) || !t.isClaimed(recording) {
		if t.known.forget(name) {
			log.FromContext(ctx).Info("Let go of a recording that is gone, or that another operator has taken over", "shard", recording.Status.Shard)
		}
		return nil, nil
	}
	since, isNew := t.known.keep(recording, t.options.Clock.Now())
	if isNew {
		t.announce(ctx, recording)
	}
	if !lifecycle.IsIdle(recording) || lifecycle.IsDeleting(recording) {
		return recording, nil
	}
	if t.options.Clock.Since(since) < t.interval() {
		// Another operator may be about to take it over.
		return nil, nil
	}
	return nil, t.letGo(ctx, recording)
}

// isClaimed says whether this operator is the last that has looked after the
// recording. The first thing that it writes is the finalizer, and its name comes
// with the first status.
func (t *Tracker) isClaimed(recording *v1alpha1.CloudRecording) bool {
	if recording.Status.Shard != "" || recording.Status.ObservedGeneration >= 0 {
		return recording.Status.Shard == t.options.Shard.Name()
	}
	return t.options.Knows(client.ObjectKeyFromObject(recording), recording.UID) && controllerutil.ContainsFinalizer(recording, v1alpha1.StopFinalizer)
}

// letGo removes the finalizer from an object for which there is nothing to do, so
// that its deletion does not wait for an operator that no longer knows of it.
func (t *Tracker) letGo(ctx context.Context, recording *v1alpha1.CloudRecording) error {
	before := recording.DeepCopy()
	if controllerutil.RemoveFinalizer(recording, v1alpha1.StopFinalizer) {
		patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
		err := t.options.Client.Patch(ctx, recording, patch)
		if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("remove the finalizer: %w", err)
		}
	}
	t.known.forget(client.ObjectKeyFromObject(recording))
	log.FromContext(ctx).Info("Let go of a recording for which nothing is left to do", "phase", recording.Status.Phase)
	return nil
}

// interval is how often the object of a departed recording is read.
func (t *Tracker) interval() time.Duration { return min(t.options.PollInterval, longestRecheck) }

// Recheck has a departed recording reconciled again soon in any case.
func (t *Tracker) Recheck(name types.NamespacedName, result reconcile.Result) reconcile.Result {
	if !t.known.has(name) {
		return result
	}
	if again := t.interval(); result.RequeueAfter <= 0 || result.RequeueAfter > again {
		result.RequeueAfter, result.Priority = again, ptr.To(0)
	}
	return result
}

// announce says that nobody watches the object any more, as far as this operator knows. Of
// a completed recording that is no news.
func (t *Tracker) announce(ctx context.Context, recording *v1alpha1.CloudRecording) {
	selector := t.options.Shard.Selector()
	log.FromContext(ctx).Info("The labels of the recording no longer match this operator's selector",
		"selector", selector, "phase", recording.Status.Phase, "isIdle", lifecycle.IsIdle(recording))
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
	t.options.Recorder.Eventf(recording, nil, corev1.EventTypeWarning, v1alpha1.LeftShardReason, events.ActionReconcile, "%s",
		events.Note(fmt.Sprintf(text, selector)))
}
