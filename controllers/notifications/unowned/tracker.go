// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"cmp"
	"context"
	"maps"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/controllers/internal/objectversion"
	"cloudrecording.dev/operator/controllers/notifications"
)

const (
	// defaultWriteInterval is the minimum time between two writes of a replica. Changes
	// in between share one write.
	defaultWriteInterval = 10 * time.Second

	// defaultReviewInterval is the time between two reviews of the recordings.
	defaultReviewInterval = 30 * time.Second
)

// Options are the settings of a Tracker.
type Options struct {
	// Client writes to the API server.
	Client client.Client

	// Namespace is the operator's own namespace, which contains the ConfigMap.
	Namespace string

	// Shard is the name of the tracker's shard. It is empty for all recordings.
	Shard string

	// HasOwner reports whether an object has a sid, or had it until its recording ended.
	HasOwner func(ctx context.Context, sid string) (bool, error)

	// Recorder sends an event for each unowned recording.
	Recorder events.EventRecorder

	// Logger logs what cannot be read or written.
	Logger logr.Logger

	// Clock tells the time. Defaults to the real clock.
	Clock clock.Clock

	// WriteInterval is the minimum time between two writes. Defaults to 10 s.
	WriteInterval time.Duration

	// ReviewInterval is the time between two reviews of the recordings. Defaults to 30 s.
	ReviewInterval time.Duration
}

// Tracker tracks the recordings that no object owns. It runs on every replica, but only
// the leader reports and drops recordings.
type Tracker struct {
	options Options
	store   store
	// elected is closed once this process leads.
	elected <-chan struct{}
	// follow watches the ConfigMap until its context ends.
	follow func(ctx context.Context) error
	// changed signals that there is something to write.
	changed chan struct{}

	mu sync.Mutex
	// written are the recordings in the ConfigMap, by sid. unwritten are their pending
	// changes: nil for a recording that is to be removed.
	written   map[string]Recording
	unwritten map[string]*Recording
	// version is the version of the ConfigMap after the last write. The cache may still show
	// an older one, which is ignored.
	version string
	// unreported are the recordings whose event is sent after they are written as
	// reported.
	unreported map[string]Recording
}

// New returns a Tracker, which is empty until SetupWithManager is called.
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

// now returns the current time to the second, the precision in the ConfigMap.
func (t *Tracker) now() time.Time { return t.options.Clock.Now().UTC().Truncate(time.Second) }

// Heard records an event about a recording for which no owner was found. The notification
// was signed with a secret of the namespace. Heard does not write to the API server, and
// does not block.
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

// isOwned reports whether a recording is known to have an owner.
func (t *Tracker) isOwned(ctx context.Context, sid string) bool {
	isOwned, err := t.options.HasOwner(ctx, sid)
	if err != nil {
		t.options.Logger.V(1).Info("Failed to find out whether an object owns a recording, and will retry", "cause", err.Error())
	}
	// After a failed lookup, a recording is neither reported nor dropped early.
	return isOwned && err == nil
}

// recordings returns all known recordings. The caller holds the lock.
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

// change queues changes to be written. The caller holds the lock.
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

// show takes over the content of a version of the ConfigMap, unless it is older than the last
// write. Pending changes stay, merged with the reports of other replicas.
func (t *Tracker) show(version string, written map[string]Recording) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if objectversion.IsOlder(version, t.version) {
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

// write writes the pending changes, and returns the recordings that they report.
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

// settle records that a recording is written. A change made during the write is written
// next. The caller holds the lock.
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
