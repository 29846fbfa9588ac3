// SPDX-License-Identifier: Apache-2.0

package budget_test

import (
	"container/heap"
	"fmt"
	"math"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/controllers/budget"
)

const (
	// askTimeout is how long others wait for an owner that is late.
	askTimeout = 250 * time.Millisecond

	// ahead is how early a turn is granted. Requests that only look get aheadLook.
	ahead     = 100 * time.Millisecond
	aheadLook = 50 * time.Millisecond

	// lookahead is the longest wait that an owner is told in full.
	lookahead = 2 * time.Second

	// longestWait is the longest time until an owner is asked to come back.
	longestWait = 10 * time.Second
)

// turn is a turn that was granted.
type turn struct {
	owner    budget.Owner
	priority budget.Priority
	at       time.Time
}

// simulation is an account in simulated time, some time after Begin.
type simulation struct {
	clock   *clocktesting.FakePassiveClock
	budgets *budget.Budgets
	account *budget.Account
}

func simulate(limit float64) simulation {
	clock := clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	budgets := budget.New(clock)
	budgets.Begin()
	s := simulation{clock: clock, budgets: budgets, account: budgets.Account("account", "secret", limit)}
	s.pass(time.Minute)
	return s
}

func (s simulation) pass(duration time.Duration) { s.clock.SetTime(s.clock.Now().Add(duration)) }

func (s simulation) limit(limit float64) { s.budgets.Account("account", "secret", limit) }

// busy uses up turns, so that whoever asks next has to wait.
func (s simulation) busy(t testing.TB) {
	t.Helper()
	for i := range 1000 {
		owner := budget.Owner(fmt.Sprintf("busy-%d", i))
		if _, granted := s.account.Turn(owner, budget.Stop); !granted {
			s.account.Forget(owner)
			return
		}
	}
	t.Fatal("the account grants turns without end")
}

// owner asks for turns.
type owner struct {
	name     budget.Owner
	priority budget.Priority
}

func owners(count int, priority budget.Priority) []owner {
	var all []owner
	for i := range count {
		all = append(all, owner{name: budget.Owner(fmt.Sprintf("%s-%d", priority, i)), priority: priority})
	}
	return all
}

// ask asks once for each owner. It returns the owners that must ask again, and when.
func (s simulation) ask(all ...owner) (waiting agenda, granted []turn) {
	for _, o := range all {
		at, ok := s.account.Turn(o.name, o.priority)
		if ok {
			granted = append(granted, turn{owner: o.name, priority: o.priority, at: at})
		} else {
			waiting = append(waiting, appointment{owner: o, at: at, number: len(waiting)})
		}
	}
	return waiting, granted
}

// serve lets waiting owners ask at the times that they are told, each later by what
// lateness returns, until all have had a turn.
func (s simulation) serve(t testing.TB, waiting agenda, lateness func() time.Duration) []turn {
	t.Helper()
	var granted []turn
	number := len(waiting)
	heap.Init(&waiting)
	for asked := 0; len(waiting) > 0; asked++ {
		if asked > 10_000_000 {
			t.Fatalf("%d owners were not served", len(waiting))
		}
		next := waiting[0]
		if next.at.After(s.clock.Now()) {
			s.clock.SetTime(next.at)
		}
		at, ok := s.account.Turn(next.owner.name, next.owner.priority)
		if ok {
			granted = append(granted, turn{owner: next.owner.name, priority: next.owner.priority, at: at})
			heap.Pop(&waiting)
			continue
		}
		number++
		waiting[0] = appointment{owner: next.owner, at: at.Add(lateness()), number: number}
		heap.Fix(&waiting, 0)
	}
	return granted
}

func punctual() time.Duration { return 0 }

// askAll lets all owners ask now, and serves them at the times that they are told.
func (s simulation) askAll(t testing.TB, all []owner) []turn {
	t.Helper()
	waiting, granted := s.ask(all...)
	return append(granted, s.serve(t, waiting, punctual)...)
}

// appointment is when an owner asks again.
type appointment struct {
	owner  owner
	at     time.Time
	number int
}

// agenda is a heap of appointments.
type agenda []appointment

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(appointment)) } //nolint:errcheck // holds nothing else

func (a agenda) Less(i, j int) bool {
	if !a[i].at.Equal(a[j].at) {
		return a[i].at.Before(a[j].at)
	}
	return a[i].number < a[j].number
}

func (a *agenda) Pop() any {
	last := len(*a) - 1
	popped := (*a)[last]
	*a = (*a)[:last]
	return popped
}

func names(turns []turn) []budget.Owner {
	var all []budget.Owner
	for _, t := range turns {
		all = append(all, t.owner)
	}
	return all
}

func of(turns []turn, priority budget.Priority) []turn {
	var found []turn
	for _, t := range turns {
		if t.priority == priority {
			found = append(found, t)
		}
	}
	return found
}

// most returns the number of turns in the window that has the most.
func most(turns []turn, window time.Duration) int {
	highest, begin := 0, 0
	for end := range turns {
		for turns[end].at.Sub(turns[begin].at) >= window {
			begin++
		}
		highest = max(highest, end-begin+1)
	}
	return highest
}

func seconds(count, limit float64) time.Duration {
	return time.Duration(math.Ceil(count / limit * float64(time.Second)))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
