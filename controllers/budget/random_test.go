// SPDX-License-Identifier: Apache-2.0

package budget_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cloudrecording.dev/operator/controllers/budget"
)

// claim is what a waiting owner may count on.
type claim struct {
	priority budget.Priority
	number   int
	// told is when the owner was told to ask again.
	told time.Time
}

// before reports whether the claim is the better one.
func (c claim) before(other claim) bool {
	return c.priority > other.priority || (c.priority == other.priority && c.number < other.number)
}

// ledger checks every answer of an account against what was promised.
type ledger struct {
	simulation
	limits  map[budget.Source]float64
	claims  map[budget.Owner]claim
	number  int
	granted []grant
	// served holds the claims of owners whose requests have not been answered yet.
	served map[budget.Owner]claim
	rested time.Time
	// changes counts the changes of the limit: a higher limit counts at once.
	changes int
}

// grant is a turn and the limit at the time when it was granted.
type grant struct {
	turn
	limit   float64
	changes int
}

func (l *ledger) lowest() float64 {
	lowest := math.Inf(1)
	for _, limit := range l.limits {
		lowest = min(lowest, max(limit, budget.LowestLimit))
	}
	return lowest
}

func (l *ledger) ask(t *rapid.T, name budget.Owner, priority budget.Priority) bool {
	now := l.clock.Now()
	own, waits := l.claims[name]
	if !waits || own.priority != priority {
		l.number++
		own = claim{priority: priority, number: l.number}
	}
	at, granted := l.account.Turn(name, priority)
	if !granted {
		if at.Before(now.Add(time.Millisecond)) {
			t.Fatalf("%s is to ask again at %s, which is no later than now, %s", name, at, now)
		}
		own.told = at
		l.claims[name] = own
		return false
	}
	delete(l.claims, name)
	l.served[name] = claim{priority: priority, number: own.number}
	if at.Before(now) || at.After(now.Add(ahead)) {
		t.Fatalf("at %s, %s is granted a turn at %s", now, name, at)
	}
	if at.Before(l.rested) {
		t.Fatalf("%s is granted a turn at %s, in the pause until %s", name, at, l.rested)
	}
	for other, claim := range l.claims {
		if claim.before(own) && !claim.told.Add(askTimeout).Before(now) {
			t.Fatalf("%s is granted a turn before %s, which is in time", name, other)
		}
	}
	l.granted = append(l.granted, grant{turn: turn{owner: name, priority: priority, at: at}, limit: l.lowest(), changes: l.changes})
	return true
}

func (l *ledger) refuse(name budget.Owner, retryAfter time.Duration) {
	now := l.clock.Now()
	l.account.Refused(name, retryAfter)
	if !now.Before(l.rested) || (retryAfter > 0 && now.Add(max(retryAfter, time.Second)).After(l.rested)) {
		l.rested = now.Add(max(retryAfter, time.Second))
	}
	if served, ok := l.served[name]; ok {
		delete(l.served, name)
		if _, waits := l.claims[name]; !waits {
			l.claims[name] = served
		}
	}
}

// serveAll lets all waiting owners do what they are told.
func (l *ledger) serveAll(t *rapid.T) {
	for range 100_000 {
		var next budget.Owner
		var best claim
		for name, claim := range l.claims {
			if next == "" || claim.told.Before(best.told) || (claim.told.Equal(best.told) && claim.before(best)) {
				next, best = name, claim
			}
		}
		if next == "" {
			return
		}
		if best.told.After(l.clock.Now()) {
			l.clock.SetTime(best.told)
		}
		l.ask(t, next, best.priority)
	}
	t.Fatalf("%d owners are never served", len(l.claims))
}

