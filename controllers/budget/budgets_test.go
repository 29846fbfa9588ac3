// SPDX-License-Identifier: Apache-2.0

package budget_test

import (
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/controllers/budget"
)

func sortByTime(turns []turn) {
	slices.SortFunc(turns, func(a, b turn) int { return a.at.Compare(b.at) })
}

func TestFirstTurnComesASecondAfterBegin(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]time.Duration{
		"at once": 0, "soon": 300 * time.Millisecond, "just before": 999 * time.Millisecond, "after it": 1500 * time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			clock := clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
			begin := clock.Now()
			budgets := budget.New(clock)
			budgets.Begin()
			clock.SetTime(begin.Add(wait))
			s := simulation{clock: clock, budgets: budgets, account: budgets.Account("account", "secret", 10)}
			first := s.askAll(t, owners(1, budget.Stop))[0].at
			g.Expect(first).To(Equal(begin.Add(max(wait, time.Second))))
		})
	}
}

func TestEveryAccountsFirstTurnComesASecondAfterBegin(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	clock := clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	budgets := budget.New(clock)
	budgets.Begin()
	clock.SetTime(clock.Now().Add(500 * time.Millisecond))
	for _, key := range []budget.Key{"one", "other"} {
		_, granted := budgets.Account(key, budget.Source(key), 10).Turn("owner", budget.Stop)
		g.Expect(granted).To(BeFalse())
	}
}

// spacing returns the time between two turns of an account.
func spacing(t *testing.T, s simulation) time.Duration {
	t.Helper()
	s.pass(time.Hour)
	turns := s.askAll(t, owners(2, budget.Stop))
	return turns[1].at.Sub(turns[0].at)
}

func at(limit float64) time.Duration { return seconds(1.02, limit) }

func TestLowestLimitCounts(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	g.Expect(spacing(t, s)).To(BeNumerically("~", at(10), 1))
	s.budgets.Account("account", "generous", 1000)
	g.Expect(spacing(t, s)).To(BeNumerically("~", at(10), 1))
	s.budgets.Account("account", "modest", 2)
	g.Expect(spacing(t, s)).To(BeNumerically("~", at(2), 1))
	s.budgets.Account("account", "modest", 20)
	g.Expect(spacing(t, s)).To(BeNumerically("~", at(10), 1))
}

func TestWithdrawingRestoresTheLimit(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.budgets.Account("account", "modest", 2)
	s.budgets.Withdraw("nobody")
	g.Expect(spacing(t, s)).To(BeNumerically("~", at(2), 1))
	s.budgets.Withdraw("modest")
	g.Expect(spacing(t, s)).To(BeNumerically("~", at(10), 1))
	s.budgets.Withdraw("secret")
	g.Expect(spacing(t, s)).To(BeNumerically("~", at(10), 1))
	s.budgets.Account("account", "secret", 30)
	g.Expect(spacing(t, s)).To(BeNumerically("~", at(30), 1))
}

func TestSourceThatMovesToAnotherAccountStatesNothingForTheOld(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.budgets.Account("account", "modest", 2)
	other := s.budgets.Account("other", "modest", 2)
	g.Expect(spacing(t, s)).To(BeNumerically("~", at(10), 1))
	g.Expect(spacing(t, simulation{clock: s.clock, budgets: s.budgets, account: other})).To(BeNumerically("~", at(2), 1))
	s.budgets.Withdraw("modest")
	g.Expect(spacing(t, s)).To(BeNumerically("~", at(10), 1))
}

func TestSameKeyIsTheSameAccount(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	g.Expect(s.budgets.Account("account", "other", 10)).To(BeIdenticalTo(s.account))
	g.Expect(s.budgets.Account("other", "other", 10)).NotTo(BeIdenticalTo(s.account))
}

func TestAccountThatReturnsHasNoFreshBudget(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	last, granted := s.account.Turn("first", budget.Stop)
	g.Expect(granted).To(BeTrue())
	s.budgets.Withdraw("secret")
	s.limit(10)
	turns := s.askAll(t, owners(1, budget.Stop))
	g.Expect(turns[0].at).To(Equal(last.Add(102 * time.Millisecond)))
}

func TestAccountsNeverDelayEachOther(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.ask(owners(5000, budget.Stop)...)
	s.account.Refused("nobody", 0)
	quiet := s.budgets.Account("quiet", "of quiet", 10)
	begin := s.clock.Now()
	turns := simulation{clock: s.clock, budgets: s.budgets, account: quiet}.askAll(t, owners(20, budget.Poll))
	g.Expect(turns[0].at).To(Equal(begin))
	g.Expect(turns[19].at).To(BeTemporally("<=", begin.Add(seconds(20*1.03, 5))))
}

func TestForgottenOwnerHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.busy(t)
	gone := owners(100, budget.Stop)
	s.ask(gone...)
	for _, o := range gone {
		s.budgets.Forget("account", o.name)
	}
	now := s.clock.Now()
	turns := s.askAll(t, []owner{{name: "fresh", priority: budget.Confirm}})
	g.Expect(turns[0].at).To(BeTemporally("<=", now.Add(ahead+102*time.Millisecond)))
}

func TestForgottenOwnerKeepsItsPlaceInOtherAccounts(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	other := simulation{clock: s.clock, budgets: s.budgets, account: s.budgets.Account("other", "of other", 10)}
	for _, account := range []simulation{s, other} {
		account.busy(t)
		account.ask(owner{name: "forgotten", priority: budget.Stop}, owner{name: "second", priority: budget.Stop})
	}
	s.budgets.Forget("account", "forgotten")
	s.budgets.Forget("unknown", "forgotten")
	both := []owner{{name: "forgotten", priority: budget.Stop}, {name: "second", priority: budget.Stop}}
	g.Expect(names(s.askAll(t, both))).To(Equal([]budget.Owner{"second", "forgotten"}))
	g.Expect(names(other.askAll(t, both))).To(Equal([]budget.Owner{"forgotten", "second"}))
}

func TestForgottenOwnerThatWasLateLosesItsPlace(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.busy(t)
	late, _ := s.ask(owner{name: "late", priority: budget.Stop})
	others, _ := s.ask(owners(10, budget.Stop)...)
	s.clock.SetTime(late[0].at.Add(askTimeout + time.Millisecond))
	s.ask(others[0].owner)
	s.budgets.Forget("account", "late")
	again, _ := s.ask(late[0].owner)
	turns := s.serve(t, append(others[1:], again...), punctual)
	g.Expect(turns[len(turns)-1].owner).To(BeEquivalentTo("late"))
}

func TestForgettingAStrangerDoesNothing(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.budgets.Forget("account", "stranger")
	_, granted := s.account.Turn("first", budget.Stop)
	g.Expect(granted).To(BeTrue())
	s.budgets.Forget("account", "first")
	_, granted = s.account.Turn("first", budget.Stop)
	g.Expect(granted).To(BeFalse(), "a turn that was granted stays counted")
}

func TestAccountThatNobodyUsesIsDropped(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.budgets.Account("polled", "of polled", 10).Poll("owner", true)
	s.pass(11 * time.Minute)
	s.budgets.Account("other", "of other", 10)
	var left []budget.Source
	for _, usage := range s.budgets.Usage() {
		left = append(left, usage.Source)
	}
	g.Expect(left).To(ConsistOf(budget.Source("of other"), budget.Source("of polled")))
	g.Expect(s.budgets.Account("account", "secret", 10)).NotTo(BeIdenticalTo(s.account))
}

func TestAccountThatWasUsedIsKept(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.pass(9 * time.Minute)
	s.ask(owner{name: "owner", priority: budget.Stop})
	s.pass(9 * time.Minute)
	g.Expect(s.budgets.Account("account", "secret", 10)).To(BeIdenticalTo(s.account))
}

func TestUsage(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.budgets.Account("account", "another secret", 20)
	s.ask(owners(3, budget.Stop)...)
	s.ask(owners(4, budget.Poll)...)
	g.Expect(s.budgets.Usage()).To(ConsistOf(budget.Usage{
		Source: "another secret", Limit: 10, Rate: 10,
		Used:    map[budget.Priority]uint64{budget.Stop: 1, budget.StopAgain: 0, budget.Start: 0, budget.Acquire: 0, budget.Confirm: 0, budget.Poll: 0},
		Waiting: map[budget.Priority]int{budget.Stop: 2, budget.StopAgain: 0, budget.Start: 0, budget.Acquire: 0, budget.Confirm: 0, budget.Poll: 4},
	}))

	s.account.Refused("nobody", 0)
	g.Expect(s.budgets.Usage()[0].Rate).To(BeZero(), "it rests")
	s.pass(time.Second)
	g.Expect(s.budgets.Usage()[0].Rate).To(BeNumerically("~", 5, 0.001))
}
