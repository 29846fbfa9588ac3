// SPDX-License-Identifier: Apache-2.0

package simtime

import (
	"context"
	"slices"
	"sort"
	"sync"
	"time"
)

// Schedule calls functions at simulated times. It shares a lock with its owner. Callers
// must hold the lock, and it is held while the functions are called.
type Schedule struct {
	lock       sync.Locker
	clock      *Clock
	background *Background

	entries   []entry            // in the order of the calls
	running   bool               // while there are entries
	interrupt context.CancelFunc // ends the wait for the first entry
}

// entry is a function and its time.
type entry struct {
	at time.Time
	do func(at time.Time)
}

// NewSchedule returns an empty schedule.
func NewSchedule(lock sync.Locker, clock *Clock, background *Background) *Schedule {
	return &Schedule{lock: lock, clock: clock, background: background, interrupt: func() {}}
}

// At schedules a function after all functions of the same time. The function gets its
// scheduled time, because the clock may have moved on.
func (s *Schedule) At(at time.Time, do func(at time.Time)) {
	i := sort.Search(len(s.entries), func(i int) bool { return s.entries[i].at.After(at) })
	s.entries = slices.Insert(s.entries, i, entry{at, do})
	switch {
	case !s.running:
		s.running = s.background.Run(s.run)
	case i == 0:
		s.interrupt()
	}
}

// Present calls all functions that are due and returns the current time. So a change that
// is made now comes after everything that is due, even if the schedule is late.
func (s *Schedule) Present() time.Time {
	for !s.background.Closed() {
		now := s.clock.Now()
		if len(s.entries) == 0 || s.entries[0].at.After(now) {
			return now
		}
		first := s.entries[0]
		s.entries[0] = entry{}
		s.entries = s.entries[1:]
		first.do(first.at)
	}
	return s.clock.Now()
}

// run returns when no entries are left.
func (s *Schedule) run(ctx context.Context) {
	for {
		next, waiting, left := s.runDue(ctx)
		if !left {
			return
		}
		// The wait ends early if an earlier entry is added or the background work is
		// canceled.
		_ = s.clock.WaitUntil(waiting, next)
	}
}

// runDue calls all functions that are due. It returns the time of the next entry, and a
// context that ends if an earlier entry is added.
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
