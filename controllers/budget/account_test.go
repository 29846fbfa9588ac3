// SPDX-License-Identifier: Apache-2.0

package budget_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/budget"
)

func TestWaitingOwnersAreServedAtTheLimit(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{1, 2, 10, 33, 100, 1000} {
		for _, count := range []int{1, 10, 100, 1000} {
			t.Run(fmt.Sprintf("%d at %v", count, limit), func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				s := simulate(limit)
				begin := s.clock.Now()
				turns := s.askAll(t, owners(count, budget.Stop))
				g.Expect(turns).To(HaveLen(count))
				g.Expect(turns[count-1].at).To(BeTemporally("<=", begin.Add(seconds(float64(count)*1.03, limit))))
				g.Expect(most(turns, time.Second)).To(BeNumerically("<=", math.Ceil(limit)))
			})
		}
	}
}

func TestNoWindowHasMoreTurnsThanTheLimit(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{1, 1.5, 3, 7, 10, 10.5, 50, 333, 5000, 100_000, 1_000_000} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			t.Parallel()
			s := simulate(limit)
			count := int(min(3000, 300*max(limit, 1)))
			turns := s.askAll(t, owners(count, budget.Start))
			NewWithT(t).Expect(most(turns, time.Second)).To(BeNumerically("<=", math.Ceil(limit)))
		})
	}
}

func TestAskingWithoutPauseDoesNotGainTurns(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	var turns []turn
	for i := range 10_000 {
		_, granted := s.ask(owner{name: budget.Owner(fmt.Sprint(i % 7)), priority: budget.Stop})
		turns = append(turns, granted...)
		s.pass(time.Millisecond)
	}
	g.Expect(most(turns, time.Second)).To(BeNumerically("<=", 10))
	g.Expect(len(turns)).To(BeNumerically(">", 90))
}

func TestTurnIsPromisedAMomentAheadAtMost(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	first, granted := s.account.Turn("first", budget.Stop)
	g.Expect(granted).To(BeTrue())
	g.Expect(first).To(Equal(s.clock.Now()))

	again, granted := s.account.Turn("second", budget.Stop)
	g.Expect(granted).To(BeFalse())
	g.Expect(again).To(Equal(first.Add(102*time.Millisecond - ahead)))

	s.clock.SetTime(again.Add(-time.Nanosecond))
	_, granted = s.account.Turn("second", budget.Stop)
	g.Expect(granted).To(BeFalse())
	s.clock.SetTime(again)
	second, granted := s.account.Turn("second", budget.Stop)
	g.Expect(granted).To(BeTrue())
	g.Expect(second).To(Equal(first.Add(102 * time.Millisecond)))
}

func TestTurnsThatNobodyUsedAreNotSavedUp(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.askAll(t, owners(20, budget.Stop))
	s.pass(time.Hour)
	turns := s.askAll(t, owners(20, budget.Stop))
	g.Expect(most(turns, time.Second)).To(BeNumerically("<=", 10))
}

func TestGreaterNeedGoesFirst(t *testing.T) {
	t.Parallel()
	needs := []budget.Priority{budget.Stop, budget.StopAgain, budget.Start, budget.Confirm, budget.Poll}
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			s := simulate(10)
			s.busy(t)
			var all []owner
			for _, need := range needs {
				all = append(all, owners(5, need)...)
			}
			random := rand.New(rand.NewPCG(seed, 0))
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			var served []budget.Priority
			for _, turn := range s.askAll(t, all) {
				served = append(served, turn.priority)
			}
			var wanted []budget.Priority
			for _, need := range needs {
				wanted = append(wanted, need, need, need, need, need)
			}
			NewWithT(t).Expect(served).To(Equal(wanted))
		})
	}
}

func TestEqualNeedsAreServedInTheOrderTheyCame(t *testing.T) {
	t.Parallel()
	for _, need := range []budget.Priority{budget.Stop, budget.StopAgain, budget.Start, budget.Confirm, budget.Poll} {
		t.Run(need.String(), func(t *testing.T) {
			t.Parallel()
			s := simulate(10)
			s.busy(t)
			all := owners(200, need)
			var wanted []budget.Owner
			for _, o := range all {
				wanted = append(wanted, o.name)
			}
			NewWithT(t).Expect(names(s.askAll(t, all))).To(Equal(wanted))
		})
	}
}

