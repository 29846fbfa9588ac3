// SPDX-License-Identifier: Apache-2.0

// Package pace spaces the reads of large recordings, of which the cache holds only outlines.
package pace

import (
	"sync"
	"time"

	"k8s.io/utils/clock"
	"k8s.io/utils/lru"
)

const (
	// BytesPerSecond is how many bytes of a namespace's large recordings may be read in a
	// second. The largest recordings take about a megabyte.
	BytesPerSecond = 256 << 10

	// pacedNamespaces is how many namespaces are remembered.
	pacedNamespaces = 1000
)

// Reads spaces the reads of large recordings, for each namespace separately. Writes of as many
// bytes follow each read, and the API server that handles them also handles everybody's stops.
type Reads struct {
	clock clock.PassiveClock

	mu sync.Mutex
	// next holds, by namespace, when the next recording may be read.
	next *lru.Cache
}

// New returns a pace for reads that have not begun yet.
func New(clock clock.PassiveClock) *Reads {
	return &Reads{clock: clock, next: lru.New(pacedNamespaces)}
}

// Reserve returns when a number of bytes of a namespace may be read, and reserves that time.
func (r *Reads) Reserve(namespace string, bytes int) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	turn := r.clock.Now()
	if known, ok := r.next.Get(namespace); ok {
		if next, ok := known.(time.Time); ok && next.After(turn) {
			turn = next
		}
	}
	r.next.Add(namespace, turn.Add(time.Duration(bytes)*time.Second/BytesPerSecond))
	return turn
}
