// SPDX-License-Identifier: Apache-2.0

package budget_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/budget"
)

func TestLimitBelowTheLowestCountsAsTheLowest(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{0.99, 0.5, 1e-3, 1e-12, math.SmallestNonzeroFloat64, 0, -1, math.NaN(), math.Inf(-1)} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s := simulate(limit)
			begin := s.clock.Now()
			turns := s.askAll(t, owners(30, budget.Stop))
			g.Expect(most(turns, time.Second)).To(Equal(1))
			g.Expect(turns[29].at).To(BeTemporally("<=", begin.Add(31*time.Second)))
			g.Expect(s.budgets.Usage()[0].Limit).To(BeEquivalentTo(1))
		})
	}
}

func TestRefusalsDoNotHoldUpAStopForMoreThanTheirPause(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{1, 2, 10} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s := simulate(limit)
			for range 10 {
				s.account.Refused("nobody", 0)
				s.pass(time.Second)
			}
			begin := s.clock.Now()
			turns := s.askAll(t, owners(10, budget.Stop))
			g.Expect(turns[9].at).To(BeTemporally("<=", begin.Add(11*time.Second)))
		})
	}
}

func TestHighLimitsDoNotOverflow(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{1e6, 1e10, 1e19, math.MaxFloat64, math.Inf(1)} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s := simulate(limit)
			turns := s.askAll(t, owners(25_000, budget.Stop))
			g.Expect(turns).To(HaveLen(25_000))
			g.Expect(most(turns, time.Second)).To(And(BeNumerically("<=", 10_000), BeNumerically(">", 9000)))
			g.Expect(s.account.PollInterval()).To(BeZero())
		})
	}
}

func TestOwnerIsToldOnceWhichSourceLimitsIt(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	tell := func(owner budget.Owner, own, by budget.Source, isNews bool) {
		t.Helper()
		source, news := s.account.TellLimit(owner, own)
		g.Expect(source).To(Equal(by))
		g.Expect(news).To(Equal(isNews))
	}
	tell("one", "secret", "", false)

	s.budgets.Account("account", "other/low", 0.001)
	s.budgets.Account("account", "third", 5)
	tell("one", "secret", "other/low", true)
	tell("one", "secret", "other/low", false)
	tell("two", "secret", "other/low", true)
	tell("three", "third", "other/low", true)
	tell("four", "other/low", "other/low", true)
	tell("five", "unknown", "", false)

	s.budgets.Account("account", "another/low", 0.5)
	tell("one", "secret", "another/low", true)
	s.budgets.Withdraw("another/low")
	s.budgets.Withdraw("other/low")
	tell("one", "secret", "third", true)
	s.budgets.Account("account", "third", 10)
	tell("one", "secret", "", false)
	s.budgets.Account("account", "third", 5)
	tell("one", "secret", "third", true)
	s.budgets.Forget("account", "one")
	tell("one", "secret", "third", true)
}

func TestSourcesThatStateTheSameDoNotLimitEachOther(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(5)
	s.budgets.Account("account", "other", 5)
	by, isNews := s.account.TellLimit("owner", "secret")
	g.Expect(by).To(BeEmpty())
	g.Expect(isNews).To(BeFalse())
}

func TestOwnerIsToldThatItsOwnSourceStatesTooLittle(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{0.9, 0, -1, math.NaN()} {
		g := NewWithT(t)
		s := simulate(limit)
		s.budgets.Account("account", "other", 0.001)
		by, isNews := s.account.TellLimit("owner", "secret")
		g.Expect(by).To(BeEquivalentTo("secret"))
		g.Expect(isNews).To(BeTrue())
	}
}
