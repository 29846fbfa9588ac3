// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"sync"
)

// faultQueue holds faults that each strike so many of the requests that they are
// for. It is safe for concurrent use.
type faultQueue[F any] struct {
	mu     sync.Mutex
	faults []*queuedFault[F]
	struck map[string]int
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
		if q.struck == nil {
			q.struck = map[string]int{}
		}
		q.struck[queued.kind]++
		if queued.times--; queued.times == 0 {
			q.faults = append(q.faults[:i:i], q.faults[i+1:]...)
		}
		return queued.fault, true
	}
	var none F
	return none, false
}

// count counts what struck though it is in no queue.
func (q *faultQueue[F]) count(kind string, times int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.struck == nil {
		q.struck = map[string]int{}
	}
	q.struck[kind] += times
}

// clear ends all faults.
func (q *faultQueue[F]) clear() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.faults = nil
}

// counts returns how often each kind has struck.
func (q *faultQueue[F]) counts() map[string]int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return maps.Clone(q.struck)
}
