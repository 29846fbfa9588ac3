// SPDX-License-Identifier: Apache-2.0

package simtime

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Schedule calls functions at simulated times. A lock guards it that is its owner's: it
// must be held by whoever calls, and is held while the functions are called.
type Schedule struct {
	lock       sync.Locker
	clock      *Clock
	background *Background

	entries   entries
	number    int
	running   bool               // as long as there are any
	interrupt context.CancelFunc // ends the wait for the first
}

// NewSchedule returns an empty one.
func NewSchedule(lock sync.Locker, clock *Clock, background *Background) *Schedule {
	return &Schedule{lock: lock, clock: clock, background: background, interrupt: func() {}}
}

// Reset forgets what is scheduled. The background must have been restarted.
func (s *Schedule) Reset() {
	s.interrupt()
	s.entries, s.number, s.running, s.interrupt = nil, 0, false, func() {}
}

// At schedules a function. It gets the time for which it was scheduled: the clock may have
// run on.
func (s *Schedule) At(at time.Time, do func(at time.Time)) {
	s.number++
	heap.Push(&s.entries, entry{at: at, number: s.number, do: do})
	switch {
	case !s.running:
		s.running = s.background.Run(s.run)
	case s.entries[0].number == s.number:
		s.interrupt()
	}
}

// Present calls what is due, and returns the time: what changes a recording now comes
// after what is due, even if the schedule is late.
func (s *Schedule) Present() time.Time {
	for !s.background.Closed() {
		now := s.clock.Now()
		if len(s.entries) == 0 || s.entries[0].at.After(now) {
			return now
		}
		if first, ok := heap.Pop(&s.entries).(entry); ok {
			first.do(first.at)
		}
	}
	return s.clock.Now()
}

// run returns when nothing is left.
func (s *Schedule) run(ctx context.Context) {
	for {
		next, waiting, left := s.runDue(ctx)
		if !left {
			return
		}
		// An earlier entry ends the wait, as the end of all does.
		_ = s.clock.WaitUntil(waiting, next)
	}
}

// runDue calls what is due. It returns the time of the next entry, with a context that
// ends when another comes before it.
func (s *Schedule) runDue(ctx context.Context) (next time.Time, waiting context.Context, left bool) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if ctx.Err() != nil {
		return time.Time{}, nil, false
	}
	s.interrupt()
	s.Present()
	if s.running = len(s.entries) > 0; !s.running {
		return time.Time{}, nil, false
	}
	waiting, s.interrupt = context.WithCancel(ctx)
	return s.entries[0].at, waiting, true
}

// entry is a function with its time.
type entry struct {
	at     time.Time
	number int
	do     func(at time.Time)
}

// entries are a heap: those of one time are in the order in which they were scheduled.
type entries []entry

var _ heap.Interface = (*entries)(nil)

func (e entries) Len() int      { return len(e) }
func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }

func (e entries) Less(i, j int) bool {
	if e[i].at.Equal(e[j].at) {
		return e[i].number < e[j].number
	}
	return e[i].at.Before(e[j].at)
}

// Push is heap's.
func (e *entries) Push(x any) {
	if added, ok := x.(entry); ok {
		*e = append(*e, added)
	}
}

// Pop is heap's.
func (e *entries) Pop() any {
	last := len(*e) - 1
	popped := (*e)[last]
	(*e)[last] = entry{}
	*e = (*e)[:last]
	return popped
}
