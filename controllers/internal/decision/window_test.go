// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// within sets a window by how long from now it opens and closes.
func within(opens, closes time.Duration) modifier {
	return func(s *situation) {
		s.recording.Spec.Window = &v1alpha1.RecordingWindow{
			Start: &metav1.Time{Time: recordingtest.Noon.Add(opens)}, End: &metav1.Time{Time: recordingtest.Noon.Add(closes)},
		}
	}
}

// until sets a window without a start.
func until(closes time.Duration) modifier {
	return func(s *situation) {
		s.recording.Spec.Window = &v1alpha1.RecordingWindow{End: &metav1.Time{Time: recordingtest.Noon.Add(closes)}}
	}
}

func createdAgo(d time.Duration) modifier {
	return func(s *situation) {
		s.recording.CreationTimestamp = metav1.Time{Time: recordingtest.Noon.Add(-d)}
	}
}

func adopted(*situation) {}

func maxDurationOf(d time.Duration) modifier {
	return func(s *situation) { s.recording.Spec.MaxDuration = &metav1.Duration{Duration: d} }
}

func completingEmpty(s *situation) {
	s.recording.Spec.OnChannelEmpty = v1alpha1.ChannelEmptyPolicyComplete
}

// TestDecideByWindow goes through what a window means for a recording in each stage,
// together with everything else that begins or ends a recording.
func TestDecideByWindow(t *testing.T) {
	day := 24 * time.Hour
	ended := func(modifiers ...modifier) []modifier {
		due := func(s *situation) { s.observed.Memory.notBefore = time.Time{} }
		return append([]modifier{runningFor(30 * time.Minute), endedAgo(time.Minute), due}, modifiers...)
	}
	for name, test := range map[string]struct {
		given   []modifier
		action  Action
		phase   v1alpha1.RecordingPhase
		ready   string
		reason  v1alpha1.StopReason
		requeue time.Duration
	}{
		"before it opens, nothing is done but to wait": {
			given: []modifier{toStart, within(day, day+time.Hour)}, action: ActionNone,
			phase: v1alpha1.PhaseScheduled, ready: "True Scheduled", requeue: day,
		},
		"before it opens, a missing Secret is no matter": {
			given: []modifier{toStart, within(day, day+time.Hour), withoutCredentials}, action: ActionNone,
			phase: v1alpha1.PhaseScheduled, ready: "True Scheduled", requeue: day,
		},
		"before it opens, what is suspended is not scheduled": {
			given: []modifier{toStart, within(day, day+time.Hour), suspended}, action: ActionNone,
			phase: v1alpha1.PhasePending, ready: "True Suspended",
		},
		"before it opens, what is wanted to stop never starts": {
			given: []modifier{toStart, within(day, day+time.Hour), wantedStopped}, action: ActionNone,
			phase: v1alpha1.PhaseCompleted, ready: "True NothingToStop",
		},
		"before it opens, a deleted object goes": {
			given: []modifier{toStart, within(day, day+time.Hour), deleted}, action: ActionRelease,
		},
		"before it opens, maxDuration does not count": {
			given: []modifier{toStart, within(day, day+time.Hour), createdAgo(day), maxDurationOf(time.Hour)}, action: ActionNone,
			phase: v1alpha1.PhaseScheduled, ready: "True Scheduled", requeue: day,
		},
		"once it opens, the recording is started": {
			given: []modifier{toStart, within(0, time.Hour)}, action: ActionAcquire, requeue: 59 * time.Minute,
		},
		"without a start, it is open from the creation on": {
			given: []modifier{toStart, createdAgo(time.Second), until(time.Hour)}, action: ActionAcquire, requeue: 59 * time.Minute,
		},
		"late, it is started as long as a minute is left": {
			given: []modifier{toStart, createdAgo(day), within(-time.Hour, 61*time.Second)}, action: ActionAcquire, requeue: time.Second,
		},
		"too late, it is missed": {
			given: []modifier{toStart, createdAgo(day), within(-time.Hour, time.Minute)}, action: ActionNone,
			phase: v1alpha1.PhaseFailed, ready: "False WindowMissed", reason: v1alpha1.StopReasonWindowMissed,
		},
		"one of half a minute is started at its start": {
			given: []modifier{toStart, createdAgo(day), within(0, 30*time.Second)}, action: ActionAcquire, requeue: 15 * time.Second,
		},
		"one of half a minute is missed in its second half": {
			given: []modifier{toStart, createdAgo(day), within(-15*time.Second, 15*time.Second)}, action: ActionNone,
			phase: v1alpha1.PhaseFailed, ready: "False WindowMissed", reason: v1alpha1.StopReasonWindowMissed,
		},
		"it is missed with a resource ID that nothing was started with": {
			given: []modifier{acquiredAgo(time.Second), createdAgo(day), within(-time.Hour, time.Second)}, action: ActionNone,
			phase: v1alpha1.PhaseFailed, ready: "False WindowMissed", reason: v1alpha1.StopReasonWindowMissed,
		},
		"it is missed without credentials": {
			given: []modifier{toStart, createdAgo(day), within(-time.Hour, time.Second), withoutCredentials}, action: ActionNone,
			phase: v1alpha1.PhaseFailed, ready: "False WindowMissed", reason: v1alpha1.StopReasonWindowMissed,
		},
		"what is missed can be accepted": {
			given: []modifier{toStart, createdAgo(day), within(-time.Hour, time.Second), wantedStopped}, action: ActionNone,
			phase: v1alpha1.PhaseCompleted, ready: "True NothingToStop",
		},
		"what is suspended is not missed": {
			given: []modifier{toStart, createdAgo(day), within(-2*time.Hour, -time.Hour), suspended}, action: ActionNone,
			phase: v1alpha1.PhasePending, ready: "True Suspended",
		},
		"created after its end, it is as wanted": {
			given: []modifier{toStart, createdAgo(0), within(-2*time.Hour, -time.Hour)}, action: ActionNone,
			phase: v1alpha1.PhaseCompleted, ready: "True WindowPassed", reason: v1alpha1.StopReasonWindowPassed,
		},
		"adopted after its end, it is stopped": {
			given: []modifier{adopted, createdAgo(0), until(-time.Hour)}, action: ActionStop,
			phase: v1alpha1.PhaseStopping, ready: "False Stopping", reason: v1alpha1.StopReasonWindowEnded,
		},
		"at its end, the recording is stopped": {
			given: []modifier{runningFor(30 * time.Minute), within(-30*time.Minute, 0)}, action: ActionStop,
			phase: v1alpha1.PhaseStopping, ready: "False Stopping", reason: v1alpha1.StopReasonWindowEnded,
		},
		"in its last minute, the recording goes on": {
			given: []modifier{runningFor(30 * time.Minute), within(-30*time.Minute, time.Second)}, action: ActionNone,
			phase: v1alpha1.PhaseRecording, ready: "True Recording", requeue: time.Second,
		},
		"at its end, a start whose answer was lost is still learnt of": {
			given: []modifier{startRequestedAgo(time.Second), lostStart, within(-30*time.Minute, 0)}, action: ActionStart,
			phase: v1alpha1.PhaseStopping, ready: "False Stopping", reason: v1alpha1.StopReasonWindowEnded,
		},
		"at its end, a start that was not made is missed": {
			given: []modifier{startRequestedAgo(time.Second), createdAgo(day), within(-30*time.Minute, 0)}, action: ActionNone,
			phase: v1alpha1.PhaseFailed, ready: "False WindowMissed", reason: v1alpha1.StopReasonWindowMissed,
		},
		"maxDuration ends it before": {
			given: []modifier{runningFor(10 * time.Minute), within(-30*time.Minute, time.Hour), maxDurationOf(10 * time.Minute)}, action: ActionStop,
			phase: v1alpha1.PhaseStopping, ready: "False Stopping", reason: v1alpha1.StopReasonMaxDuration,
		},
		"maxDuration does not end it later": {
			given: []modifier{runningFor(10 * time.Minute), within(-10*time.Minute, 0), maxDurationOf(time.Hour)}, action: ActionStop,
			phase: v1alpha1.PhaseStopping, ready: "False Stopping", reason: v1alpha1.StopReasonWindowEnded,
		},
		"stopped at its end, it is as wanted": {
			given: []modifier{uploaded, until(-time.Hour), func(s *situation) {
				s.recording.Spec.State = v1alpha1.RecordingStateRecording
				s.recording.Status.StopReason = v1alpha1.StopReasonWindowEnded
			}}, action: ActionNone,
			phase: v1alpha1.PhaseCompleted, ready: "True Uploaded", reason: v1alpha1.StopReasonWindowEnded,
		},
		"a session that ends before it closes is missed by nobody but the user": {
			given: ended(within(-time.Hour, time.Hour)), action: ActionNone,
			phase: v1alpha1.PhaseUploading, ready: "False RecordingEnded",
		},
		"another session takes its place while it is open": {
			given: ended(within(-time.Hour, time.Hour), restarting), action: ActionStop,
			phase: v1alpha1.PhaseStarting, ready: "False Starting",
		},
		"no other session is started in its last minute": {
			given: ended(within(-time.Hour, time.Minute), restarting), action: ActionStop,
			phase: v1alpha1.PhaseUploading, ready: "False UploadPending", reason: v1alpha1.StopReasonWindowEnded,
		},
		"an empty channel completes it before": {
			given: ended(within(-time.Hour, time.Hour), completingEmpty), action: ActionNone,
			phase: v1alpha1.PhaseUploading, ready: "False UploadPending",
		},
		"state Stopped ends it before": {
			given: []modifier{runningFor(10 * time.Minute), within(-10*time.Minute, time.Hour), stopWanted}, action: ActionStop,
			phase: v1alpha1.PhaseStopping, ready: "False Stopping",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given(test.given...).decide()
			g.Expect(d.Action).To(Equal(test.action))
			g.Expect(d.Status.StopReason).To(Equal(test.reason))
			if test.ready != "" {
				g.Expect(d.Status.Phase).To(Equal(test.phase))
				g.Expect(ready(d)).To(Equal(test.ready))
				stalled := meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.StalledCondition)
				g.Expect(stalled).To(Equal(test.phase == v1alpha1.PhaseFailed || test.ready == "False RecordingEnded"))
			}
			if test.requeue != 0 {
				g.Expect(d.RequeueAt).To(Equal(recordingtest.Noon.Add(test.requeue)))
			}
		})
	}
}

