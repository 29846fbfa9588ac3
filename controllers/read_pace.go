// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"sync"
	"time"

	"k8s.io/utils/clock"
	"k8s.io/utils/lru"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/outline"
)

const (
	// largeBytesPerSecond is how many bytes of large recordings a namespace may have
	// read in a second. The largest take about a megabyte.
	largeBytesPerSecond = 256 << 10

	// pacedNamespaces is of how many namespaces it is known what they have had read.
	pacedNamespaces = 1000
)

// readPace spaces the reads of large recordings, in each namespace for itself. Each
// read is followed by writes of as many bytes, and the API server that works for one
// namespace's large objects works for everybody's stops, too.
type readPace struct {
	clock clock.PassiveClock

	mu sync.Mutex
	// next is by namespace when another one may be read.
	next *lru.Cache
}

func newReadPace(clock clock.PassiveClock) *readPace {
	return &readPace{clock: clock, next: lru.New(pacedNamespaces)}
}

// reserve returns when so many bytes of a namespace may be read, and counts them.
func (p *readPace) reserve(namespace string, bytes int) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	turn := p.clock.Now()
	if known, ok := p.next.Get(namespace); ok {
		if next, ok := known.(time.Time); ok && next.After(turn) {
			turn = next
		}
	}
	p.next.Add(namespace, turn.Add(time.Duration(bytes)*time.Second/largeBytesPerSecond))
	return turn
}

// awaitRead returns how long the whole of a large recording must not be read yet; zero
// if it may be now. A stop waits for nothing, nor does what an answer has brought.
func (r *CloudRecordingReconciler) awaitRead(recording *v1alpha1.CloudRecording, known *tracked) time.Duration {
	now := r.Clock.Now()
	size := outline.LargeSize(recording)
	if size == 0 || listedPriority(recording, now) == priorityStop || r.hasAnswer(recording, *known) {
		return 0
	}
	if known.readAt.IsZero() {
		known.readAt = r.reads.reserve(recording.Namespace, size)
	}
	if wait := known.readAt.Sub(now); wait > 0 {
		return wait
	}
	known.readAt = time.Time{}
	return 0
}
