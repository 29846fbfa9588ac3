// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"container/heap"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// sharedAccount simulates many recordings that share an account. Each is decided on when
// the controller would do so, and makes its calls at its turns.
type sharedAccount struct {
	clock     *clocktesting.FakePassiveClock
	account   *budget.Account
	begin     time.Time
	scheduled callSchedule
	number    int
	members   []*accountMember
}

// accountMember is a recording that uses the account.
type accountMember struct {
	situation situation
	owner     budget.Owner
	// runs means that Agora finds the recorder.
	runs bool
	// last is the latest decision.
	last      Decision
	decidedAt time.Time
	// called is the method of the call in progress, and answerAt is when it is answered.
	called   agora.Method
	answerAt time.Time

	requests int
	ended    time.Duration
}

const (
	// answerLatency is how long Agora takes to answer.
	answerLatency = 100 * time.Millisecond

	// decideAgainAfter is how long a decision that waits for its turn is reused. The
	// controller decides anew each time, which takes time and changes nothing.
	decideAgainAfter = 2 * time.Minute
)

func newSharedAccount(requestsPerSecond float64) *sharedAccount {
	clock := clocktesting.NewFakePassiveClock(recordingtest.Noon)
	budgets := budget.New(clock)
	budgets.Begin()
	return &sharedAccount{
		clock: clock, begin: recordingtest.Noon, account: budgets.Account("account", "secret", requestsPerSecond),
	}
}

// join adds a recording that should be stopped some time after the beginning.
func (c *sharedAccount) join(runs bool, after time.Duration) *accountMember {
	s := given(wantedStopped, restarted)
	s.observed.LeadingSince = c.begin
	s.recording.UID = types.UID(fmt.Sprint(len(c.members)))
	member := &accountMember{situation: s, owner: budget.Owner(s.recording.UID), runs: runs}
	c.members = append(c.members, member)
	c.schedule(member, c.begin.Add(after))
	return member
}

func (c *sharedAccount) joinAll(count int) []*accountMember {
	for range count {
		c.join(false, 0)
	}
	return c.members
}

func (c *sharedAccount) schedule(member *accountMember, at time.Time) {
	c.number++
	heap.Push(&c.scheduled, scheduledCall{member: member, at: at, number: c.number})
}

// run continues until every recording counts as ended, or the time is over.
func (c *sharedAccount) run(limit time.Duration) {
	for len(c.scheduled) > 0 {
		next := heap.Pop(&c.scheduled).(scheduledCall) //nolint:errcheck // holds nothing else
		if next.at.Sub(c.begin) > limit {
			return
		}
		if next.at.After(c.clock.Now()) {
			c.clock.SetTime(next.at)
		}
		c.reconcile(next.member)
	}
}

func (c *sharedAccount) reconcile(member *accountMember) {
	now := c.clock.Now()
	s := &member.situation
	s.observed.Now, s.observed.Answer = now, nil
	if member.called != "" {
		answer := member.answer()
		s.observed.Answer, s.observed.AskedAt = &answer, member.answerAt.Add(-answerLatency)
		c.account.Answered(member.owner, member.called == agora.MethodQuery && member.last.Priority == budget.Stop)
		member.called = ""
	}
	if s.observed.Answer != nil || !member.last.Action.IsCall() || now.Sub(member.decidedAt) > decideAgainAfter {
		member.last, member.decidedAt = Decide(&s.recording, s.observed, DefaultSettings()), now
		s.recording.Status, s.observed.Memory = member.last.Status, member.last.Memory
		if lifecycle.HasEnded(&s.recording.Status.SessionStatus) {
			member.ended = now.Sub(c.begin)
			c.account.Forget(member.owner)
			return
		}
	}
	c.act(member)
}