// check checks every window of a second.
func (l *ledger) check(t *rapid.T) {
	var lastPoll *grant
	for i, first := range l.granted {
		highest, count := 0.0, 0
		for _, other := range l.granted[i:] {
			if other.at.Sub(first.at) >= time.Second {
				break
			}
			count++
			highest = max(highest, other.limit)
		}
		if float64(count) > math.Ceil(highest) {
			t.Fatalf("%d turns in the second from %s, where the limit is %v", count, first.at, highest)
		}
		if first.priority != budget.Poll {
			continue
		}
		if lastPoll != nil && first.changes == lastPoll.changes && first.at.Sub(lastPoll.at).Seconds() < 2/lastPoll.limit {
			t.Fatalf("two polls within %s, where the limit is %v", first.at.Sub(lastPoll.at), lastPoll.limit)
		}
		lastPoll = &l.granted[i]
	}
}

func TestRandomSequences(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]float64{1e-9, 0.5, 1, 3, 10, 100, 1e6, 1e19})
		name := rapid.SampledFrom([]budget.Owner{"a", "b", "c", "d", "e", "f", "g", "h"})
		priority := rapid.SampledFrom([]budget.Priority{budget.Poll, budget.Confirm, budget.Start, budget.StopAgain, budget.Stop})
		source := rapid.SampledFrom([]budget.Source{"secret", "second", "third"})

		first := limit.Draw(t, "limit")
		l := &ledger{
			simulation: simulate(first),
			limits:     map[budget.Source]float64{"secret": first},
			claims:     map[budget.Owner]claim{},
			served:     map[budget.Owner]claim{},
		}
		slowest := max(first, budget.LowestLimit)
		begin := l.clock.Now()
		t.Repeat(map[string]func(*rapid.T){
			"ask": func(t *rapid.T) { l.ask(t, name.Draw(t, "owner"), priority.Draw(t, "priority")) },
			"ask as before": func(t *rapid.T) {
				name := name.Draw(t, "owner")
				if claim, waits := l.claims[name]; waits {
					l.ask(t, name, claim.priority)
				}
			},
			"ask when told": func(t *rapid.T) {
				name := name.Draw(t, "owner")
				if claim, waits := l.claims[name]; waits {
					if claim.told.After(l.clock.Now()) {
						l.clock.SetTime(claim.told)
					}
					l.ask(t, name, claim.priority)
				}
			},
			"wait": func(t *rapid.T) {
				l.pass(time.Duration(rapid.IntRange(0, 400).Draw(t, "milliseconds")) * time.Millisecond)
			},
			"forget": func(t *rapid.T) {
				name := name.Draw(t, "owner")
				l.account.Forget(name)
				delete(l.claims, name)
			},
			"state a limit": func(t *rapid.T) {
				source, limit := source.Draw(t, "source"), limit.Draw(t, "limit")
				l.budgets.Account("account", source, limit)
				l.limits[source] = limit
				l.changes++
				slowest = min(slowest, max(limit, budget.LowestLimit))
			},
			"withdraw a limit": func(t *rapid.T) {
				if source := source.Draw(t, "source"); len(l.limits) > 1 {
					l.budgets.Withdraw(source)
					delete(l.limits, source)
					l.changes++
				}
			},
			"refuse": func(t *rapid.T) {
				l.refuse(name.Draw(t, "owner"), time.Duration(rapid.IntRange(0, 3).Draw(t, "retry after"))*time.Second)
			},
			"answer": func(t *rapid.T) {
				name := name.Draw(t, "owner")
				l.account.Answered(name, false)
				delete(l.served, name)
			},
		})
		waiting := float64(len(l.claims))
		end := l.clock.Now()
		l.serveAll(t)
		l.check(t)
		// A tenth of the limit is the slowest rate, but not less than the lowest limit,
		// and polls use half of it.
		if longest := seconds((2+waiting)*2*1.02, max(slowest/10, budget.LowestLimit)) + 10*time.Second; l.clock.Now().Sub(end) > longest {
			t.Fatalf("%v owners took %s, more than %s, to be served (begun %s)", waiting, l.clock.Now().Sub(end), longest, begin)
		}
	})
}