func TestStopTakesTheNextTurnHoweverManyPollsWait(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{1, 10, 100} {
		for _, after := range []time.Duration{0, time.Millisecond, 49 * time.Millisecond, 51 * time.Millisecond, time.Second, 7 * time.Second} {
			t.Run(fmt.Sprintf("at %v after %s", limit, after), func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				s := simulate(limit)
				waiting, promised := s.ask(owners(500, budget.Poll)...)
				arrival := s.clock.Now().Add(after)
				for len(waiting) > 0 && waiting[0].at.Before(arrival) {
					s.clock.SetTime(waiting[0].at)
					again, granted := s.ask(waiting[0].owner)
					promised = append(promised, granted...)
					waiting = append(waiting[1:], again...)
				}
				s.clock.SetTime(arrival)
				stops, early := s.ask(owner{name: "stop", priority: budget.Stop})
				turns := slices.Concat(early, s.serve(t, append(waiting, stops...), punctual))
				g.Expect(turns[0].priority).To(Equal(budget.Stop))
				spacing := seconds(1.02, limit)
				soonest := arrival
				if next := promised[len(promised)-1].at.Add(spacing); next.After(arrival) {
					soonest = next
				}
				g.Expect(turns[0].at).To(BeTemporally("<=", soonest))
			})
		}
	}
}

func TestPollsUseHalfOfTheBudgetAtMost(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{1, 10, 100} {
		for name, others := range map[string]int{"alone": 0, "with others": 300} {
			t.Run(fmt.Sprintf("%s at %v", name, limit), func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				s := simulate(limit)
				turns := s.askAll(t, append(owners(300, budget.Poll), owners(others, budget.Confirm)...))
				polls := of(turns, budget.Poll)
				g.Expect(polls).To(HaveLen(300))
				for _, window := range []time.Duration{2 * time.Second, 10 * time.Second, time.Minute} {
					half := limit / 2 * window.Seconds()
					g.Expect(most(polls, window)).To(BeNumerically("<=", math.Ceil(half)), "in %s", window)
				}
				g.Expect(most(turns, time.Second)).To(BeNumerically("<=", limit))
			})
		}
	}
}

func TestPollsAloneReachHalfOfTheBudget(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	begin := s.clock.Now()
	turns := s.askAll(t, owners(500, budget.Poll))
	g.Expect(turns[499].at).To(BeTemporally("<=", begin.Add(seconds(500*1.03, 5))))
}

func TestPollsAreToldToComeAtHalfTheRate(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.busy(t)
	now := s.clock.Now()
	waiting, _ := s.ask(owners(100, budget.Poll)...)
	g.Expect(waiting[0].at).To(Equal(now.Add(askTimeout - aheadLook)))
	for i := range waiting[1:] {
		g.Expect(waiting[i+1].at).To(Equal(now.Add(askTimeout + time.Duration(i+1)*204*time.Millisecond - aheadLook)))
	}
}

func TestPollIsToldToComeRightAfterThoseBeforeIt(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.busy(t)
	now := s.clock.Now()
	s.ask(owners(50, budget.Stop)...)
	waiting, _ := s.ask(owner{name: "poll", priority: budget.Poll})
	g.Expect(waiting[0].at).To(Equal(now.Add(51*102*time.Millisecond - aheadLook)))
}

func TestOthersUseWhatPollsLeave(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	begin := s.clock.Now()
	waiting, turns := s.ask(owners(200, budget.Poll)...)
	for i := range 10 {
		s.clock.SetTime(begin.Add(time.Duration(i) * time.Second))
		again, granted := s.ask(owner{name: budget.Owner(fmt.Sprintf("confirm-%d", i)), priority: budget.Confirm})
		waiting, turns = append(waiting, again...), append(turns, granted...)
	}
	turns = append(turns, s.serve(t, waiting, punctual)...)
	g.Expect(of(turns, budget.Confirm)).To(HaveLen(10))
	g.Expect(turns[len(turns)-1].at).To(BeTemporally("<=", begin.Add(10*time.Second+seconds(200*1.03, 5))))
}

func TestOwnersThatNeverAskAgainDelayNobodyForLong(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{1, 10, 100} {
		for _, gone := range []int{1, 3, 50, 1000} {
			t.Run(fmt.Sprintf("%d at %v", gone, limit), func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				s := simulate(limit)
				s.busy(t)
				s.ask(owners(gone, budget.Stop)...)
				waiting, _ := s.ask(owner{name: "present", priority: budget.Stop})
				foreseen := s.clock.Now().Add(seconds(float64(gone+1)*1.02, limit))
				turns := s.serve(t, waiting, punctual)
				g.Expect(turns[0].at).To(BeTemporally("<=", foreseen.Add(lookahead+ahead+askTimeout)))
			})
		}
	}
}

