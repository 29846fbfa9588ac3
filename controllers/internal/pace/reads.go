// SPDX-License-Identifier: Apache-2.0

// Package pace spaces the reads of large recordings, of which the cache holds outlines.
package pace

import (
	"sync"
	"time"

	"k8s.io/utils/clock"
	"k8s.io/utils/lru"
)

const (
	// BytesPerSecond is how many bytes of large recordings a namespace may have
	// read in a second. The largest take about a megabyte.
	BytesPerSecond = 256 << 10

	// pacedNamespaces is of how many namespaces it is known what they have had read.
	pacedNamespaces = 1000
)

// Reads spaces the reads of large recordings, in each namespace for itself. Each
// read is followed by writes of as many bytes, and the API server that works for one
// namespace's large objects works for everybody's stops, too.
type Reads struct {
	clock clock.PassiveClock

	mu sync.Mutex
	// next is by namespace when another one may be read.
	next *lru.Cache
}

// New returns Reads of which there have been none yet.
func New(clock clock.PassiveClock) *Reads {
	return &Reads{clock: clock, next: lru.New(pacedNamespaces)}
}

// Reserve returns when so many bytes of a namespace may be read, and counts them.
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
