// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// situation is a recording and what was observed about it.
type situation struct {
	recording v1alpha1.CloudRecording
	observed  Observation
}

type modifier func(*situation)

// given returns a recording that runs, should run, and was last polled a minute ago,
// changed by the modifiers.
func given(modifiers ...modifier) situation {
	s := situation{recording: *newModel().recording}
	s.recording.Finalizers = []string{v1alpha1.StopFinalizer}
	s.recording.Status = v1alpha1.CloudRecordingStatus{
		ObservedGeneration: 1,
		SessionStatus: v1alpha1.SessionStatus{
			Phase:         v1alpha1.PhaseRecording,
			ResourceID:    "resource",
			SID:           "sid",
			ServiceStatus: ptr.To(int32(5)),
		},
	}
	s.observed = Observation{
		Now:                recordingtest.Noon,
		LeadingSince:       recordingtest.Noon.Add(-time.Hour),
		CredentialsVersion: "1",
		Memory: Memory{
			LastQueried: recordingtest.Noon.Add(-time.Minute),
			notBefore:   recordingtest.Noon.Add(time.Minute),
			Trigger:     Trigger{Generation: 1, CredentialsVersion: "1"},
		},
	}
	for _, modify := range modifiers {
		modify(&s)
	}
	return s
}

func (s situation) decide() Decision {
	if s.observed.Memory.calledWith == (Trigger{}) {
		s.observed.Memory.calledWith = s.observed.Memory.Trigger
	}
	return Decide(&s.recording, s.observed, DefaultSettings())
}

func wantedStopped(s *situation) {
	s.recording.Spec.State = v1alpha1.RecordingStateStopped
	s.recording.Generation = 2
}

func deleted(s *situation) {
	s.recording.DeletionTimestamp = &metav1.Time{Time: recordingtest.Noon}
	s.recording.Generation = 2
}

func orphaned(s *situation)  { s.recording.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan }
func suspended(s *situation) { s.recording.Spec.Suspend = true; s.recording.Generation = 2 }

func restarted(s *situation) {
	s.observed.Memory = Memory{}
	s.observed.LeadingSince = recordingtest.Noon
}

func withoutCredentials(s *situation) {
	s.observed.CredentialsProblem = `Secret "agora" does not exist.`
	s.observed.CredentialsVersion = ""
}

func stopRequested(s *situation) {
	wantedStopped(s)
	s.recording.Status.StopRequestedTime = &metav1.Time{Time: recordingtest.Noon.Add(-time.Second)}
	s.recording.Status.Phase = v1alpha1.PhaseStopping
	s.observed.Memory.Trigger.Generation = 2
	s.observed.Memory.notBefore = time.Time{}
}

func stoppedAgo(d time.Duration, uploadingStatus string) modifier {
	return func(s *situation) {
		stopRequested(s)
		s.recording.Status.StoppedTime = &metav1.Time{Time: recordingtest.Noon.Add(-d)}
		s.recording.Status.Phase = v1alpha1.PhaseUploading
		s.recording.Status.UploadingStatus = uploadingStatus
		meta.SetStatusCondition(&s.recording.Status.Conditions, metav1.Condition{
			Type: v1alpha1.StoppedCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.StopAcknowledgedReason,
		})
	}
}

func gone(s *situation) {
	s.recording.Status.NotFoundSince = &metav1.Time{Time: recordingtest.Noon.Add(-time.Second)}
}

func uploaded(s *situation) {
	stoppedAgo(time.Hour, agora.Uploaded)(s)
	meta.SetStatusCondition(&s.recording.Status.Conditions, metav1.Condition{
		Type: v1alpha1.UploadedCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.ReportedByAgoraReason,
	})
}

func notFoundFor(d time.Duration) modifier {
	return func(s *situation) {
		s.recording.Status.NotFoundSince = &metav1.Time{Time: recordingtest.Noon.Add(-d)}
		s.observed.Memory.notFound = notFoundMemory{tries: 10, rows: 1, last: recordingtest.Noon.Add(-10 * time.Second)}
	}
}

func answered(answer agora.Answer) modifier {
	return func(s *situation) { s.observed.Answer, s.observed.AskedAt = &answer, recordingtest.Noon }
}

