// SPDX-License-Identifier: Apache-2.0

package budget

import "math"

// Source is where a limit is stated: the Secret that holds it. Several sources
// may state one for the same account.
type Source string

// limit is how many requests a second an account allows.
type limit struct {
	sources map[Source]float64

	// lowest is the lowest limit that the sources state, in requests a second.
	lowest float64
}

// settle finds the lowest limit, and says whether it changed. Without any
// source the last one stays.
func (l *limit) settle() bool {
	lowest := math.Inf(1)
	for _, stated := range l.sources {
		lowest = min(lowest, stated)
	}
	if len(l.sources) == 0 || lowest == l.lowest {
		return false
	}
	l.lowest = lowest
	return true
}

// perWindow returns how many requests fit into a window.
func (l *limit) perWindow() int { return max(int(l.lowest), 1) }

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
