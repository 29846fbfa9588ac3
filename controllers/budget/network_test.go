// SPDX-License-Identifier: Apache-2.0

package budget_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/controllers/budget"
)

// maxDelay is the longest that an answer may take to show when its request arrived.
const maxDelay = 100 * time.Millisecond

// request is a request on its way to Agora and back.
type request struct{ sent, arrives, answered time.Time }

// network delays each request as it likes.
type network struct {
	simulation
	onTheWay []request
	arrived  []turn
}

func (n *network) send(at time.Time, to, back time.Duration) {
	n.onTheWay = append(n.onTheWay, request{sent: at, arrives: at.Add(to), answered: at.Add(to + back)})
	n.arrived = append(n.arrived, turn{at: at.Add(to)})
}

// passUntil lets time pass, and delivers the answers that come in that time.
func (n *network) passUntil(end time.Time) {
	slices.SortFunc(n.onTheWay, func(a, b request) int { return a.answered.Compare(b.answered) })
	for len(n.onTheWay) > 0 && !n.onTheWay[0].answered.After(end) {
		next := n.onTheWay[0]
		n.onTheWay = n.onTheWay[1:]
		n.clock.SetTime(later(n.clock.Now(), next.answered))
		n.account.Answers(next.sent, n.clock.Now())
	}
	n.clock.SetTime(later(n.clock.Now(), end))
}

func TestNoMoreArriveThanTheLimitAllowsThoughTheNetworkDelaysUnevenly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]int{1, 3, 10, 50}).Draw(t, "limit")
		n := network{simulation: simulate(float64(limit))}
		milliseconds := func(most int, label string) time.Duration {
			return time.Duration(rapid.IntRange(0, most).Draw(t, label)) * time.Millisecond
		}
		for i := range 4 * limit {
			for granted := false; !granted; {
				var at time.Time
				at, granted = n.account.Turn(budget.Owner(fmt.Sprint(i)), budget.Stop)
				n.passUntil(at)
				if granted {
					n.send(at, milliseconds(90, "to Agora"), milliseconds(10, "back"))
				}
			}
		}
		slices.SortFunc(n.arrived, func(a, b turn) int { return a.at.Compare(b.at) })
		if found := most(n.arrived, time.Second); found > limit {
			t.Fatalf("%d requests arrive within a second, of %d that the limit allows", found, limit)
		}
	})
}

func TestAnAnswerThatTookLongKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	for delay, want := range map[time.Duration]time.Duration{
		10 * time.Millisecond:       1020 * time.Millisecond,
		maxDelay:                    time.Second + maxDelay,
		maxDelay + time.Millisecond: 1020 * time.Millisecond,
		900 * time.Millisecond:      1020 * time.Millisecond,
	} {
		t.Run(delay.String(), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s := simulate(10)
			turns := s.askAll(t, owners(10, budget.Stop))
			for _, taken := range turns {
				s.account.Answers(taken.at, taken.at.Add(delay))
			}
			next := s.askAll(t, []owner{{name: "next", priority: budget.Stop}})
			g.Expect(next[0].at).To(BeTemporally("~", turns[0].at.Add(want), time.Millisecond))
		})
	}
}