func callInFlight(method agora.Method, ago time.Duration) modifier {
	return func(s *situation) {
		s.observed.InFlight = &InFlight{Method: method, Since: recordingtest.Noon.Add(-ago)}
	}
}

func stopAnswer(status int, code int32, conclusion agora.Conclusion, report agora.Report) agora.Answer {
	return agora.Answer{Method: agora.MethodStop, HTTPStatus: status, Code: code, Conclusion: conclusion, Report: report}
}

func queryAnswer(conclusion agora.Conclusion, serviceStatus int32) agora.Answer {
	answer := agora.Answer{Method: agora.MethodQuery, HTTPStatus: 200, Conclusion: conclusion}
	if conclusion == agora.Succeeded {
		answer.Report.ServiceStatus = ptr.To(serviceStatus)
	}
	if conclusion == agora.NotFound {
		answer.HTTPStatus, answer.Code = 404, 404
	}
	return answer
}

// TestDecideAction states which one thing is done next.
func TestDecideAction(t *testing.T) {
	fresh := func(s *situation) { s.observed.Memory.LastQueried = recordingtest.Noon.Add(-4 * time.Minute) }
	stale := func(s *situation) {
		s.observed.Memory.LastQueried = recordingtest.Noon.Add(-4*time.Minute - time.Second)
	}

	for name, test := range map[string]struct {
		situation    situation
		Action       Action
		priority     budget.Priority
		requeueAfter time.Duration
	}{
		"an object without the finalizer gets it first": {
			situation: given(wantedStopped, func(s *situation) { s.recording.Finalizers = nil }), Action: ActionAddFinalizer,
		},
		"an object that somebody else's finalizer keeps is left alone": {
			situation: given(deleted, func(s *situation) { s.recording.Finalizers = []string{"example.com/other"} }), Action: ActionNone,
		},
		"a running recording is looked at when its time comes": {
			situation: given(func(s *situation) { s.observed.Memory.notBefore = recordingtest.Noon }), Action: ActionQuery, priority: budget.Poll,
		},
		"and not before": {
			situation: given(), Action: ActionNone, requeueAfter: time.Minute,
		},
		"a new value of reconcile-at makes it at once": {
			situation: given(func(s *situation) {
				s.recording.Annotations = map[string]string{v1alpha1.ReconcileAtAnnotation: "now"}
			}), Action: ActionQuery, priority: budget.Poll,
		},
		"a recording that nobody has looked at yet is looked at at once": {
			situation: given(restarted, func(s *situation) { s.recording.Status.ServiceStatus = nil }), Action: ActionQuery, priority: budget.Poll,
		},
		"after a restart the first poll waits for its place in the interval": {
			situation: given(restarted), Action: ActionNone, requeueAfter: firstPoll("1", 2*time.Minute),
		},
		"a recorder that is not found is asked for before others are polled": {
			situation: given(notFoundFor(time.Second), func(s *situation) { s.observed.Memory.notBefore = recordingtest.Noon }),
			Action:    ActionQuery, priority: budget.Confirm,
		},
		"a stop follows at once on a fresh file list": {
			situation: given(wantedStopped, fresh), Action: ActionStop, priority: budget.Stop,
		},
		"a stop asks once more where the file list is old": {
			situation: given(wantedStopped, stale), Action: ActionQuery, priority: budget.Stop,
		},
		"a stop asks once more after a restart": {
			situation: given(wantedStopped, restarted), Action: ActionQuery, priority: budget.Stop,
		},
		"a failed query does not hold the stop up": {
			situation: given(wantedStopped, restarted, answered(queryAnswer(agora.NotKnown, 0))), Action: ActionStop, priority: budget.Stop,
		},
		"a query that hangs does not hold the stop up": {
			situation: given(wantedStopped, stale, callInFlight(agora.MethodQuery, SnapshotTimeout)), Action: ActionStop, priority: budget.Stop,
		},
		"a query under way is waited for, for a moment": {
			situation: given(wantedStopped, stale, callInFlight(agora.MethodQuery, time.Second)), Action: ActionNone, requeueAfter: SnapshotTimeout - time.Second,
		},
		"a stop under way is waited for": {
			situation: given(stopRequested, callInFlight(agora.MethodStop, time.Minute)), Action: ActionNone,
		},
		"a stop that was requested before a restart is made without another look": {
			situation: given(stopRequested, restarted), Action: ActionStop, priority: budget.Stop,
		},
		"a deletion stops": {
			situation: given(deleted, fresh), Action: ActionStop, priority: budget.Stop,
		},
		"a deletion with policy Orphan does not": {
			situation: given(deleted, orphaned), Action: ActionRelease,
		},
		"a suspended recording is left alone": {
			situation: given(suspended, wantedStopped), Action: ActionNone,
		},
		"a suspended recording is stopped by its deletion": {
			situation: given(suspended, deleted, fresh), Action: ActionStop, priority: budget.Stop,
		},
		"without credentials nothing is called": {
			situation: given(withoutCredentials, wantedStopped), Action: ActionNone, requeueAfter: slowRetry,
		},
		"with new credentials it is, at once": {
			situation: given(stopRequested, func(s *situation) {
				s.observed.CredentialsVersion = "2"
				s.observed.Memory.notBefore = recordingtest.Noon.Add(slowRetry)
			}), Action: ActionStop, priority: budget.Stop,
		},
		"an upload is followed by asking as long as the recorder answers": {
			situation: given(stoppedAgo(5*time.Second, agora.Backuped)), Action: ActionQuery, priority: budget.Confirm, requeueAfter: 5 * time.Second,
		},
		"and without asking once it does not": {
			situation: given(stoppedAgo(5*time.Second, agora.Backuped), gone), Action: ActionNone, requeueAfter: 5 * time.Second,
		},
		"an upload is looked after every five minutes at the most": {
			situation: given(stoppedAgo(time.Hour, agora.Unknow), gone), Action: ActionNone, requeueAfter: 20 * time.Second,
		},
		"an upload that is overdue is looked after once an hour": {
			situation: given(stoppedAgo(24*time.Hour, agora.Unknow), gone), Action: ActionNone, requeueAfter: time.Hour,
		},
		"an upload is given up when Agora's backup is": {
			situation: given(stoppedAgo(10*24*time.Hour, agora.Unknow), gone), Action: ActionNone,
		},
		"a confirmed upload needs nothing": {
			situation: given(uploaded), Action: ActionNone,
		},
		"a deleted object goes once its upload is confirmed": {
			situation: given(uploaded, deleted), Action: ActionRelease,
		},
		"a deleted object waits for its upload": {
			situation: given(stoppedAgo(time.Minute, agora.Backuped), gone, deleted), Action: ActionNone, requeueAfter: 20 * time.Second,
		},
		"a deleted object waits no longer than deletionTimeout": {
			situation: given(stoppedAgo(time.Minute, agora.Backuped), gone, deleted, func(s *situation) {
				s.recording.DeletionTimestamp = &metav1.Time{Time: recordingtest.Noon.Add(-30 * time.Minute)}
				s.recording.Status.StoppedTime = &metav1.Time{Time: recordingtest.Noon.Add(-30 * time.Minute)}
			}), Action: ActionRelease,
		},
		"a deleted object waits no longer than confirmTimeout": {
			situation: given(stoppedAgo(time.Minute, agora.Backuped), gone, deleted, func(s *situation) {
				s.recording.Spec.Upload.ConfirmTimeout = &metav1.Duration{Duration: time.Minute}
			}), Action: ActionRelease,
		},
		"a deletionTimeout of 0s waits for the stop alone": {
			situation: given(stopRequested, deleted, answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{})), func(s *situation) {
				s.recording.Spec.Upload.DeletionTimeout = &metav1.Duration{}
			}), Action: ActionRelease,
		},
		"a deleted object does not go while a call is under way": {
			situation: given(uploaded, deleted, callInFlight(agora.MethodQuery, time.Second)), Action: ActionNone,
		},
		"an expired resource keeps a deleted object": {
			situation: given(stopRequested, deleted, answered(stopAnswer(400, 433, agora.ResourceExpired, agora.Report{}))),
			Action:    ActionNone, requeueAfter: slowRetry,
		},
		"a recorder that is at work after a stop is stopped again": {
			situation: given(stoppedAgo(time.Minute, ""), answered(queryAnswer(agora.Succeeded, 5)), func(s *situation) {
				s.observed.Memory.running = 1
			}), Action: ActionStop, priority: budget.Stop,
		},
		"and not at the first such answer, which may be old news": {
			situation: given(stoppedAgo(time.Minute, ""), answered(queryAnswer(agora.Succeeded, 5))),
			Action:    ActionNone, requeueAfter: 20 * time.Second,
		},
		"what was mended while a call failed is tried at once": {
			situation: given(stopRequested, answered(stopAnswer(401, 0, agora.CredentialsRejected, agora.Report{})), func(s *situation) {
				s.observed.Memory.calledWith = s.observed.Memory.Trigger
				s.observed.CredentialsVersion = "2"
			}), Action: ActionStop, priority: budget.Stop,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := test.situation.decide()
			g.Expect(d.Action).To(Equal(test.Action))
			if test.Action.IsCall() {
				g.Expect(d.Priority).To(Equal(test.priority))
			}
			if test.requeueAfter == 0 {
				g.Expect(d.RequeueAt).To(BeZero())
			} else {
				g.Expect(d.RequeueAt.Sub(recordingtest.Noon)).To(Equal(test.requeueAfter))
			}
		})
	}
}