func TestDecideSaysWhatKeptARecordingFromItsWindow(t *testing.T) {
	g := NewWithT(t)
	d := given(toStart, createdAgo(time.Hour), within(-30*time.Minute, time.Minute),
		answeredTo(agora.MethodAcquire, agora.Overloaded)).decide()
	g.Expect(ready(d)).To(Equal("False WindowMissed"))
	g.Expect(d.Status.LastError.Operation).To(Equal("acquire"))
	message := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition).Message
	g.Expect(message).To(HavePrefix("Nothing was recorded: the recording could not be started before spec.window was over (acquire: "))
	s := given(toStart, createdAgo(time.Hour), within(-30*time.Minute, time.Minute))
	s.recording.Status = d.Status
	again := s.decide()
	g.Expect(meta.FindStatusCondition(again.Status.Conditions, v1alpha1.ReadyCondition).Message).To(Equal(message))
	g.Expect(again.IsDone()).To(BeTrue())
}

func TestDecideWakesAScheduledRecordingOnce(t *testing.T) {
	g := NewWithT(t)
	s := given(toStart, createdAgo(time.Hour), within(72*time.Hour, 73*time.Hour))
	d := s.decide()
	g.Expect(d.Action).To(Equal(ActionNone))
	s.recording.Status = d.Status
	s.observed.Now, s.observed.Memory = s.observed.Now.Add(71*time.Hour), d.Memory
	again := s.decide()
	g.Expect(again.Status).To(Equal(d.Status), "no write while time passes")
	g.Expect(again.RequeueAt).To(Equal(d.RequeueAt))
}
