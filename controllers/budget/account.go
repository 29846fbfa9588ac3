// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"math"
	"slices"
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

	// lookahead is how far ahead at the most one is told its turn: it may come
	// earlier than foreseen, when others leave, the rate recovers or the limit
	// rises. Of a longer wait a quarter is told, and longestWait at the most.
	lookahead   = 2 * time.Second
	longestWait = 10 * time.Second

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
	// restUntil is until when nothing is sent, whatever the rate.
	restUntil time.Time
	// sent are the latest turns, as many as the limit allows in a window, at the
	// times at which they were really taken.
	sent []time.Time
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
		restUntil:   notBefore,
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

// lowest settles the limit. Without any source the last one stays. A limit that
// rises counts at once, also for the turn that was foreseen with the old one.
func (a *Account) lowest() {
	lowest := math.Inf(1)
	for _, limit := range a.limits {
		lowest = min(lowest, limit)
	}
	if len(a.limits) == 0 || lowest == a.limit {
		return
	}
	a.limit = lowest
	now := a.clock.Now()
	spacing := a.spacing(now)
	a.next = earlier(a.next, later(a.restUntil, now.Add(spacing)))
	a.nextPoll = earlier(a.nextPoll, later(a.restUntil, now.Add(pollSpacing(spacing))))
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
			a.nextPoll = at.Add(pollSpacing(spacing))
		}
		a.note(at)
		return at, true
	}
	// Asking a moment early is what makes the promise above possible.
	again := later(at.Add(-ahead), now.Add(time.Millisecond))
	if wait := again.Sub(now); wait > lookahead {
		again = now.Add(min(max(wait/4, lookahead), longestWait))
	}
	a.queue.expect(owner, again.Add(patience))
	return again, false
}

// turnOf returns when the request with so many others before it may be sent.
func (a *Account) turnOf(place int, priority Priority, spacing time.Duration, now time.Time) time.Time {
	first := later(later(a.next, now), a.windowFree())
	at := first.Add(time.Duration(place) * spacing)
	if priority == Poll {
		polls := time.Duration(a.queue.placeAmong(place, Poll))
		at = later(at, later(a.nextPoll, now).Add(polls*pollSpacing(spacing)))
	}
	return at
}

// Sent notes when a request was really sent for which a turn had been granted:
// the network, or a busy machine, may have taken it later.
func (a *Account) Sent(turn, sent time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if index := slices.IndexFunc(a.sent, turn.Equal); index >= 0 && sent.After(turn) {
		a.sent[index] = sent
	}
}

// note adds a turn to those of the window.
func (a *Account) note(turn time.Time) {
	a.sent = append(a.sent, turn)
	if surplus := len(a.sent) - max(int(a.limit), 1); surplus > 0 {
		a.sent = slices.Delete(a.sent, 0, surplus)
	}
}

// windowFree returns when the window has room for another request.
func (a *Account) windowFree() time.Time {
	if len(a.sent) < max(int(a.limit), 1) {
		return time.Time{}
	}
	return a.sent[0].Add(window + reserve)
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
	a.restUntil = rested
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

// pollSpacing returns the time between two polls.
func pollSpacing(spacing time.Duration) time.Duration {
	return time.Duration(float64(spacing) / pollShare)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
