// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"maps"
	"math"
	"slices"
)

const (
	// LowestLimit is the lowest limit that counts, in requests a second. With less, a
	// recording that must be stopped would wait hours for its turn, and be billed.
	LowestLimit = 1

	// highestLimit is more than anyone can send.
	highestLimit = 10_000
)

// bounded returns the limit that counts for a stated one.
func bounded(requestsPerSecond float64) float64 {
	if math.IsNaN(requestsPerSecond) {
		return LowestLimit
	}
	return min(max(requestsPerSecond, LowestLimit), highestLimit)
}

// Source is where a limit is stated: the Secret that holds it. Several sources may state
// limits for the same account.
type Source string

// limit is how many requests a second an account allows.
type limit struct {
	// sources holds what each source states, whether or not it can count.
	sources map[Source]float64

	// lowest is the lowest limit that the sources state, in requests a second.
	lowest float64
}

// settle finds the lowest limit and reports whether it changed. Without any source, the
// last limit stays.
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

// limitedBy returns the source that keeps another source's limit from counting: that source
// itself if it states too little to count, or else the first by name of those that state
// the lowest limit. It is empty if the limit counts.
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

// TellLimit returns the source that limits an owner to less than its own source states, and
// whether the owner has not been told that yet. It returns the owner's own source if that
// states less than LowestLimit.
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

// settleLimit applies a changed limit at once, also to the turn that was planned with the
// old one.
func (a *Account) settleLimit() {
	if !a.limit.settle() {
		return
	}
	now := a.clock.Now()
	spacing := a.spacing(now)
	a.next = earlier(a.next, later(a.throttle.restUntil, now.Add(spacing)))
	a.nextPoll = earlier(a.nextPoll, later(a.throttle.restUntil, now.Add(pollSpacing(spacing))))
}
