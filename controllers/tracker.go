// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/decision"
)

// tracker holds what is remembered of every recording.
type tracker struct {
	mu     sync.Mutex
	byName map[types.NamespacedName]tracked
	// released are the objects that were let go, until the cache no longer shows them:
	// whatever shows that one is still held is old.
	released map[types.NamespacedName]types.UID
}

// tracked is the memory of a recording, with what only the wiring needs.
type tracked struct {
	uid    types.UID
	memory decision.Memory
	// written is the version of the object that was written last.
	written string
	// current is the version that was last known to be the newest.
	current string
	// conflicts counts the writes in a row that somebody else's went before.
	conflicts int
	// stale counts the times in a row that the cache did not show the last write yet.
	stale int
	// unwritten is what the status lacks because it cannot be written.
	unwritten decision.Unwritten
	// account is the budget that the recording's calls count against; empty if
	// it makes none.
	account budget.Key
	// readAt is when the whole object may be read, of which the cache holds an outline.
	readAt time.Time
	// waitingSince is since when the recording has been waiting for its turn.
	waitingSince time.Time
}

func newTracker() *tracker {
	return &tracker{byName: map[types.NamespacedName]tracked{}, released: map[types.NamespacedName]types.UID{}}
}

// get returns what is remembered of a name, if anything is.
func (m *tracker) get(name types.NamespacedName) (tracked, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.byName[name]
	return known, ok
}

func (m *tracker) set(name types.NamespacedName, remembered tracked) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.byName[name] = remembered
}

// noteAccount remembers which budget a recording's calls count against, whatever
// becomes of the reconcile: it holds a place there.
func (m *tracker) noteAccount(name types.NamespacedName, uid types.UID, account budget.Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.byName[name]
	known.uid, known.account = uid, account
	m.byName[name] = known
}

// forget drops what is remembered of a name, and returns it.
func (m *tracker) forget(name types.NamespacedName) (tracked, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.byName[name]
	delete(m.byName, name)
	return known, ok
}

// release remembers that an object was let go.
func (m *tracker) release(name types.NamespacedName, uid types.UID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.released[name] = uid
}

// isReleased says whether an object was let go.
func (m *tracker) isReleased(name types.NamespacedName, uid types.UID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	released, ok := m.released[name]
	return ok && released == uid
}

// noteCached notes which object of a name the cache shows; none if it has no UID. It never
// shows an earlier one again.
func (m *tracker) noteCached(name types.NamespacedName, uid types.UID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.released[name] != uid {
		delete(m.released, name)
	}
}

// unwritten returns the names of the recordings with something to write.
func (m *tracker) unwritten() (names []types.NamespacedName) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, known := range m.byName {
		if len(known.unwritten.Steps) > 0 {
			names = append(names, name)
		}
	}
	return names
}

// unwrittenSince returns since when the writes of statuses have failed, of each that
// cannot be written.
func (m *tracker) unwrittenSince() (since []time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, known := range m.byName {
		if !known.unwritten.Since.IsZero() {
			since = append(since, known.unwritten.Since)
		}
	}
	return since
}

// remember keeps what was decided once it is recorded, and returns what is kept.
func (r *CloudRecordingReconciler) remember(
	ctx context.Context, recording *v1alpha1.CloudRecording, known tracked, decided decision.Decision, written bool,
) tracked {
	known.memory = decided.Memory
	if known.unwritten.Reported {
		log.FromContext(ctx).Info("The status can be written again")
	}
	known.unwritten = decision.Unwritten{}
	known.written, known.conflicts = recording.ResourceVersion, 0
	if written {
		known.current = recording.ResourceVersion
	}
	if !decided.Action.IsCall() {
		known.waitingSince = time.Time{}
	}
	r.tracker.set(client.ObjectKeyFromObject(recording), known)
	return known
}

// nothingLeft says that there is nothing to do for a recording, nor to remember.
func nothingLeft(decided decision.Decision, observed decision.Observation) bool {
	return decided.IsDone() && observed.InFlight == nil && !observed.Verifying
}

// settle drops what was observed and is recorded now.
func (r *CloudRecordingReconciler) settle(recording types.UID, observed decision.Observation) {
	r.settleTasks(recording, observed)
	if len(observed.Events) > 0 {
		r.Inbox.Settle(recording, observed.Events)
	}
}

// settleTasks makes room for the next call and the next look into the bucket.
func (r *CloudRecordingReconciler) settleTasks(recording types.UID, observed decision.Observation) {
	if observed.Answer != nil {
		r.calls.Settle(recording, observed.Answer)
	}
	if observed.Verification != nil {
		r.verifications.Settle(recording, observed.Verification)
	}
}