func TestTurnComesEarlierWhenOthersLeave(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.busy(t)
	left := owners(500, budget.Stop)
	s.ask(left...)
	waiting, _ := s.ask(owner{name: "last", priority: budget.Stop})
	for _, owner := range left {
		s.account.Forget(owner.name)
	}
	begin := s.clock.Now()
	turns := s.serve(t, waiting, punctual)
	g.Expect(turns[0].at).To(BeTemporally("<=", begin.Add(longestWait+lookahead)))
}

func TestTurnComesEarlierWhenTheLimitRises(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(1)
	s.busy(t)
	stop := owner{name: "stop", priority: budget.Stop}
	s.ask(stop)
	s.limit(10)
	begin := s.clock.Now()
	_, granted := s.ask(stop)
	if len(granted) == 0 {
		s.pass(2 * time.Second)
		_, granted = s.ask(stop)
	}
	g.Expect(granted).To(HaveLen(1))
	g.Expect(granted[0].at).To(BeTemporally("<=", begin.Add(3*time.Second)))
}

func TestQueueRecoversFromRefusals(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.busy(t)
	for range 3 {
		s.account.Refused("nobody", 0)
		s.pass(time.Second)
	}
	begin := s.clock.Now()
	turns := s.askAll(t, owners(300, budget.Stop))
	g.Expect(turns[299].at).To(BeTemporally("<=", begin.Add(60*time.Second)))
}

func TestRequestThatLeftLateMakesRoomLater(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	turns := s.askAll(t, owners(10, budget.Stop))
	late := turns[0].at.Add(500 * time.Millisecond)
	s.account.Sent(turns[0].at, late)
	// Four of the turns that were granted later were used before it.
	next := s.askAll(t, owners(5, budget.Stop))
	g.Expect(next[0].at).To(BeTemporally(">", turns[1].at.Add(time.Second)))
	g.Expect(next[4].at).To(BeTemporally(">", late.Add(time.Second)))
}

func TestThoseBehindALateOneAreNotToldToAskAllTheTime(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{1, 10, 100} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s := simulate(limit)
			s.busy(t)
			late, _ := s.ask(owner{name: "late", priority: budget.Start})
			s.clock.SetTime(late[0].at.Add(ahead))
			again, granted := s.account.Turn("next", budget.Start)
			g.Expect(granted).To(BeFalse())
			g.Expect(again.Sub(s.clock.Now())).To(BeNumerically(">=", seconds(1.02, limit)/2-time.Microsecond))
		})
	}
}

func TestOwnersThatNeverAskAgainAreNotPassedTooSoon(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.busy(t)
	first, _ := s.ask(owner{name: "first", priority: budget.Stop})
	s.ask(owner{name: "second", priority: budget.Stop})
	s.clock.SetTime(first[0].at.Add(askTimeout))
	_, granted := s.account.Turn("second", budget.Stop)
	g.Expect(granted).To(BeFalse())
	s.pass(time.Nanosecond)
	_, granted = s.account.Turn("second", budget.Stop)
	g.Expect(granted).To(BeTrue())
}

func TestOwnerThatIsLateKeepsItsPlace(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.busy(t)
	late, _ := s.ask(owner{name: "late", priority: budget.Stop})
	others, _ := s.ask(owners(100, budget.Stop)...)
	s.clock.SetTime(late[0].at.Add(askTimeout + time.Millisecond))
	_, granted := s.account.Turn(others[0].owner.name, budget.Stop)
	g.Expect(granted).To(BeTrue(), "it was passed")
	waiting, turns := s.ask(late[0].owner)
	turns = append(turns, s.serve(t, append(others[1:], waiting...), punctual)...)
	g.Expect(turns[0].owner).To(BeEquivalentTo("late"))
}

func TestOwnersThatAreAllLateAreServedStill(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{20 * time.Millisecond, 200 * time.Millisecond, time.Second, 5 * time.Second} {
		t.Run(late.String(), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s := simulate(10)
			random := rand.New(rand.NewPCG(7, 0))
			begin := s.clock.Now()
			waiting, turns := s.ask(owners(1000, budget.Stop)...)
			turns = append(turns, s.serve(t, waiting, func() time.Duration { return time.Duration(random.Int64N(int64(late))) })...)
			g.Expect(turns).To(HaveLen(1000))
			g.Expect(turns[999].at).To(BeTemporally("<=", begin.Add(3*seconds(1000, 10))))
			g.Expect(most(turns, time.Second)).To(BeNumerically("<=", 10))
		})
	}
}