// TestDecideStopWithoutATurn states that a stop that had to wait for its turn in the
// account's budget is made as soon as its turn comes.
func TestDecideStopWithoutATurn(t *testing.T) {
	g := NewWithT(t)
	first := given(wantedStopped, restarted, answered(queryAnswer(agora.Succeeded, 5))).decide()
	g.Expect(first.Action).To(Equal(ActionStop))
	again := given(wantedStopped, func(s *situation) {
		s.recording.Status = first.Status
		s.observed.Memory = first.Memory
		s.observed.Now = recordingtest.Noon.Add(100 * time.Millisecond)
	}).decide()
	g.Expect(again.Action).To(Equal(ActionStop))
}

// TestDecideStop states what each answer to a stop means.
func TestDecideStop(t *testing.T) {
	files := []v1alpha1.RecordedFile{{FileName: "sid_lesson.m3u8"}}
	for name, test := range map[string]struct {
		answer   agora.Answer
		modify   modifier
		phase    v1alpha1.RecordingPhase
		stopped  string
		uploaded string
		ready    string
		stalled  bool
		retry    time.Duration
	}{
		"200 uploaded": {
			answer: stopAnswer(200, 0, agora.Succeeded, agora.Report{Files: files, UploadingStatus: agora.Uploaded}),
			phase:  v1alpha1.PhaseCompleted, stopped: v1alpha1.StopAcknowledgedReason, uploaded: v1alpha1.ReportedByAgoraReason, ready: v1alpha1.UploadedReason,
		},
		"200 backuped": {
			answer: stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Backuped}),
			phase:  v1alpha1.PhaseUploading, stopped: v1alpha1.StopAcknowledgedReason, uploaded: v1alpha1.BackupedReason, ready: v1alpha1.UploadPendingReason,
		},
		"200 unknow": {
			answer: stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Unknow}),
			phase:  v1alpha1.PhaseUploading, stopped: v1alpha1.StopAcknowledgedReason, uploaded: v1alpha1.NotReportedReason, ready: v1alpha1.UploadPendingReason,
		},
		"200 that says nothing of the upload": {
			answer: stopAnswer(200, 0, agora.Succeeded, agora.Report{}),
			phase:  v1alpha1.PhaseUploading, stopped: v1alpha1.StopAcknowledgedReason, uploaded: v1alpha1.NotReportedReason, ready: v1alpha1.UploadPendingReason,
		},
		"206 with 435": {
			answer: stopAnswer(206, 435, agora.NoRecordedData, agora.Report{}),
			phase:  v1alpha1.PhaseCompleted, stopped: v1alpha1.StopAcknowledgedReason, uploaded: v1alpha1.NoRecordedDataReason, ready: v1alpha1.NoRecordedDataReason,
		},
		"206 with 435 though files were reported": {
			answer: stopAnswer(206, 435, agora.NoRecordedData, agora.Report{}), modify: func(s *situation) { s.recording.Status.FileList = files },
			phase: v1alpha1.PhaseUploading, stopped: v1alpha1.StopAcknowledgedReason, uploaded: v1alpha1.NotReportedReason, ready: v1alpha1.UploadPendingReason,
		},
		"206 with 65": {
			answer: stopAnswer(206, 65, agora.NotKnown, agora.Report{}),
			phase:  v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.AgoraUnavailableReason, retry: time.Second,
		},
		"no answer": {
			answer: stopAnswer(0, 0, agora.NotKnown, agora.Report{}),
			phase:  v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.AgoraUnavailableReason, retry: time.Second,
		},
		"no answer for the third time": {
			answer: stopAnswer(0, 0, agora.NotKnown, agora.Report{}), modify: func(s *situation) { s.observed.Memory.failures = 2 },
			phase: v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.AgoraUnavailableReason, retry: 6 * time.Second,
		},
		"no answer after queries that failed": {
			answer: stopAnswer(0, 0, agora.NotKnown, agora.Report{}), modify: func(s *situation) {
				s.recording.Status.LastError = &v1alpha1.CallError{Operation: "query", HTTPStatus: 502}
				s.observed.Memory.failures = 9
			},
			phase: v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.AgoraUnavailableReason, retry: time.Second,
		},
		"no answer for the hundredth time": {
			answer: stopAnswer(0, 0, agora.NotKnown, agora.Report{}), modify: func(s *situation) { s.observed.Memory.failures = 99 },
			phase: v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.AgoraUnavailableReason, retry: time.Minute,
		},
		"code 50": {
			answer: stopAnswer(200, 50, agora.UploadTimedOut, agora.Report{}),
			phase:  v1alpha1.PhaseUploading, stopped: v1alpha1.StopAcknowledgedReason, uploaded: v1alpha1.NotReportedReason, ready: v1alpha1.UploadPendingReason,
		},
		"400 with 49": {
			answer: stopAnswer(400, 49, agora.AlreadyExiting, agora.Report{Files: files}),
			phase:  v1alpha1.PhaseUploading, stopped: v1alpha1.AlreadyExitingReason, uploaded: v1alpha1.NotReportedReason, ready: v1alpha1.UploadPendingReason,
		},
		"the first 404": {
			answer: stopAnswer(404, 404, agora.NotFound, agora.Report{}),
			phase:  v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.StoppingReason, retry: 5 * time.Second,
		},
		"a 404 shortly before the grace is over": {
			answer: stopAnswer(404, 404, agora.NotFound, agora.Report{}), modify: notFoundFor(2*time.Minute - time.Second),
			phase: v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.StoppingReason, retry: time.Second,
		},
		"a 404 after the grace": {
			answer: stopAnswer(404, 404, agora.NotFound, agora.Report{}), modify: notFoundFor(2 * time.Minute),
			phase: v1alpha1.PhaseUploading, stopped: v1alpha1.RecordingEndedReason, uploaded: v1alpha1.NotReportedReason, ready: v1alpha1.UploadPendingReason,
		},
		"a 404 from within the grace that could only be written after it": {
			answer: stopAnswer(404, 404, agora.NotFound, agora.Report{}), modify: func(s *situation) {
				notFoundFor(10 * time.Minute)(s)
				s.observed.AskedAt = recordingtest.Noon.Add(-8*time.Minute - time.Second)
			},
			phase: v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.StoppingReason, retry: 30 * time.Second,
		},
		"a 404 long after one that was answered before a restart": {
			answer: stopAnswer(404, 404, agora.NotFound, agora.Report{}), modify: func(s *situation) {
				notFoundFor(time.Hour)(s)
				s.observed.Memory.notFound = notFoundMemory{}
			},
			phase: v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.StoppingReason, retry: 5 * time.Second,
		},
		"a 404 after the grace, after an answer that said nothing": {
			answer: stopAnswer(404, 404, agora.NotFound, agora.Report{}), modify: func(s *situation) {
				notFoundFor(2 * time.Minute)(s)
				s.observed.Memory.failures = 1
			},
			phase: v1alpha1.PhaseUploading, stopped: v1alpha1.RecordingEndedReason, uploaded: v1alpha1.NotReportedReason, ready: v1alpha1.UploadPendingReason,
		},
		"404, no such route": {
			answer: stopAnswer(404, 0, agora.NoRoute, agora.Report{}),
			phase:  v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.InvalidRequestReason, stalled: true, retry: slowRetry,
		},
		"400 with 2": {
			answer: stopAnswer(400, 2, agora.InvalidRequest, agora.Report{}),
			phase:  v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.InvalidRequestReason, stalled: true, retry: slowRetry,
		},
		"433": {
			answer: stopAnswer(400, 433, agora.ResourceExpired, agora.Report{}),
			phase:  v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.ResourceExpiredReason, stalled: true, retry: slowRetry,
		},
		"401": {
			answer: stopAnswer(401, 0, agora.CredentialsRejected, agora.Report{}),
			phase:  v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.CredentialsRejectedReason, stalled: true, retry: slowRetry,
		},
		"109": {
			answer: stopAnswer(400, 109, agora.TokenRejected, agora.Report{}),
			phase:  v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.TokenRejectedReason, stalled: true, retry: time.Second,
		},
		"110 after many failures": {
			answer: stopAnswer(200, 110, agora.TokenRejected, agora.Report{}), modify: func(s *situation) { s.observed.Memory.failures = 99 },
			phase: v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.TokenRejectedReason, stalled: true, retry: time.Minute,
		},
		"400 that speaks of too many requests": {
			answer: stopAnswer(400, 0, agora.RateLimited, agora.Report{}),
			phase:  v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.RateLimitedReason, retry: time.Second,
		},
		"429": {
			answer: stopAnswer(429, 0, agora.RateLimited, agora.Report{}),
			phase:  v1alpha1.PhaseStopping, uploaded: v1alpha1.RecordingReason, ready: v1alpha1.RateLimitedReason, retry: time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := given(stopRequested, answered(test.answer))
			if test.modify != nil {
				test.modify(&s)
			}
			d := s.decide()
			g.Expect(d.Status.Phase).To(Equal(test.phase))
			g.Expect(reasonOf(d, v1alpha1.StoppedCondition)).To(Equal(test.stopped))
			g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(test.uploaded))
			g.Expect(reasonOf(d, v1alpha1.ReadyCondition)).To(Equal(test.ready))
			g.Expect(meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.StalledCondition)).To(Equal(test.stalled))
			if test.retry > 0 {
				g.Expect(d.Action).To(Equal(ActionNone))
				g.Expect(d.RequeueAt.Sub(recordingtest.Noon)).To(Equal(test.retry))
			} else {
				g.Expect(d.Action).NotTo(Equal(ActionStop))
			}
			for _, file := range test.answer.Report.Files {
				g.Expect(d.Status.FileList).To(ContainElement(file))
			}
		})
	}
}

