// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"math"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

const (
	// window is what Agora's limit counts requests over.
	window = time.Second

	// reserve is the part of every second that stays unused, so that requests
	// that the network delays unevenly do not arrive as too many.
	reserve = 20 * time.Millisecond

	// ahead is how long before its turn a request is promised it. The sender
	// waits for the exact moment, so that the queue's own delays cost no turns.
	ahead = 50 * time.Millisecond

	// patience is how long one that is late for its turn holds up the others.
	patience = 250 * time.Millisecond

	// pollShare is the part of the budget that polling may use.
	pollShare = 0.5

	// pause is how long the account rests after Agora answered 429.
	pause = time.Second

	// slowest is the part of the limit that repeated 429 answers lower the rate to.
	slowest = 0.1

	// recovery is the part of the limit by which the rate rises again every
	// second without a 429.
	recovery = 0.05

	// longestSpacing bounds the time between two requests where the limit is
	// next to nothing.
	longestSpacing = time.Hour
)

// Account is the budget of one account. It is safe for concurrent use.
type Account struct {
	clock clock.PassiveClock

	mu sync.Mutex
	// limit is in requests a second, the lowest of those that the sources state.
	limit  float64
	limits map[Source]float64
	// next is when the next request may be sent, nextPoll when the next poll may.
	next     time.Time
	nextPoll time.Time
	// throttled is the part of the limit in use at throttledAt, lowered by 429 answers.
	throttled   float64
	throttledAt time.Time
	queue       queue
}

func newAccount(clock clock.PassiveClock, notBefore time.Time) *Account {
	return &Account{
		clock:       clock,
		limits:      map[Source]float64{},
		next:        notBefore,
		nextPoll:    notBefore,
		throttled:   1,
		throttledAt: notBefore,
	}
}

func (a *Account) state(source Source, requestsPerSecond float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.limits[source] = requestsPerSecond
	a.lowest()
}

func (a *Account) withdraw(source Source) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.limits, source)
	a.lowest()
}

// lowest settles the limit. Without any source the last one stays.
func (a *Account) lowest() {
	lowest := math.Inf(1)
	for _, limit := range a.limits {
		lowest = min(lowest, limit)
	}
	if len(a.limits) > 0 {
		a.limit = lowest
	}
}

// Turn asks for a turn to send one request. Granted, it is counted as sent at
// that time, a moment ahead at the most, and the owner's place is given up.
// Otherwise the owner keeps its place, and is to ask again at that time.
func (a *Account) Turn(owner Owner, priority Priority) (at time.Time, granted bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	spacing := a.spacing(now)

	place := a.queue.join(owner, priority, now)
	at = a.turnOf(place, priority, spacing, now)
	if place == 0 && !at.After(now.Add(ahead)) {
		a.queue.leave(owner)
		a.next = at.Add(spacing)
		if priority == Poll {
			a.nextPoll = at.Add(time.Duration(float64(spacing) / pollShare))
		}
		return at, true
	}
	// Asking a moment early is what makes the promise above possible.
	again := at.Add(-ahead)
	if soonest := now.Add(time.Millisecond); again.Before(soonest) {
		again = soonest
	}
	a.queue.expect(owner, again.Add(patience))
	return again, false
}

// turnOf returns when the request with so many others before it may be sent.
func (a *Account) turnOf(place int, priority Priority, spacing time.Duration, now time.Time) time.Time {
	first := later(a.next, now)
	at := first.Add(time.Duration(place) * spacing)
	if priority == Poll {
		polls := a.queue.placeAmong(place, Poll)
		at = later(at, later(a.nextPoll, now).Add(time.Duration(float64(polls)*float64(spacing)/pollShare)))
	}
	return at
}

func (a *Account) forget(owner Owner) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queue.leave(owner)
}

// Refused notes that Agora answered 429: the account rests for a moment and
// goes on at half the rate, since others use it as well.
func (a *Account) Refused() {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	rested := now.Add(pause)
	if a.throttledAt.After(now) {
		// Requests of the same moment are refused together, and count once.
		return
	}
	a.throttled = max(a.share(now)/2, slowest)
	a.throttledAt = rested
	a.next = later(a.next, rested)
}

// share returns the part of the limit that is in use now.
func (a *Account) share(now time.Time) float64 {
	recovered := max(now.Sub(a.throttledAt).Seconds(), 0) * recovery
	return min(a.throttled+recovered, 1)
}

// spacing returns the time between two requests.
func (a *Account) spacing(now time.Time) time.Duration {
	spacing := float64(window+reserve) / (a.limit * a.share(now))
	return time.Duration(min(spacing, float64(longestSpacing)))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
