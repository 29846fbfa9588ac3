// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/notifications"
)

// TestStopWithoutAStatusIsRepeatedLessAndLessOften states that steps that could not be
// written are decided on as if they had been.
func TestStopWithoutAStatusIsRepeatedLessAndLessOften(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	stored := given(wantedStopped)
	lost := Unwritten{}
	at := recordingtest.Noon
	decideAt := func(now time.Time, change modifier) Decision {
		s := stored
		s.recording = *stored.recording.DeepCopy()
		s.observed.Now, s.observed.AskedAt = now, now
		if change != nil {
			change(&s)
		}
		step := s.observed
		d := Decide(lost.Replay(&s.recording, &s.observed, DefaultSettings()), s.observed, DefaultSettings())
		lost = lost.With(step)
		return d
	}
	g.Expect(decideAt(at, nil).Action).To(Equal(ActionStop))
	for _, delay := range []time.Duration{time.Second, 3 * time.Second, 6 * time.Second, 12 * time.Second} {
		at = at.Add(100 * time.Millisecond)
		failed := stopAnswer(503, 0, agora.NotKnown, agora.Report{})
		d := decideAt(at, func(s *situation) { s.observed.Answer = &failed })
		g.Expect(d.Action).To(Equal(ActionNone))
		g.Expect(d.RequeueAt).To(Equal(at.Add(delay)))
		g.Expect(d.Status.StopRequestedTime.Time).To(BeTemporally("==", recordingtest.Noon))
		at = at.Add(delay)
		g.Expect(decideAt(at, nil).Action).To(Equal(ActionStop))
	}
	stopped := stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Uploaded})
	d := decideAt(at, func(s *situation) { s.observed.Answer = &stopped })
	g.Expect(d.Status.Phase).To(Equal(v1alpha1.PhaseCompleted))

	// The same is true whenever the recording is decided on again.
	d = decideAt(at.Add(time.Hour), nil)
	g.Expect(d.Status.Phase).To(Equal(v1alpha1.PhaseCompleted))
	g.Expect(d.Status.StoppedTime.Time).To(BeTemporally("==", at.Truncate(time.Second)))
	g.Expect(stored.recording.Status.StopRequestedTime).To(BeNil(), "the stored object is left alone")
}

// TestUnwrittenKeepsTheAnswersToStops states what is dropped when much cannot be written.
func TestUnwrittenKeepsTheAnswersToStops(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	lost := Unwritten{}
	for i := range 3 * maxUnwritten {
		answer := queryAnswer(agora.Succeeded, 5)
		if i == 1 {
			answer = stopAnswer(200, 0, agora.Succeeded, agora.Report{Files: []v1alpha1.RecordedFile{{FileName: "index.m3u8"}}})
		}
		answer.RequestID = fmt.Sprint(i)
		lost = lost.With(Observation{Answer: &answer})
	}
	g.Expect(lost.Steps).To(HaveLen(maxUnwritten))
	g.Expect(lost.Steps[0].Answer.Method).To(Equal(agora.MethodStop))
	g.Expect(lost.Steps[maxUnwritten-1].Answer.RequestID).To(Equal(fmt.Sprint(3*maxUnwritten - 1)))

	for range 2 * maxUnwritten {
		answer := stopAnswer(200, 0, agora.Succeeded, agora.Report{})
		lost = lost.With(Observation{Answer: &answer})
	}
	g.Expect(lost.Steps).To(HaveLen(maxUnwritten), "it is bounded in any case")
}

// TestUnwrittenKeepsSettledNotifications states that notifications are not lost if the
// object is released without a write, and cannot be deleted yet.
func TestUnwrittenKeepsSettledNotifications(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	s := given(wantedStopped)
	notified := s.observed
	notified.Events = []notifications.Event{happened(notifications.CloudRecordingFileInfos, 0, files("told.m3u8"))}
	g.Expect(Unwritten{}.With(notified).Replay(&s.recording, &s.observed, DefaultSettings()).Status.FileList).To(BeEmpty())
	g.Expect(Unwritten{}.WithSettled(notified).Replay(&s.recording, &s.observed, DefaultSettings()).Status.FileList).
		To(ConsistOf(HaveField("FileName", "told.m3u8")))
}

// TestUnwrittenIsOverdue states when the operator goes on without writing.
func TestUnwrittenIsOverdue(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	g.Expect(Unwritten{}.IsOverdue(recordingtest.Noon)).To(BeFalse())
	lost := Unwritten{}.Failed(recordingtest.Noon)
	g.Expect(lost.IsOverdue(recordingtest.Noon.Add(WriteGrace - 1))).To(BeFalse())
	g.Expect(lost.IsOverdue(recordingtest.Noon.Add(WriteGrace))).To(BeTrue())
	g.Expect(lost.Failed(recordingtest.Noon.Add(time.Minute)).Since).To(Equal(recordingtest.Noon), "what counts is the first failure in a row")
	g.Expect(lost.With(Observation{}).IsOverdue(recordingtest.Noon)).To(BeTrue())
}

// TestUnwrittenIsTriedAgain states how long the next write waits: never longer than until
// the operator goes on without it.
func TestUnwrittenIsTriedAgain(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	lost := Unwritten{}
	now := recordingtest.Noon
	for !lost.IsOverdue(now) {
		lost = lost.Failed(now)
		wait := lost.RetryAfter(now)
		g.Expect(wait).To(BeNumerically(">", 0))
		now = now.Add(wait)
		g.Expect(now).To(BeTemporally("<=", recordingtest.Noon.Add(WriteGrace)))
	}
	g.Expect(lost.Failures).To(BeNumerically("<", 10))
	for range 100 {
		lost = lost.Failed(now)
	}
	g.Expect(lost.RetryAfter(now)).To(Equal(longestWriteRetry))
}

// TestActionsThatNeedARecord states which actions wait for the status to be written.
func TestActionsThatNeedARecord(t *testing.T) {
	t.Parallel()
	for action, needed := range map[Action]bool{
		ActionNone: false, ActionQuery: false, ActionStop: false, ActionVerify: false, ActionRelease: false,
		ActionAddFinalizer: true, ActionAcquire: true, ActionStart: true, ActionUpdate: true, ActionUpdateLayout: true,
	} {
		NewWithT(t).Expect(action.NeedsRecord()).To(Equal(needed), string(action))
	}
}
