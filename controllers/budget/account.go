// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"sync"
	"time"

	"k8s.io/utils/clock"
)

const (
	// window is the period over which Agora's limit counts requests.
	window = time.Second

	// reserve is the part of every second that stays unused, so that uneven delays in the
	// network do not make too many requests arrive together.
	reserve = 20 * time.Millisecond

	// maxDelay is the longest that an answer may take to show when its request arrived. A
	// slower answer spends most of its time inside Agora, and waiting for it would leave the
	// limit unused.
	maxDelay = 100 * time.Millisecond

	// ahead is how early a turn is granted. The sender waits for the exact moment, so that
	// delays on the machine, which are longest when hundreds of recordings are applied
	// together, cost no turns. Requests that only look get aheadLook, so that stops do not end
	// up behind them.
	ahead     = 100 * time.Millisecond
	aheadLook = 50 * time.Millisecond

	// askTimeout is how long an owner that is late for its turn holds up the others.
	askTimeout = 250 * time.Millisecond

	// Lookahead is the longest wait that an owner is told in full. Its turn may come earlier
	// than expected if others leave, the rate recovers or the limit rises, so it is told only
	// a quarter of a longer wait: at most longestWait, or longestAgainWait for a recording
	// that has most likely ended. A poll, for which nobody waits, is told its whole wait, up
	// to longestPollWait.
	Lookahead        = 2 * time.Second
	longestWait      = 10 * time.Second
	longestAgainWait = 2 * time.Minute
	longestPollWait  = 10 * time.Minute

	// pollShare is the part of the budget that polling may use.
	pollShare = 0.5

	// longestPollInterval bounds the time in which all owners are polled once.
	longestPollInterval = time.Hour
)

// Account is the budget of one account. It is safe for concurrent use.
type Account struct {
	clock clock.PassiveClock

	mu       sync.Mutex
	limit    limit
	throttle throttle
	// next is when the next request may be sent, and nextPoll when the next poll may.
	next     time.Time
	nextPoll time.Time
	sent     turnWindow
	queue    queue
	// inFlight holds the tickets of owners whose requests have not been answered yet.
	inFlight map[Owner]*ticket
	// polled holds the owners that are polled regularly.
	polled map[Owner]struct{}
	// told holds the limiting source that each owner was last told about.
	told map[Owner]Source
	// used counts the turns granted.
	used [priorities]uint64
	// lastAsked is when anybody asked for a turn.
	lastAsked time.Time
}

func newAccount(clock clock.PassiveClock, notBefore time.Time) *Account {
	return &Account{
		clock:     clock,
		limit:     limit{sources: map[Source]float64{}},
		throttle:  throttle{part: 1, since: notBefore, restUntil: notBefore},
		next:      notBefore,
		nextPoll:  notBefore,
		inFlight:  map[Owner]*ticket{},
		polled:    map[Owner]struct{}{},
		told:      map[Owner]Source{},
		lastAsked: clock.Now(),
	}
}

// Turn asks for a turn to send one request. If it is granted, the request counts as sent at
// the returned time, which is at most a moment ahead, and the owner gives up its place.
// Otherwise the owner keeps its place and must ask again at the returned time.
func (a *Account) Turn(owner Owner, priority Priority) (at time.Time, granted bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	a.lastAsked = now
	spacing := a.spacing(now)

	place := a.queue.join(owner, priority, now)
	at = a.turnOf(place, priority, spacing, now)
	if place == 0 && !at.After(now.Add(aheadOf(priority))) {
		a.grant(owner, priority, at, spacing)
		return at, true
	}
	// Asking a moment early makes it possible to grant the turn ahead of time.
	again := later(at.Add(-aheadOf(priority)), now.Add(time.Millisecond))
	if place > 0 {
		// The owners before it may be late, and asking all the time does not make them quicker.
		again = later(again, now.Add(spacing/2))
	}
	again = now.Add(told(again.Sub(now), priority))
	a.queue.expect(owner, again.Add(askTimeout))
	return again, false
}

// aheadOf returns how early a turn is granted to a request of the priority.
func aheadOf(priority Priority) time.Duration {
	if priority <= Confirm {
		return aheadLook
	}
	return ahead
}