func reasonOf(d Decision, conditionType string) string {
	if condition := meta.FindStatusCondition(d.Status.Conditions, conditionType); condition != nil {
		return condition.Reason
	}
	return ""
}

// TestDecideWhileRecording states what the status says about a recording that should run.
func TestDecideWhileRecording(t *testing.T) {
	for name, test := range map[string]struct {
		situation situation
		ready     metav1.ConditionStatus
		reason    string
		phase     v1alpha1.RecordingPhase
	}{
		"it is at work": {
			situation: given(answered(queryAnswer(agora.Succeeded, 5))),
			ready:     metav1.ConditionTrue, reason: v1alpha1.RecordingReason, phase: v1alpha1.PhaseRecording,
		},
		"it is starting": {
			situation: given(answered(queryAnswer(agora.Succeeded, 2))),
			ready:     metav1.ConditionFalse, reason: v1alpha1.StartingReason, phase: v1alpha1.PhaseRecording,
		},
		"it was asked to stop by somebody else": {
			situation: given(answered(queryAnswer(agora.Succeeded, 6))),
			ready:     metav1.ConditionFalse, reason: v1alpha1.RecordingEndedReason, phase: v1alpha1.PhaseRecording,
		},
		"it has exited": {
			situation: given(answered(queryAnswer(agora.Succeeded, 8))),
			ready:     metav1.ConditionFalse, reason: v1alpha1.RecordingEndedReason, phase: v1alpha1.PhaseUploading,
		},
		"it is not found for a moment": {
			situation: given(answered(queryAnswer(agora.NotFound, 0))),
			ready:     metav1.ConditionFalse, reason: v1alpha1.AgoraUnavailableReason, phase: v1alpha1.PhaseRecording,
		},
		"it is not found for long": {
			situation: given(notFoundFor(2*time.Minute), answered(queryAnswer(agora.NotFound, 0))),
			ready:     metav1.ConditionFalse, reason: v1alpha1.RecordingEndedReason, phase: v1alpha1.PhaseUploading,
		},
		"a single look that failed changes nothing": {
			situation: given(answered(queryAnswer(agora.NotKnown, 0))),
			ready:     metav1.ConditionTrue, reason: v1alpha1.RecordingReason, phase: v1alpha1.PhaseRecording,
		},
		"many that failed do": {
			situation: given(func(s *situation) { s.observed.Memory.failures = toleratedFailures }, answered(queryAnswer(agora.NotKnown, 0))),
			ready:     metav1.ConditionFalse, reason: v1alpha1.AgoraUnavailableReason, phase: v1alpha1.PhaseRecording,
		},
		"its credentials are missing": {
			situation: given(withoutCredentials),
			ready:     metav1.ConditionFalse, reason: v1alpha1.CredentialsNotFoundReason, phase: v1alpha1.PhaseRecording,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := test.situation.decide()
			ready := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition)
			g.Expect(ready).NotTo(BeNil())
			g.Expect(ready.Status).To(Equal(test.ready))
			g.Expect(ready.Reason).To(Equal(test.reason))
			g.Expect(d.Status.Phase).To(Equal(test.phase))
		})
	}
}