func (c *sharedAccount) act(member *accountMember) {
	if !member.last.Action.IsCall() {
		if !member.last.Returns {
			c.account.Forget(member.owner)
		}
		c.schedule(member, member.last.RequeueAt)
		return
	}
	turn, granted := c.account.Turn(member.owner, member.last.Priority)
	if !granted {
		c.schedule(member, Earliest(turn, member.last.RequeueAt))
		return
	}
	member.requests++
	member.called, member.answerAt = agora.MethodStop, turn.Add(answerLatency)
	if member.last.Action == ActionQuery {
		member.called = agora.MethodQuery
	}
	c.schedule(member, member.answerAt)
}

// answer returns what Agora says.
func (m *accountMember) answer() agora.Answer {
	switch {
	case !m.runs:
		return agora.Answer{Method: m.called, HTTPStatus: 404, Code: 404, Conclusion: agora.NotFound}
	case m.called == agora.MethodQuery:
		return queryAnswer(agora.Succeeded, 5)
	default:
		return stopAnswer(200, 0, agora.Succeeded, agora.Report{})
	}
}

type scheduledCall struct {
	member *accountMember
	at     time.Time
	number int
}

// callSchedule is a heap of appointments.
type callSchedule []scheduledCall

func (a callSchedule) Len() int      { return len(a) }
func (a callSchedule) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *callSchedule) Push(x any)   { *a = append(*a, x.(scheduledCall)) } //nolint:errcheck // holds nothing else

func (a callSchedule) Less(i, j int) bool {
	if !a[i].at.Equal(a[j].at) {
		return a[i].at.Before(a[j].at)
	}
	return a[i].number < a[j].number
}

func (a *callSchedule) Pop() any {
	last := len(*a) - 1
	popped := (*a)[last]
	*a = (*a)[:last]
	return popped
}

// many returns how many recordings share an account in tests that need many.
func many() int {
	if testing.Short() {
		return 600
	}
	return 2000
}

// TestManyOfUnfoundEnds states that recordings whose recorders are gone all count as ended
// eventually, however many of them share an account.
func TestManyOfUnfoundEnds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		recordings int
		limit      float64
	}{
		{1, 10}, {320, 1}, {500, 1}, {many(), 10}, {many(), 1},
	} {
		t.Run(fmt.Sprintf("%d at %v a second", test.recordings, test.limit), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			c := newSharedAccount(test.limit)
			members := c.joinAll(test.recordings)
			// Each takes four requests, a fiftieth of each second is unused, and then there is the
			// grace period.
			expected := time.Duration(4.2*float64(test.recordings)/test.limit*float64(time.Second)) + 4*time.Minute
			c.run(expected)
			requests, most, last := 0, 0, time.Duration(0)
			for _, member := range members {
				g.Expect(member.situation.recording.Status.StoppedReason).To(Equal(v1alpha1.RecordingEndedReason), "%s", member.owner)
				g.Expect(member.ended).To(BeNumerically(">=", DefaultSettings().NotFoundGrace))
				requests += member.requests
				most, last = max(most, member.requests), max(last, member.ended)
			}
			t.Logf("%d requests, %d at the most for one, the last ended after %s", requests, most, last)
			if test.recordings > 1 {
				g.Expect(most).To(BeNumerically("<=", 5))
			}
		})
	}
}

// TestManyOfUnfoundHoldsUpNoStop states that a running recording is stopped at once,
// although Agora finds no recorder for thousands of others, which are tried again.
func TestManyOfUnfoundHoldsUpNoStop(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	c := newSharedAccount(10)
	c.joinAll(many())
	// By then, each has been answered once and is being tried again.
	const after = 10 * time.Minute
	var running []*accountMember
	for range 20 {
		running = append(running, c.join(true, after))
	}
	c.run(after + time.Minute)
	for _, member := range running {
		g.Expect(member.situation.recording.Status.StoppedReason).To(Equal(v1alpha1.StopAcknowledgedReason))
		g.Expect(member.ended - after).To(BeNumerically("<", 10*time.Second))
	}
}
