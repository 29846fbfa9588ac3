// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
)

// waitingRoom is a reconciler with an account of one request a second.
type waitingRoom struct {
	*CloudRecordingReconciler
	clock *clocktesting.FakeClock
}

func newWaitingRoom() waitingRoom {
	clock := clocktesting.NewFakeClock(noon)
	return waitingRoom{
		CloudRecordingReconciler: &CloudRecordingReconciler{
			Clock:   clock,
			budgets: budget.New(clock),
			waiting: rate.NewLimiter(waitingRate, waitingBurst),
		},
		clock: clock,
	}
}

// wait returns how long a recording's status is postponed.
func (w waitingRoom) wait(uid types.UID, s situation, known *remembered) time.Duration {
	s.recording.UID = uid
	decided := decide(&s.recording, s.observed, DefaultSettings())
	return w.postpone(&s.recording, known, s.observed, decided, credentials{account: "account", requestsPerSecond: 1})
}

func (w waitingRoom) crowd(recordings int) {
	for i := range recordings {
		w.wait(types.UID(fmt.Sprint(i)), given(wantedStopped), &remembered{})
	}
}

// TestThoseThatBeginToWaitSaySoOneAfterAnother states how fast thousands that
// begin to wait together are written, and that none loses its turn by it.
func TestThoseThatBeginToWaitSaySoOneAfterAnother(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWaitingRoom()
	at := map[time.Duration]int{}
	for i := range 5000 {
		known := remembered{}
		wait := w.wait(types.UID(fmt.Sprint(i)), given(wantedStopped), &known)
		g.Expect(wait).To(BeNumerically("<=", 10*time.Second), "it has to ask for its turn again")
		if !known.writeAt.IsZero() {
			at[known.writeAt.Sub(noon).Truncate(time.Second)]++
		}
	}
	g.Expect(len(at)).To(BeNumerically("~", 5000/int(waitingRate), 1))
	for second, writes := range at {
		g.Expect(writes).To(BeNumerically("<=", int(waitingRate)+waitingBurst), "in the second from %v", second)
	}
}

func TestPostponedStatusKeepsItsTime(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWaitingRoom()
	w.crowd(9*int(waitingRate) + waitingBurst)
	known := remembered{}
	g.Expect(w.wait("last", given(wantedStopped), &known)).To(BeNumerically("~", 9*time.Second, time.Second))
	writeAt := known.writeAt
	w.clock.Step(5 * time.Second)
	g.Expect(w.wait("last", given(wantedStopped), &known)).To(Equal(writeAt.Sub(w.clock.Now())))
	w.clock.SetTime(writeAt)
	g.Expect(w.wait("last", given(wantedStopped), &known)).To(BeZero())
}

// TestWhatIsNotPostponed states what is written at once, however many wait.
func TestWhatIsNotPostponed(t *testing.T) {
	t.Parallel()
	wanted := given(wantedStopped)
	for name, recording := range map[string]situation{
		"a recording that runs":                    given(),
		"a recording of which news has come":       given(wantedStopped, restarted, answered(queryAnswer(agora.NotKnown, 0))),
		"a recording whose status says it already": wanted.after(wanted.decide(), 0),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			w := newWaitingRoom()
			w.crowd(1000)
			g.Expect(w.wait("last", recording, &remembered{})).To(BeZero())
		})
	}
	t.Run("a recording whose turn is near", func(t *testing.T) {
		t.Parallel()
		g := NewWithT(t)
		g.Expect(newWaitingRoom().wait("only", given(wantedStopped), &remembered{})).To(BeZero())
	})
}
