// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"maps"
	"math"
	"slices"
)

const (
	// LowestLimit is the lowest limit that counts, in requests a second: with less, a
	// recording that is to be stopped would wait for its turn for hours, and be billed.
	LowestLimit = 1

	// highestLimit is more than can be sent.
	highestLimit = 10_000
)

// bounded returns the limit that counts where one is stated.
func bounded(requestsPerSecond float64) float64 {
	if math.IsNaN(requestsPerSecond) {
		return LowestLimit
	}
	return min(max(requestsPerSecond, LowestLimit), highestLimit)
}

// Source is where a limit is stated: the Secret that holds it. Several sources
// may state one for the same account.
type Source string

// limit is how many requests a second an account allows.
type limit struct {
	// sources are what is stated, whether or not it can count.
	sources map[Source]float64

	// lowest is the lowest limit that the sources state, in requests a second.
	lowest float64
}

// settle finds the lowest limit, and says whether it changed. Without any
// source the last one stays.
func (l *limit) settle() bool {
	lowest := math.Inf(1)
	for _, stated := range l.sources {
		lowest = min(lowest, bounded(stated))
	}
	if len(l.sources) == 0 || lowest == l.lowest {
		return false
	}
	l.lowest = lowest
	return true
}

// perWindow returns how many requests fit into a window.
func (l *limit) perWindow() int { return max(int(l.lowest), 1) }

// limitedBy returns which source limits an account to less than another one wants:
// that one itself if it states too little to count, or else of those that state the
// lowest limit the first by name. It is empty if none does.
func (l *limit) limitedBy(own Source) Source {
	stated, ok := l.sources[own]
	switch {
	case !ok:
		return ""
	case !(stated >= LowestLimit):
		return own
	case l.lowest >= bounded(stated):
		return ""
	}
	for _, source := range slices.Sorted(maps.Keys(l.sources)) {
		if bounded(l.sources[source]) == l.lowest {
			return source
		}
	}
	return ""
}

// TellLimit returns which source limits an owner to less than its own source states,
// and whether the owner has not been told that yet. It is the own one if that states
// less than LowestLimit.
func (a *Account) TellLimit(owner Owner, own Source) (by Source, isNews bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	by = a.limit.limitedBy(own)
	if by == a.told[owner] {
		return by, false
	}
	if by == "" {
		delete(a.told, owner)
		return "", false
	}
	a.told[owner] = by
	return by, true
}

func (a *Account) state(source Source, requestsPerSecond float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.limit.sources[source] = requestsPerSecond
	a.settleLimit()
}

func (a *Account) withdraw(source Source) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.limit.sources, source)
	a.settleLimit()
}

// settleLimit lets a changed limit count at once, also for the turn that was
// foreseen with the old one.
func (a *Account) settleLimit() {
	if !a.limit.settle() {
		return
	}
	now := a.clock.Now()
	spacing := a.spacing(now)
	a.next = earlier(a.next, later(a.throttle.restUntil, now.Add(spacing)))
	a.nextPoll = earlier(a.nextPoll, later(a.throttle.restUntil, now.Add(pollSpacing(spacing))))
}
