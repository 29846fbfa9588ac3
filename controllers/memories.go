// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/controllers/budget"
)

// memories holds what is remembered of every recording.
type memories struct {
	mu     sync.Mutex
	byName map[types.NamespacedName]remembered
}

// remembered is the memory of a recording, with what only the wiring needs.
type remembered struct {
	uid    types.UID
	memory memory
	// written is the version of the object that was written last.
	written string
	// current is the version that was last known to be the newest.
	current string
	// conflicts counts the writes in a row that somebody else's went before.
	conflicts int
	// stale counts the times in a row that the cache did not show the last write yet.
	stale int
	// unwritten is what the status lacks because it cannot be written.
	unwritten unwritten
	// account is the budget that the recording's calls count against; empty if
	// it makes none.
	account budget.Key
	// writeAt is when it may be written that the stop waits for its turn.
	writeAt time.Time
	// readAt is when the whole object may be read, of which the cache holds an outline.
	readAt time.Time
	// waitingSince is since when the recording has been waiting for its turn.
	waitingSince time.Time
}

func newMemories() *memories {
	return &memories{byName: map[types.NamespacedName]remembered{}}
}

// get returns what is remembered of a name, if anything is.
func (m *memories) get(name types.NamespacedName) (remembered, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.byName[name]
	return known, ok
}

func (m *memories) set(name types.NamespacedName, remembered remembered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.byName[name] = remembered
}

// noteAccount remembers which budget a recording's calls count against, whatever
// becomes of the reconcile: it holds a place there.
func (m *memories) noteAccount(name types.NamespacedName, uid types.UID, account budget.Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.byName[name]
	known.uid, known.account = uid, account
	m.byName[name] = known
}

// forget drops what is remembered of a name, and returns it.
func (m *memories) forget(name types.NamespacedName) (remembered, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.byName[name]
	delete(m.byName, name)
	return known, ok
}

// unwritten returns the names of the recordings with something to write, and since
// when the writes of statuses have failed.
func (m *memories) unwritten() (names []types.NamespacedName, failingSince []time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, known := range m.byName {
		if len(known.unwritten.steps) > 0 {
			names = append(names, name)
		}
		if !known.unwritten.since.IsZero() {
			failingSince = append(failingSince, known.unwritten.since)
		}
	}
	return names, failingSince
}
