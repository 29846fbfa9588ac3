// SPDX-License-Identifier: Apache-2.0

package tasks

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// shop runs tasks for one recording in simulated time.
type shop struct {
	*Runner[string]
	clock     *clocktesting.FakeClock
	permitted atomic.Bool
	recording *v1alpha1.CloudRecording
}

func newShop() *shop {
	s := &shop{
		clock:     clocktesting.NewFakeClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)),
		recording: &v1alpha1.CloudRecording{ObjectMeta: metav1.ObjectMeta{Namespace: "school", Name: "lesson", UID: "1"}},
	}
	s.permitted.Store(true)
	s.Runner = NewRunner[string](s.clock, func(time.Duration) bool { return s.permitted.Load() })
	return s
}

// beginDeniable starts a task whose turn is a second ahead. It returns whether the task ran
// and whether it was denied.
func (s *shop) beginDeniable(t *testing.T) (ran, denied *atomic.Bool) {
	t.Helper()
	ran, denied = &atomic.Bool{}, &atomic.Bool{}
	s.Start(t.Context(), s.recording, Task[string]{
		What: "work", Turn: s.clock.Now().Add(time.Second),
		Run:    func(context.Context) string { ran.Store(true); return "" },
		Denied: func() { denied.Store(true) },
	})
	NewWithT(t).Eventually(s.clock.HasWaiters).Should(BeTrue())
	return ran, denied
}

func (s *shop) begin(t *testing.T, turn time.Time, run func(context.Context) string) {
	t.Helper()
	s.Start(t.Context(), s.recording, Task[string]{What: "work", Turn: turn, Run: run})
}

func TestTaskBeginsAtItsTurnAndIsKept(t *testing.T) {
	g := NewWithT(t)
	s := newShop()
	s.begin(t, s.clock.Now().Add(time.Second), func(context.Context) string { return "done" })
	g.Eventually(s.clock.HasWaiters).Should(BeTrue())
	g.Expect(s.IsFinished("1")).To(BeFalse())
	s.clock.Step(time.Second)
	g.Eventually(s.Finished).Should(Receive(HaveField("Object.Name", "lesson")))
	_, result := s.Observe("1")
	g.Expect(*result).To(Equal("done"))
	s.Settle("1", result)
	g.Expect(s.Holds("1")).To(BeFalse())
}

func TestTaskDoesNotBeginOnceAnotherProcessMayLead(t *testing.T) {
	g := NewWithT(t)
	s := newShop()
	var ran atomic.Bool
	s.begin(t, s.clock.Now().Add(time.Second), func(context.Context) string { ran.Store(true); return "" })
	g.Eventually(s.clock.HasWaiters).Should(BeTrue())
	s.permitted.Store(false)
	s.clock.Step(time.Second)
	g.Eventually(s.clock.HasWaiters).Should(BeTrue())
	g.Consistently(s.Finished, 50*time.Millisecond).ShouldNot(Receive())
	s.clock.Step(DeniedRetry)
	g.Eventually(s.Finished).Should(Receive(HaveField("Object.Name", "lesson")), "it is to be decided on again")
	g.Expect(s.Holds("1")).To(BeFalse())
	g.Expect(ran.Load()).To(BeFalse())
}

func TestTaskWhoseTurnComesWhileTheProcessEndsDoesNotBegin(t *testing.T) {
	g := NewWithT(t)
	s := newShop()
	ran, denied := s.beginDeniable(t)
	drained := make(chan struct{})
	go func() { defer close(drained); s.Drain() }()
	g.Eventually(s.isDraining).Should(BeTrue())
	s.clock.Step(time.Second)
	g.Eventually(drained).Should(BeClosed())
	g.Expect(ran.Load()).To(BeFalse())
	g.Expect(denied.Load()).To(BeTrue())
}

func TestTaskThatPanicsIsTriedAgainAfterAWhile(t *testing.T) {
	g := NewWithT(t)
	s := newShop()
	s.begin(t, s.clock.Now(), func(context.Context) string { panic("broken") })
	g.Eventually(s.clock.HasWaiters).Should(BeTrue())
	g.Expect(s.Holds("1")).To(BeTrue(), "no other begins meanwhile")
	g.Consistently(s.Finished, 50*time.Millisecond).ShouldNot(Receive())
	s.clock.Step(LongestErrorRetry)
	g.Eventually(s.Finished).Should(Receive(HaveField("Object.Name", "lesson")))
	g.Expect(s.Holds("1")).To(BeFalse())
	s.Drain()
}

func TestTaskThatPanicsDoesNotHoldUpTheEnd(t *testing.T) {
	s := newShop()
	s.begin(t, s.clock.Now(), func(context.Context) string { panic("broken") })
	NewWithT(t).Eventually(s.clock.HasWaiters).Should(BeTrue())
	s.Drain()
}

func TestTaskThatWaitsForItsTurnCanBeWithdrawn(t *testing.T) {
	g := NewWithT(t)
	s := newShop()
	ran, denied := s.beginDeniable(t)
	s.Withdraw("1")
	g.Expect(s.Holds("1")).To(BeFalse())
	g.Expect(denied.Load()).To(BeTrue(), "its turn is given back")
	s.clock.Step(time.Hour)
	s.Drain()
	g.Expect(ran.Load()).To(BeFalse())
}

func TestTaskThatHasBegunCannotBeWithdrawn(t *testing.T) {
	g := NewWithT(t)
	s := newShop()
	begun, end := make(chan struct{}), make(chan struct{})
	s.begin(t, s.clock.Now(), func(context.Context) string { close(begun); <-end; return "done" })
	g.Eventually(begun).Should(BeClosed())
	s.Withdraw("1")
	g.Expect(s.Holds("1")).To(BeTrue())
	close(end)
	g.Eventually(s.Finished).Should(Receive())
	s.Withdraw("1")
	g.Expect(s.IsFinished("1")).To(BeTrue())
}

func TestTaskThatPanicsHasAResultWhereItMayHaveTakenEffect(t *testing.T) {
	g := NewWithT(t)
	s := newShop()
	broken := "nobody knows"
	s.Start(t.Context(), s.recording, Task[string]{What: "work", Run: func(context.Context) string { panic("broken") }, Broken: &broken})
	g.Eventually(s.clock.HasWaiters).Should(BeTrue())
	s.clock.Step(LongestErrorRetry)
	g.Eventually(s.Finished).Should(Receive(HaveField("Object.Name", "lesson")))
	_, result := s.Observe("1")
	g.Expect(*result).To(Equal(broken))
}