func TestOwnerHasOnePlace(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.busy(t)
	for range 50 {
		for _, need := range []budget.Priority{budget.Poll, budget.Stop, budget.Confirm, budget.Start} {
			s.ask(owner{name: "restless", priority: need})
		}
	}
	second, _ := s.ask(owner{name: "second", priority: budget.Start})
	first, _ := s.ask(owner{name: "restless", priority: budget.Start})
	turns := s.serve(t, append(first, second...), punctual)
	g.Expect(names(turns)).To(Equal([]budget.Owner{"restless", "second"}))
	g.Expect(turns[1].at.Sub(turns[0].at)).To(Equal(102 * time.Millisecond))
}

func TestOwnerWhoseNeedGrowsGoesAhead(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.busy(t)
	waiting, _ := s.ask(owners(100, budget.Poll)...)
	deleted := waiting[99]
	again, _ := s.ask(owner{name: deleted.owner.name, priority: budget.Stop})
	turns := s.serve(t, append(waiting[:99], again...), punctual)
	g.Expect(turns[0].owner).To(Equal(deleted.owner.name))
	g.Expect(turns[0].priority).To(Equal(budget.Stop))
	g.Expect(turns).To(HaveLen(100))
}

func TestOwnerWhoseNeedShrinksGoesBack(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.busy(t)
	waiting, _ := s.ask(owners(5, budget.Stop)...)
	polls, _ := s.ask(owners(5, budget.Poll)...)
	again, _ := s.ask(owner{name: waiting[0].owner.name, priority: budget.Poll})
	all := append(append(waiting[1:], polls...), again...)
	turns := s.serve(t, all, punctual)
	g.Expect(turns[9].owner).To(Equal(waiting[0].owner.name))
}

func TestTimeThatGoesBackwards(t *testing.T) {
	t.Parallel()
	for _, back := range []time.Duration{time.Millisecond, time.Second, time.Hour} {
		t.Run(back.String(), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s := simulate(10)
			waiting, before := s.ask(owners(20, budget.Stop)...)
			last := before[len(before)-1].at
			s.pass(-back)
			after := s.serve(t, waiting, punctual)
			g.Expect(after).To(HaveLen(len(waiting)))
			g.Expect(after[0].at).To(BeTemporally(">=", last.Add(102*time.Millisecond)))
			g.Expect(most(append(before, after...), time.Second)).To(BeNumerically("<=", 10))
		})
	}
}

func TestLimitThatFallsWhileManyWait(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	waiting, _ := s.ask(owners(50, budget.Stop)...)
	s.limit(1)
	changed := s.clock.Now()
	turns := s.serve(t, waiting, punctual)
	g.Expect(turns).To(HaveLen(49))
	g.Expect(most(turns, time.Second)).To(Equal(1))
	g.Expect(turns[48].at).To(BeTemporally("<=", changed.Add(seconds(50*1.03, 1))))
}

func TestLimitThatRisesWhileManyWait(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(1)
	waiting, _ := s.ask(owners(50, budget.Stop)...)
	s.limit(10)
	turns := s.serve(t, waiting, punctual)
	g.Expect(turns).To(HaveLen(49))
	g.Expect(most(turns, time.Second)).To(BeNumerically("<=", 10))
}

func TestRefusedPausesTheAccount(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	waiting, _ := s.ask(owners(50, budget.Stop)...)
	s.account.Refused("nobody", 0)
	refused := s.clock.Now()
	turns := s.serve(t, waiting, punctual)
	g.Expect(turns[0].at).To(Equal(refused.Add(time.Second)))
}

func TestRefusedHalvesTheRate(t *testing.T) {
	t.Parallel()
	for refusals, share := range []float64{1, 0.5, 0.25, 0.125, 0.1, 0.1} {
		t.Run(fmt.Sprint(refusals), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s := simulate(10)
			for range refusals {
				s.pass(time.Second)
				s.account.Refused("nobody", 0)
			}
			s.pass(time.Second)
			first, granted := s.account.Turn("first", budget.Stop)
			g.Expect(granted).To(BeTrue())
			again, granted := s.account.Turn("second", budget.Stop)
			g.Expect(granted).To(BeFalse())
			g.Expect(again.Add(ahead).Sub(first)).To(BeNumerically("~", seconds(1.02, 10*share), time.Microsecond))
		})
	}
}

