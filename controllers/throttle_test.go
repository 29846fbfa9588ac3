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

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/internal/secrets"
)

// waitingRoom is a reconciler with an account of one request a second.
type waitingRoom struct {
	*CloudRecordingReconciler
	clock *clocktesting.FakeClock
}

func newWaitingRoom() waitingRoom {
	clock := clocktesting.NewFakeClock(recordingtest.Noon)
	return waitingRoom{
		CloudRecordingReconciler: &CloudRecordingReconciler{
			Clock:   clock,
			budgets: budget.New(clock),
			waiting: rate.NewLimiter(waitingRate, waitingBurst),
		},
		clock: clock,
	}
}

// looked is what is observed of a recording whose files were read a moment ago, so that
// it is stopped next.
func looked(now time.Time) decision.Observation {
	return decision.Observation{
		Now: now, LeadingSince: recordingtest.Noon.Add(-time.Hour), CredentialsVersion: "1",
		Memory: decision.Memory{LastQueried: now, SnapshotTried: true, Trigger: decision.Trigger{Generation: 1, CredentialsVersion: "1"}},
	}
}

// wait returns how long a recording's status is postponed.
func (w waitingRoom) wait(uid types.UID, recording *v1alpha1.CloudRecording, known *tracked, answers ...*agora.Answer) time.Duration {
	recording.UID = uid
	observed := looked(w.clock.Now())
	for _, answer := range answers {
		observed.Answer, observed.AnswerSession = answer, recording.Spec.SID
	}
	decided := decision.Decide(recording, observed, decision.DefaultSettings())
	return w.throttleStatusWrite(recording, known, observed, decided, secrets.Credentials{Account: "account", RequestsPerSecond: 1})
}

func (w waitingRoom) crowd(recordings int) {
	for i := range recordings {
		w.wait(types.UID(fmt.Sprint(i)), running(toStop), &tracked{})
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
		known := tracked{}
		wait := w.wait(types.UID(fmt.Sprint(i)), running(toStop), &known)
		g.Expect(wait).To(BeNumerically("<=", 10*time.Second), "it has to ask for its turn again")
		if !known.writeAt.IsZero() {
			at[known.writeAt.Sub(recordingtest.Noon).Truncate(time.Second)]++
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
	known := tracked{}
	g.Expect(w.wait("last", running(toStop), &known)).To(BeNumerically("~", 9*time.Second, time.Second))
	writeAt := known.writeAt
	w.clock.Step(5 * time.Second)
	g.Expect(w.wait("last", running(toStop), &known)).To(Equal(writeAt.Sub(w.clock.Now())))
	w.clock.SetTime(writeAt)
	g.Expect(w.wait("last", running(toStop), &known)).To(BeZero())
}

// TestWhatIsNotPostponed states what is written at once, however many wait.
func TestWhatIsNotPostponed(t *testing.T) {
	t.Parallel()
	waits := running(toStop)
	said := decision.Decide(waits, looked(recordingtest.Noon), decision.DefaultSettings())
	waits.Status = said.Status
	for name, test := range map[string]struct {
		recording *v1alpha1.CloudRecording
		answers   []*agora.Answer
	}{
		"a recording that runs":                    {recording: running()},
		"a recording of which news has come":       {running(toStop), []*agora.Answer{{Method: agora.MethodQuery, Conclusion: agora.NotKnown}}},
		"a recording whose status says it already": {recording: waits},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			w := newWaitingRoom()
			w.crowd(1000)
			g.Expect(w.wait("last", test.recording, &tracked{}, test.answers...)).To(BeZero())
		})
	}
	t.Run("a recording whose turn is near", func(t *testing.T) {
		t.Parallel()
		g := NewWithT(t)
		g.Expect(newWaitingRoom().wait("only", running(toStop), &tracked{})).To(BeZero())
	})
}
