// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// TestStopWithoutAStatusIsRepeatedLessAndLessOften states that what nothing could be
// written of is decided on as if it had been.
func TestStopWithoutAStatusIsRepeatedLessAndLessOften(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	stored := given(wantedStopped)
	lost := unwritten{}
	at := noon
	decideAt := func(now time.Time, change modifier) decision {
		s := stored
		s.recording = *stored.recording.DeepCopy()
		s.observed.now, s.observed.askedAt = now, now
		if change != nil {
			change(&s)
		}
		step := s.observed
		d := decide(lost.replay(&s.recording, &s.observed, DefaultSettings()), s.observed, DefaultSettings())
		lost = lost.with(step)
		return d
	}
	g.Expect(decideAt(at, nil).action).To(Equal(actionStop))
	for _, delay := range []time.Duration{time.Second, 3 * time.Second, 6 * time.Second, 12 * time.Second} {
		at = at.Add(100 * time.Millisecond)
		failed := stopAnswer(503, 0, agora.NotKnown, agora.Report{})
		d := decideAt(at, func(s *situation) { s.observed.answer = &failed })
		g.Expect(d.action).To(Equal(actionNone))
		g.Expect(d.lookAgain).To(Equal(at.Add(delay)))
		g.Expect(d.status.StopRequestedTime.Time).To(BeTemporally("==", noon))
		at = at.Add(delay)
		g.Expect(decideAt(at, nil).action).To(Equal(actionStop))
	}
	stopped := stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Uploaded})
	d := decideAt(at, func(s *situation) { s.observed.answer = &stopped })
	g.Expect(d.status.Phase).To(Equal(v1alpha1.PhaseCompleted))

	// The same is true whenever it is decided on again.
	d = decideAt(at.Add(time.Hour), nil)
	g.Expect(d.status.Phase).To(Equal(v1alpha1.PhaseCompleted))
	g.Expect(d.status.StoppedTime.Time).To(BeTemporally("==", at.Truncate(time.Second)))
	g.Expect(stored.recording.Status.StopRequestedTime).To(BeNil(), "the stored object is left alone")
}

// TestUnwrittenKeepsTheAnswersToStops states what makes room where much cannot be written.
func TestUnwrittenKeepsTheAnswersToStops(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	lost := unwritten{}
	for i := range 3 * maxUnwritten {
		answer := queryAnswer(agora.Succeeded, 5)
		if i == 1 {
			answer = stopAnswer(200, 0, agora.Succeeded, agora.Report{Files: []v1alpha1.RecordedFile{{FileName: "index.m3u8"}}})
		}
		answer.RequestID = fmt.Sprint(i)
		lost = lost.with(observation{answer: &answer})
	}
	g.Expect(lost.steps).To(HaveLen(maxUnwritten))
	g.Expect(lost.steps[0].answer.Method).To(Equal(agora.MethodStop))
	g.Expect(lost.steps[maxUnwritten-1].answer.RequestID).To(Equal(fmt.Sprint(3*maxUnwritten - 1)))

	for range 2 * maxUnwritten {
		answer := stopAnswer(200, 0, agora.Succeeded, agora.Report{})
		lost = lost.with(observation{answer: &answer})
	}
	g.Expect(lost.steps).To(HaveLen(maxUnwritten), "it is bounded in any case")
}

// TestUnwrittenIsOverdue states when the operator goes on without writing.
func TestUnwrittenIsOverdue(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	g.Expect(unwritten{}.isOverdue(noon)).To(BeFalse())
	lost := unwritten{}.failed(noon)
	g.Expect(lost.isOverdue(noon.Add(writeGrace - 1))).To(BeFalse())
	g.Expect(lost.isOverdue(noon.Add(writeGrace))).To(BeTrue())
	g.Expect(lost.failed(noon.Add(time.Minute)).since).To(Equal(noon), "what counts is the first failure in a row")
	g.Expect(lost.with(observation{}).isOverdue(noon)).To(BeTrue())
}

// TestUnwrittenIsTriedAgain states how long the next write waits: never beyond the
// moment from which the operator goes on without.
func TestUnwrittenIsTriedAgain(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	lost := unwritten{}
	now := noon
	for !lost.isOverdue(now) {
		lost = lost.failed(now)
		wait := lost.retryAfter(now)
		g.Expect(wait).To(BeNumerically(">", 0))
		now = now.Add(wait)
		g.Expect(now).To(BeTemporally("<=", noon.Add(writeGrace)))
	}
	g.Expect(lost.failures).To(BeNumerically("<", 10))
	for range 100 {
		lost = lost.failed(now)
	}
	g.Expect(lost.retryAfter(now)).To(Equal(longestErrorRetry))
}

// TestActionsThatNeedARecord states what is done only once it is written.
func TestActionsThatNeedARecord(t *testing.T) {
	t.Parallel()
	for action, needed := range map[action]bool{
		actionNone: false, actionQuery: false, actionStop: false, actionLook: false, actionRelease: false,
		actionAddFinalizer: true, actionAcquire: true, actionStart: true, actionUpdate: true, actionUpdateLayout: true,
	} {
		NewWithT(t).Expect(action.needsRecord()).To(Equal(needed), string(action))
	}
}