func TestRefusedAtTheSameMomentCountsOnce(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	for range 30 {
		s.account.Refused("nobody", 0)
		s.pass(30 * time.Millisecond)
	}
	s.pass(100 * time.Millisecond)
	first, granted := s.account.Turn("first", budget.Stop)
	g.Expect(granted).To(BeTrue())
	again, _ := s.account.Turn("second", budget.Stop)
	g.Expect(again.Add(ahead).Sub(first)).To(BeNumerically("~", 204*time.Millisecond, time.Microsecond))
}

func TestAccountRestsAsLongAsAgoraAsks(t *testing.T) {
	t.Parallel()
	for asked, rest := range map[time.Duration]time.Duration{
		0: time.Second, time.Millisecond: time.Second, 7 * time.Second: 7 * time.Second, time.Hour: time.Minute,
	} {
		t.Run(asked.String(), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s := simulate(10)
			waiting, _ := s.ask(owners(5, budget.Stop)...)
			refused := s.clock.Now()
			s.account.Refused("nobody", asked)
			turns := s.serve(t, waiting, punctual)
			g.Expect(turns[0].at).To(Equal(refused.Add(rest)))
		})
	}
}

func TestLongestRestThatAgoraAsksForCounts(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	waiting, _ := s.ask(owners(5, budget.Stop)...)
	refused := s.clock.Now()
	for _, asked := range []time.Duration{0, 3 * time.Second, 2 * time.Second, 0} {
		s.account.Refused("nobody", asked)
	}
	turns := s.serve(t, waiting, punctual)
	g.Expect(turns[0].at).To(Equal(refused.Add(3 * time.Second)))
	g.Expect(turns[1].at.Sub(turns[0].at)).To(BeNumerically("~", 204*time.Millisecond, time.Microsecond), "it counts once")
}

func TestOwnerThatIsRefusedKeepsItsPlace(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	all := owners(100, budget.Stop)
	waiting, granted := s.ask(all...)
	g.Expect(granted[0].owner).To(Equal(all[0].name))
	s.account.Refused(all[0].name, 0)
	s.pass(time.Second)
	again, early := s.ask(all[0])
	turns := append(early, s.serve(t, append(waiting, again...), punctual)...)
	g.Expect(turns[0].owner).To(Equal(all[0].name))
}

func TestOwnerThatIsAnsweredGoesToTheEnd(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	all := owners(10, budget.Stop)
	waiting, _ := s.ask(all...)
	s.account.Answered(all[0].name, false)
	s.account.Refused(all[0].name, 0)
	again, _ := s.ask(all[0])
	turns := s.serve(t, append(waiting, again...), punctual)
	g.Expect(turns[9].owner).To(Equal(all[0].name))
}

func TestStopThatTakesTwoRequestsIsNotBehindThoseThatCameLater(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	all := owners(100, budget.Stop)
	waiting, _ := s.ask(all...)
	s.account.Answered(all[0].name, true)
	again, _ := s.ask(all[0])
	turns := s.serve(t, append(waiting, again...), punctual)
	g.Expect(turns[0].owner).To(Equal(all[0].name))
}

func TestNoPollSlipsInBetweenTheRequestsOfAStop(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(100)
	polls, _ := s.ask(append([]owner{{name: "stop", priority: budget.Stop}}, owners(50, budget.Poll)...)...)
	answered := s.clock.Now().Add(200 * time.Millisecond)
	var turns []turn
	for len(polls) > 0 && polls[0].at.Before(answered) {
		s.clock.SetTime(later(s.clock.Now(), polls[0].at))
		again, granted := s.ask(polls[0].owner)
		polls, turns = append(polls[1:], again...), append(turns, granted...)
	}
	g.Expect(turns).To(BeEmpty())
	s.clock.SetTime(answered)
	_, granted := s.ask(owner{name: "stop", priority: budget.Stop})
	g.Expect(granted).To(HaveLen(1))
}

func TestRequestThatWasSentAgainCounts(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	var sent []turn
	for range 30 {
		granted := s.askAll(t, owners(1, budget.Stop))
		s.account.SentAgain(granted[0].at)
		sent = append(sent, granted[0], granted[0])
	}
	g.Expect(most(sent, time.Second)).To(BeNumerically("<=", 10))
}

