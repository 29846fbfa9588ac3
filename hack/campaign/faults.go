// SPDX-License-Identifier: Apache-2.0

package main

import "sync"

// faultQueue holds faults that each strike so many of the requests that they are
// for. It is safe for concurrent use.
type faultQueue[F any] struct {
	mu     sync.Mutex
	faults []*queuedFault[F]
	// struck counts how often each kind has struck.
	struck counter
}

type queuedFault[F any] struct {
	fault F
	kind  string
	times int
}

// add makes a fault strike the next requests that it is for.
func (q *faultQueue[F]) add(kind string, fault F, times int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.faults = append(q.faults, &queuedFault[F]{fault: fault, kind: kind, times: times})
}

// strike returns the oldest fault that is for a request, if there is one.
func (q *faultQueue[F]) strike(isFor func(F) bool) (F, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, queued := range q.faults {
		if !isFor(queued.fault) {
			continue
		}
		q.struck.add(queued.kind)
		if queued.times--; queued.times == 0 {
			q.faults = append(q.faults[:i:i], q.faults[i+1:]...)
		}
		return queued.fault, true
	}
	var none F
	return none, false
}

// clear ends all faults.
func (q *faultQueue[F]) clear() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.faults = nil
}
