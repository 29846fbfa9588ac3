// SPDX-License-Identifier: Apache-2.0

package capacity

import (
	"math"
	"time"

	"cloudrecording.dev/operator/controllers/budget"
)

// pool holds the places for one key.
type pool struct {
	entries map[budget.Owner]*entry

	// queue holds the entries that wait.
	queue queue

	// taken is how many places are taken, and granted how many of those are kept for a session
	// that has not begun.
	taken, granted int

	overload overload
}

func newPool() *pool {
	return &pool{entries: map[budget.Owner]*entry{}, queue: newQueue()}
}

// enter returns the entry of a recording, with its present request.
func (p *pool) enter(request Request) *entry {
	own, ok := p.entries[request.Owner]
	if !ok {
		own = &entry{Request: request}
		p.entries[request.Owner] = own
	}
	if own.waiting && own.Request != request {
		p.queue.remove(own)
		own.Request = request
		p.queue.add(own)
	}
	own.Request = request
	return own
}

// set changes how many places an entry takes.
func (p *pool) set(own *entry, open int, granted bool) {
	before, wasGranted := own.taken(), own.granted
	own.open, own.granted = open, granted
	p.taken += own.taken() - before
	p.granted += count(granted) - count(wasGranted)
}

func count(one bool) int {
	if one {
		return 1
	}
	return 0
}

// free returns how many of the waiting entries may begin.
func (p *pool) free(limit int, now time.Time) int {
	free := math.MaxInt
	if limit > 0 {
		free = limit - p.taken
	}
	switch {
	case p.overload.rests(now):
		free = 0
	case p.overload.isActive:
		// Only one asks, and the next one after it has begun: together, all of them would be
		// refused.
		free = min(free, 1-p.granted)
	}
	return max(free, 0)
}

// take gives an entry a place if one is free, and reports whether it has one.
func (p *pool) take(own *entry, limit int, now time.Time) bool {
	if own.granted {
		return true
	}
	p.queue.ask(own, now)
	if p.queue.position(own) >= p.free(limit, now) {
		return false
	}
	p.queue.remove(own)
	p.set(own, own.open, true)
	return true
}

// note records how many sessions of an entry run, and whether it wants another.
func (p *pool) note(own *entry, open int, wants bool, now time.Time) {
	freed := open < own.open
	// A session that begins uses the place that was granted. A restarted recording keeps the
	// place of the session that has ended.
	granted := wants && (freed || (own.granted && open == own.open))
	p.set(own, open, granted)
	if freed && !granted {
		p.overload.wake(now)
	}
	switch {
	case wants && !granted:
		p.queue.add(own)
	default:
		p.queue.remove(own)
	}
	if open == 0 && !wants {
		delete(p.entries, own.Owner)
	}
}

// refuse notes that Agora has no room for an entry's recording, which goes back into the
// queue.
func (p *pool) refuse(own *entry, now time.Time) {
	p.overload.refuse(now)
	p.set(own, own.open, false)
	p.queue.add(own)
}

func (p *pool) remove(own *entry, now time.Time) {
	p.note(own, 0, false, now)
}

// worthTelling returns the entries that should ask again: as many as may begin or, while
// nobody may ask, the first one if it does not know yet when to.
func (p *pool) worthTelling(limit int, now time.Time) []*entry {
	if !p.overload.rests(now) {
		return p.queue.tell(p.free(limit, now), now)
	}
	if head := p.head(now); head != nil && !head.retryAt.Equal(p.overload.restUntil) {
		return p.queue.tell(1, now)
	}
	return nil
}

// head returns the first waiting entry if its time has come, or nil.
func (p *pool) head(now time.Time) *entry {
	if first := p.queue.first(); first != nil && first.isDue(now) {
		return first
	}
	return nil
}

// recover ends the overload once nobody waits.
func (p *pool) recover(now time.Time) {
	if p.overload.refusals == 0 && p.granted == 0 && p.head(now) == nil {
		p.overload = overload{}
	}
}

// isIdle reports whether nothing about the pool needs to be remembered.
func (p *pool) isIdle(now time.Time) bool {
	return len(p.entries) == 0 && !p.overload.rests(now)
}