// told returns how much of a wait an owner is told.
func told(wait time.Duration, priority Priority) time.Duration {
	switch {
	case wait <= Lookahead:
		return wait
	case priority == Poll:
		return min(wait, longestPollWait)
	case priority == StopAgain:
		return min(max(wait/4, Lookahead), longestAgainWait)
	default:
		return min(max(wait/4, Lookahead), longestWait)
	}
}

func (a *Account) grant(owner Owner, priority Priority, at time.Time, spacing time.Duration) {
	a.inFlight[owner] = a.queue.leave(owner)
	a.used[priority]++
	a.sent.note(at, a.limit.perWindow())
	a.next = at.Add(spacing)
	if priority == Poll {
		a.nextPoll = at.Add(pollSpacing(spacing))
	}
	if priority == Stop {
		// A stop often takes two requests in a row, and no poll may slip in between.
		a.nextPoll = later(a.nextPoll, at.Add(askTimeout))
	}
}

// turnOf returns when a request with the given number of others before it may be sent.
func (a *Account) turnOf(place int, priority Priority, spacing time.Duration, now time.Time) time.Time {
	first := later(later(a.next, now), a.sent.free(a.limit.perWindow()))
	at := first.Add(time.Duration(place) * spacing)
	if priority == Poll {
		polls := time.Duration(a.queue.placeAmong(place, Poll))
		at = later(at, later(a.nextPoll, now).Add(polls*pollSpacing(spacing)))
	}
	return at
}

// Sent notes when a request that had been granted a turn was really sent: the network or a
// busy machine may have delayed it.
func (a *Account) Sent(turn, sent time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent.move(turn, sent)
}

// Answers notes when the answer to a request begins. The request had arrived by then,
// perhaps long after it was sent.
func (a *Account) Answers(sent, begins time.Time) {
	if begins.Sub(sent) > maxDelay {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent.move(sent, begins.Add(-reserve))
}

// SentAgain notes that a request was sent again without a turn. Go's HTTP client does so by
// itself when a connection turns out to be closed.
func (a *Account) SentAgain(sent time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent.note(sent, a.limit.perWindow())
	a.next = a.next.Add(a.spacing(a.clock.Now()))
}

// Answered notes that a request was answered with anything but 429, or failed. The owner
// gets its former place back if the same need takes another request.
func (a *Account) Answered(owner Owner, another bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settle(owner, another)
}

// settle notes that a request is no longer in flight.
func (a *Account) settle(owner Owner, another bool) {
	ticket, ok := a.inFlight[owner]
	delete(a.inFlight, owner)
	if ok && another {
		a.queue.restore(ticket)
	}
}

// Refused notes that Agora answered a request with 429. The account rests, for as long as
// Agora asks if it does, and continues at half the rate, since other clients use it as
// well. The owner gets its former place back.
func (a *Account) Refused(owner Owner, retryAfter time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	a.throttle.refuse(now, retryAfter)
	a.next = later(a.next, a.throttle.restUntil)
	a.settle(owner, true)
}

// Forget gives up an owner's place.
func (a *Account) Forget(owner Owner) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queue.leave(owner)
}

// remove forgets everything about an owner.
func (a *Account) remove(owner Owner) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queue.leave(owner)
	delete(a.inFlight, owner)
	delete(a.polled, owner)
	delete(a.told, owner)
}

// isIdle reports whether the account has not been needed for longer than the given time.
func (a *Account) isIdle(now time.Time, since time.Duration) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.inFlight) == 0 && len(a.polled) == 0 && now.Sub(a.lastAsked) > since
}

// spacing returns the time between two requests.
func (a *Account) spacing(now time.Time) time.Duration {
	return time.Duration(float64(window+reserve) / a.rate(now))
}

// rate returns how many requests a second may be sent. Agora's refusals do not lower it
// below LowestLimit: each is followed by a pause anyway.
func (a *Account) rate(now time.Time) float64 {
	return max(a.limit.lowest*a.throttle.share(now), LowestLimit)
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
