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

// tracker remembers, for every recording, what its status does not hold.
type tracker struct {
	mu     sync.Mutex
	byName map[types.NamespacedName]tracked
	// released are the objects whose finalizer was removed, until the cache no longer shows
	// them. A version that still has the finalizer is old.
	released map[types.NamespacedName]types.UID
}

// tracked is what is remembered of one recording.
type tracked struct {
	uid    types.UID
	memory decision.Memory
	// written is the version of the object that this process wrote last.
	written string
	// current is the version that is known to have been the newest.
	current string
	// conflicts counts the writes in a row that failed with a conflict.
	conflicts int
	// stale counts the reads in a row in which the cache did not show the last write yet.
	stale int
	// unwritten is the news that the status lacks because it cannot be written.
	unwritten decision.Unwritten
	// account is the budget that the recording's calls count against. It is empty if the
	// recording makes none.
	account budget.Key
	// readAt is when the whole object may be read, if the cache holds only an outline of it.
	readAt time.Time
	// waitingSince is when the recording began to wait for its turn.
	waitingSince time.Time
}

func newTracker() *tracker {
	return &tracker{byName: map[types.NamespacedName]tracked{}, released: map[types.NamespacedName]types.UID{}}
}

// get returns what is remembered of the object with a name, if anything is.
func (m *tracker) get(name types.NamespacedName) (tracked, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.byName[name]
	return known, ok
}

// knows reports whether anything is remembered of an object.
func (m *tracker) knows(name types.NamespacedName, uid types.UID) bool {
	known, ok := m.get(name)
	return ok && known.uid == uid
}

func (m *tracker) set(name types.NamespacedName, remembered tracked) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.byName[name] = remembered
}

// noteAccount remembers which budget a recording's calls count against. It does so even if the
// reconcile fails later, since the recording already has a place in that account's queue.
func (m *tracker) noteAccount(name types.NamespacedName, uid types.UID, account budget.Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.byName[name]
	known.uid, known.account = uid, account
	m.byName[name] = known
}

// forget drops what is remembered of the object with a name, and returns it.
func (m *tracker) forget(name types.NamespacedName) (tracked, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.byName[name]
	delete(m.byName, name)
	return known, ok
}

// release remembers that the finalizer of an object was removed.
func (m *tracker) release(name types.NamespacedName, uid types.UID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.released[name] = uid
}

// isReleased reports whether the finalizer of an object was removed.
func (m *tracker) isReleased(name types.NamespacedName, uid types.UID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	released, ok := m.released[name]
	return ok && released == uid
}

// noteCached notes which object of a name the cache shows. The UID is empty if it shows none.
// The cache never shows an earlier object again.
func (m *tracker) noteCached(name types.NamespacedName, uid types.UID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.released[name] != uid {
		delete(m.released, name)
	}
}

// unwritten returns the names of the recordings with news that could not be written.
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

// unwrittenSince returns, for each status that cannot be written, when its writes began to
// fail.
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

// remember keeps what the next reconcile needs after the decision was recorded, and returns it.
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

// nothingLeft reports whether there is nothing to do or to remember for a recording.
func nothingLeft(decided decision.Decision, observed decision.Observation) bool {
	return decided.IsDone() && observed.InFlight == nil && !observed.Verifying
}

// settle drops the answers and notifications that are recorded now.
func (r *CloudRecordingReconciler) settle(recording types.UID, observed decision.Observation) {
	r.settleTasks(recording, observed)
	if len(observed.Events) > 0 {
		r.Inbox.Settle(recording, observed.Events)
	}
}

// settleTasks makes room for the next call and the next verification.
func (r *CloudRecordingReconciler) settleTasks(recording types.UID, observed decision.Observation) {
	if observed.Answer != nil {
		r.calls.Settle(recording, observed.Answer)
	}
	if observed.Verification != nil {
		r.verifications.Settle(recording, observed.Verification)
	}
}
