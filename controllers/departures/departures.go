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

// longestRecheck bounds how late an edit of a departed recording is noticed, since its object
// is not watched.
const longestRecheck = 30 * time.Second

// Options are the parts and settings that a Tracker needs.
type Options struct {
	// Client writes to the API server.
	Client client.Client

	// APIReader reads from the API server.
	APIReader client.Reader

	// Recorder sends events.
	Recorder clientevents.EventRecorder

	// Shard selects the recordings that the operator looks after.
	Shard shard.Shard

	// Clock tells the time.
	Clock clock.Clock

	// PollInterval is how often a running recording is looked after.
	PollInterval time.Duration

	// Knows reports whether this process has looked after an object before.
	Knows func(name types.NamespacedName, uid types.UID) bool
}

// Tracker keeps track of the recordings that have departed: their labels no longer match, and
// this operator still looks after them.
type Tracker struct {
	options Options
	known   departed
	found   chan event.TypedGenericEvent[*v1alpha1.CloudRecording]
}

// New returns a Tracker without any recordings.
func New(options Options) *Tracker {
	return &Tracker{options: options, found: make(chan event.TypedGenericEvent[*v1alpha1.CloudRecording])}
}

// Has reports whether a recording has departed.
func (t *Tracker) Has(name types.NamespacedName) bool { return t.known.has(name) }

// Forget drops a recording that is gone, or whose labels match again.
func (t *Tracker) Forget(name types.NamespacedName) { t.known.forget(name) }

// Count returns the number of departed recordings. For each of them that must stop, it also
// returns when it should have stopped.
func (t *Tracker) Count() (all int, stopsWantedSince []time.Time) { return t.known.count() }

// Read returns an object that is not in the cache, if this operator must still look after its
// recording. Otherwise it returns nil.
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
			log.FromContext(ctx).Info("Released a recording that is gone, or that another operator has taken over", "shard", recording.Status.Shard)
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
		// Another operator may take it over soon.
		return nil, nil
	}
	return nil, t.letGo(ctx, recording)
}

// isClaimed reports whether this operator was the last one that looked after the recording. An
// operator writes the finalizer first, and the name of its shard with the first status.
func (t *Tracker) isClaimed(recording *v1alpha1.CloudRecording) bool {
	if recording.Status.Shard != "" || recording.Status.ObservedGeneration >= 0 {
		return recording.Status.Shard == t.options.Shard.Name()
	}
	return t.options.Knows(client.ObjectKeyFromObject(recording), recording.UID) && controllerutil.ContainsFinalizer(recording, v1alpha1.StopFinalizer)
}

// letGo removes the finalizer from an object that needs nothing more. Otherwise its deletion
// would wait for an operator that no longer watches it.
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
	log.FromContext(ctx).Info("Released a recording for which nothing is left to do", "phase", recording.Status.Phase)
	return nil
}

// interval returns how often the object of a departed recording is read.
func (t *Tracker) interval() time.Duration { return min(t.options.PollInterval, longestRecheck) }

// Recheck makes sure that a departed recording is reconciled again soon.
func (t *Tracker) Recheck(name types.NamespacedName, result reconcile.Result) reconcile.Result {
	if !t.known.has(name) {
		return result
	}
	if again := t.interval(); result.RequeueAfter <= 0 || result.RequeueAfter > again {
		result.RequeueAfter, result.Priority = again, ptr.To(0)
	}
	return result
}

// announce logs that the labels no longer match, and sends an event unless the recording is
// completed.
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
