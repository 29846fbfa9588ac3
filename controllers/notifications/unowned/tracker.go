// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"cmp"
	"context"
	"maps"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/controllers/notifications"
)

const (
	// defaultWriteInterval is the shortest time between two writes of a replica: what comes
	// meanwhile goes into one.
	defaultWriteInterval = 10 * time.Second

	// defaultReviewInterval is the time between two looks at what becomes of recordings.
	defaultReviewInterval = 30 * time.Second
)

// Options are what a Tracker works with.
type Options struct {
	// Client writes to the API server.
	Client client.Client

	// Namespace is the operator's own, which the ConfigMap is in.
	Namespace string

	// Shard is the name of the shard that the tracker is of; empty for all recordings.
	Shard string

	// HasOwner says whether an object has a sid, or had it until its recording ended.
	HasOwner func(ctx context.Context, sid string) (bool, error)

	// Recorder sends an event for each recording that is nobody's.
	Recorder events.EventRecorder

	// Logger says what cannot be read or written.
	Logger logr.Logger

	// Clock tells the time. Defaults to the real clock.
	Clock clock.Clock

	// WriteInterval is the shortest time between two writes. Defaults to 10 s.
	WriteInterval time.Duration

	// ReviewInterval is the time between two looks at what becomes of the recordings.
	// Defaults to 30 s.
	ReviewInterval time.Duration
}

// Tracker keeps the recordings that no object has. It works on every replica; only the one
// that leads reports and drops them.
type Tracker struct {
	options Options
	store   store
	// elected is closed once this process leads.
	elected <-chan struct{}
	// follow follows the ConfigMap until its context ends.
	follow func(ctx context.Context) error
	// changed tells that there is something to write.
	changed chan struct{}

	mu sync.Mutex
	// written are the recordings in the ConfigMap, by their sid, and unwritten those that
	// are to be written, in their place: nil for one that is to be removed.
	written   map[string]Recording
	unwritten map[string]*Recording
	// version is that of the ConfigMap in which the last write resulted. What the cache shows
	// later, though it is older, is not how it is.
	version string
	// unreported are those of which an event is sent once they are written as reported.
	unreported map[string]Recording
}

// New returns a Tracker, which knows nothing until it is set up.
func New(options Options) *Tracker {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	options.WriteInterval = cmp.Or(options.WriteInterval, defaultWriteInterval)
	options.ReviewInterval = cmp.Or(options.ReviewInterval, defaultReviewInterval)
	return &Tracker{
		options:    options,
		store:      newStore(options.Client, options.Namespace, options.Shard),
		changed:    make(chan struct{}, 1),
		written:    map[string]Recording{},
		unwritten:  map[string]*Recording{},
		unreported: map[string]Recording{},
	}
}

// now returns the time to the second, as it is written.
func (t *Tracker) now() time.Time { return t.options.Clock.Now().UTC().Truncate(time.Second) }

// Heard notes an event about a recording that was not found to be anybody's. Its notification
// was signed with a secret of the namespace. It writes nothing, and waits for nothing.
func (t *Tracker) Heard(ctx context.Context, event notifications.Event, namespace string) {
	if t.isOwned(ctx, event.SID) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if recording := hear(t.recordings(), event, namespace, t.now()); recording != nil {
		t.change(map[string]*Recording{event.SID: recording})
	}
}

// review reports and drops recordings.
func (t *Tracker) review(ctx context.Context) {
	t.mu.Lock()
	all := t.recordings()
	t.mu.Unlock()
	owned := map[string]bool{}
	for sid := range all {
		owned[sid] = t.isOwned(ctx, sid)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	changes := review(t.recordings(), func(sid string) bool { return owned[sid] }, t.now())
	for sid, recording := range changes {
		if recording != nil {
			t.unreported[sid] = *recording
		}
	}
	t.change(changes)
}

// isOwned says whether a recording is known to be somebody's.
func (t *Tracker) isOwned(ctx context.Context, sid string) bool {
	isOwned, err := t.options.HasOwner(ctx, sid)
	if err != nil {
		t.options.Logger.V(1).Info("Whether a recording is somebody's is looked up again later", "cause", err.Error())
	}
	// What could not be looked up is neither reported nor dropped before its time.
	return isOwned && err == nil
}

// recordings returns all that are known. The caller holds the lock.
func (t *Tracker) recordings() map[string]Recording {
	all := maps.Clone(t.written)
	for sid, recording := range t.unwritten {
		if recording == nil {
			delete(all, sid)
		} else {
			all[sid] = *recording
		}
	}
	return all
}

// change has changes written. The caller holds the lock.
func (t *Tracker) change(changes map[string]*Recording) {
	if len(changes) == 0 {
		return
	}
	maps.Copy(t.unwritten, changes)
	t.tellChanged()
}

func (t *Tracker) tellChanged() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// show takes in what a version of the ConfigMap holds. What is to be written stays, with what
// another replica has reported meanwhile.
func (t *Tracker) show(version string, written map[string]Recording) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if order, err := resourceversion.CompareResourceVersion(version, t.version); err == nil && order < 0 {
		return
	}
	t.written = written
	for sid, recording := range t.unwritten {
		if shown := written[sid]; recording != nil && recording.Reported.IsZero() && !shown.Reported.IsZero() {
			merged := *recording
			merged.Reported = shown.Reported
			t.unwritten[sid] = &merged
		}
	}
}

// write writes what is to be written, and returns the recordings that are reported by it.
func (t *Tracker) write(ctx context.Context) (reported []Recording, err error) {
	t.mu.Lock()
	changes := maps.Clone(t.unwritten)
	t.mu.Unlock()
	if len(changes) == 0 {
		return nil, nil
	}
	version, err := t.store.write(ctx, changes)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.version = version
	for sid, recording := range changes {
		t.settle(sid, recording)
		if recording == nil || recording.Reported.IsZero() {
			continue
		}
		if unreported, ok := t.unreported[sid]; ok {
			reported = append(reported, unreported)
			delete(t.unreported, sid)
		}
	}
	if len(t.unwritten) > 0 {
		t.tellChanged()
	}
	return reported, nil
}

// settle notes that a recording is written. What has changed meanwhile is written next. The
// caller holds the lock.
func (t *Tracker) settle(sid string, recording *Recording) {
	if recording == nil {
		delete(t.written, sid)
	} else {
		t.written[sid] = *recording
	}
	if t.unwritten[sid] == recording {
		delete(t.unwritten, sid)
	}
}