// TestDecideIsQuiet states that what is already known is not written again.
func TestDecideIsQuiet(t *testing.T) {
	g := NewWithT(t)
	first := given(answered(queryAnswer(agora.Succeeded, 5)))
	known := first.decide()

	next := given(answered(queryAnswer(agora.Succeeded, 5)), func(s *situation) {
		s.recording.Status = known.Status
		s.observed.Now = recordingtest.Noon.Add(2 * time.Minute)
	})
	g.Expect(next.decide().Status).To(Equal(known.Status))

	untouched := given(restarted, func(s *situation) {
		s.recording.Status = v1alpha1.CloudRecordingStatus{ObservedGeneration: -1, SessionStatus: v1alpha1.SessionStatus{Phase: v1alpha1.PhasePending}}
	})
	g.Expect(untouched.decide().Status).To(Equal(untouched.recording.Status))
}

// TestDecideKeepsFailures states that the same failure counts as one failure.
func TestDecideKeepsFailures(t *testing.T) {
	g := NewWithT(t)
	failing := agora.Answer{Method: agora.MethodStop, HTTPStatus: 502, Reason: "the answer is not valid JSON"}
	first := given(stopRequested, answered(failing)).decide()
	g.Expect(first.Status.LastError).To(Equal(&v1alpha1.CallError{
		Operation: "stop", HTTPStatus: 502, Reason: "the answer is not valid JSON", Problem: v1alpha1.AgoraUnavailableReason, Since: metav1.Time{Time: recordingtest.Noon},
	}))

	again := given(stopRequested, answered(failing), func(s *situation) {
		s.recording.Status = first.Status
		s.observed.Now = recordingtest.Noon.Add(time.Minute)
	}).decide()
	g.Expect(again.Status).To(Equal(first.Status))

	mended := given(stopRequested, answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{})), func(s *situation) {
		s.recording.Status = first.Status
	}).decide()
	g.Expect(mended.Status.LastError).To(BeNil())
}

func TestNextUploadCheck(t *testing.T) {
	const shortest, longest = 5 * time.Second, 5 * time.Minute
	for sinceStop, want := range map[time.Duration]time.Duration{
		0:                 5 * time.Second,
		4 * time.Second:   5 * time.Second,
		5 * time.Second:   10 * time.Second,
		11 * time.Second:  20 * time.Second,
		100 * time.Second: 160 * time.Second,
		319 * time.Second: 320 * time.Second,
		320 * time.Second: 620 * time.Second,
		time.Hour:         3620 * time.Second,
	} {
		if got := nextUploadCheck(sinceStop, shortest, longest); got != want {
			t.Errorf("%s after the stop the next look is due after %s, want %s", sinceStop, got, want)
		}
	}
}
