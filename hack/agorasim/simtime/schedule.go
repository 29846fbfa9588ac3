// SPDX-License-Identifier: Apache-2.0

package simtime

import (
	"context"
	"slices"
	"sort"
	"sync"
	"time"
)

// Schedule calls functions at simulated times. A lock guards it that is its owner's: it
// must be held by whoever calls, and is held while the functions are called.
type Schedule struct {
	lock       sync.Locker
	clock      *Clock
	background *Background

	entries   []entry            // in the order in which they are called
	running   bool               // as long as there are any
	interrupt context.CancelFunc // ends the wait for the first
}

// entry is a function with its time.
type entry struct {
	at time.Time
	do func(at time.Time)
}

// NewSchedule returns an empty one.
func NewSchedule(lock sync.Locker, clock *Clock, background *Background) *Schedule {
	return &Schedule{lock: lock, clock: clock, background: background, interrupt: func() {}}
}

// At schedules a function, after those of the same time. It gets the time for which it was scheduled: the clock may have
// run on.
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

// Present calls what is due, and returns the time: what changes a recording now comes
// after what is due, even if the schedule is late.
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