func TestPollIntervalGrowsWithTheNumberOfRecordings(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	g.Expect(s.account.PollInterval()).To(BeZero())
	for _, owner := range owners(1000, budget.Poll) {
		s.account.Poll(owner.name, true)
		s.account.Poll(owner.name, true)
	}
	g.Expect(s.account.PollInterval()).To(BeNumerically("~", 204*time.Second, time.Second))
	s.limit(100)
	g.Expect(s.account.PollInterval()).To(BeNumerically("~", 20400*time.Millisecond, time.Second))
	s.account.Poll("poll-0", false)
	s.budgets.Forget("account", "poll-1")
	g.Expect(s.account.PollInterval()).To(BeNumerically("~", 998*20400*time.Microsecond, time.Millisecond))
	for _, owner := range owners(2000, budget.Poll) {
		s.account.Poll(owner.name, true)
	}
	s.limit(1)
	g.Expect(s.account.PollInterval()).To(Equal(time.Hour))
}

func TestRateRecovers(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	s.account.Refused("nobody", 0)
	spacings := map[time.Duration]float64{0: 0.5, 2 * time.Second: 0.6, 8 * time.Second: 0.9, 10 * time.Second: 1, time.Hour: 1}
	rested := s.clock.Now().Add(time.Second)
	for _, after := range []time.Duration{0, 2 * time.Second, 8 * time.Second, 10 * time.Second, time.Hour} {
		s.clock.SetTime(rested.Add(after))
		first, granted := s.account.Turn("first", budget.Stop)
		g.Expect(granted).To(BeTrue())
		again, _ := s.account.Turn("second", budget.Stop)
		s.account.Forget("second")
		g.Expect(again.Add(ahead).Sub(first)).To(BeNumerically("~", seconds(1.02, 10*spacings[after]), time.Microsecond))
	}
}

func TestRefusedInTheEndServesAllStill(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(10)
	waiting, turns := s.ask(owners(100, budget.Stop)...)
	for range 5 {
		s.account.Refused("nobody", 0)
		s.pass(time.Second)
	}
	begin := s.clock.Now()
	turns = append(turns, s.serve(t, waiting, punctual)...)
	g.Expect(turns).To(HaveLen(100))
	g.Expect(turns[99].at).To(BeTemporally("<=", begin.Add(seconds(100*1.03, 1))))
}

func TestPriorityNames(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	g.Expect(budget.Stop.String()).To(Equal("stop"))
	g.Expect(budget.StopAgain.String()).To(Equal("stop-again"))
	g.Expect(budget.Start.String()).To(Equal("start"))
	g.Expect(budget.Confirm.String()).To(Equal("confirm"))
	g.Expect(budget.Poll.String()).To(Equal("poll"))
}

func TestManyAskAtOnce(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := simulate(100)
	var mu sync.Mutex
	var turns []turn
	var done sync.WaitGroup
	for i := range 20 {
		done.Go(func() {
			name := budget.Owner(fmt.Sprint(i))
			for n := range 200 {
				mu.Lock()
				s.pass(time.Millisecond)
				mu.Unlock()
				at, granted := s.account.Turn(name, budget.Priority(n%6))
				if granted {
					mu.Lock()
					turns = append(turns, turn{owner: name, at: at})
					mu.Unlock()
				}
				switch n % 50 {
				case 10:
					s.account.Forget(name)
				case 20:
					s.budgets.Account("account", budget.Source(name), 100)
				case 30:
					s.budgets.Withdraw(budget.Source(name))
				case 40:
					s.budgets.Begin()
				}
			}
		})
	}
	done.Wait()
	sortByTime(turns)
	g.Expect(turns).NotTo(BeEmpty())
	g.Expect(most(turns, time.Second)).To(BeNumerically("<=", 100))
}

func BenchmarkTurn(b *testing.B) {
	const waiting = 5000
	b.Run("asking again", func(b *testing.B) {
		s := simulate(10)
		all := owners(waiting, budget.Stop)
		s.ask(all...)
		for i := 0; b.Loop(); i++ {
			o := all[i%waiting]
			s.account.Turn(o.name, o.priority)
		}
	})
	b.Run("served and back", func(b *testing.B) {
		s := simulate(10)
		all := owners(waiting, budget.Stop)
		s.ask(all...)
		for i := 1; b.Loop(); i++ {
			s.pass(102 * time.Millisecond)
			for range 2 {
				o := all[i%waiting]
				s.account.Turn(o.name, o.priority)
			}
		}
	})
}
