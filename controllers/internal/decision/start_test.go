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
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/notifications"
)

// toStart makes the recording one that is to be started and of which nothing has been
// written yet.
func toStart(s *situation) {
	s.recording.Spec.Start = &v1alpha1.StartSpec{ResourceExpiredHour: 72, RecordingConfig: &v1alpha1.RecordingConfig{}}
	s.recording.Spec.ResourceID, s.recording.Spec.SID = "", ""
	s.recording.Status = v1alpha1.CloudRecordingStatus{ObservedGeneration: -1, SessionStatus: v1alpha1.SessionStatus{Phase: v1alpha1.PhasePending}}
	s.observed.StartVersion = "1"
	s.observed.Memory = Memory{Trigger: Trigger{Generation: 1, CredentialsVersion: "1", StartVersion: "1"}}
}

// acquiredAgo makes the recording one for which Agora has issued a resource ID.
func acquiredAgo(d time.Duration) modifier {
	return func(s *situation) {
		toStart(s)
		s.recording.Status.ObservedGeneration = 1
		s.recording.Status.Phase = v1alpha1.PhaseStarting
		s.recording.Status.ResourceID = "resource"
		s.recording.Status.AcquiredTime = &metav1.Time{Time: recordingtest.Noon.Add(-d)}
	}
}

// startRequestedAgo makes the recording one whose start was called and has not been
// answered.
func startRequestedAgo(d time.Duration) modifier {
	return func(s *situation) {
		acquiredAgo(d)(s)
		s.recording.Status.StartRequestedTime = &metav1.Time{Time: recordingtest.Noon.Add(-d)}
		s.observed.Memory.StartsKnown = true
	}
}

// startedAgo makes the recording one that Agora has started and that has not been seen to
// be ready.
func startedAgo(d time.Duration) modifier {
	return func(s *situation) {
		startRequestedAgo(d)(s)
		s.recording.Status.SID = "sid"
		s.recording.Status.StartedTime = &metav1.Time{Time: recordingtest.Noon.Add(-d)}
	}
}

// stopWanted makes somebody want to stop what has not been started.
func stopWanted(s *situation) {
	s.recording.Spec.State = v1alpha1.RecordingStateStopped
	s.recording.Generation = 2
	s.observed.Memory.Trigger.Generation = 2
}

// editedSince edits the spec after the last write of the status.
func editedSince(s *situation) { s.recording.Generation++ }

func answeredTo(method agora.Method, conclusion agora.Conclusion, modify ...func(*agora.Answer)) modifier {
	return func(s *situation) {
		answer := agora.Answer{Method: method, Conclusion: conclusion}
		for _, m := range modify {
			m(&answer)
		}
		s.observed.Answer, s.observed.AskedAt = &answer, recordingtest.Noon
	}
}

func withResourceID(a *agora.Answer) { a.ResourceID = "new-resource" }
func withSID(a *agora.Answer)        { a.SID = "new-sid" }

func withServiceStatus(status int32) func(*agora.Answer) {
	return func(a *agora.Answer) { a.Report.ServiceStatus = ptr.To(status) }
}

// lostStartAgo makes the recording one whose last start, the given time ago, may have taken
// effect.
func lostStartAgo(d time.Duration) modifier {
	return func(s *situation) {
		lostStart(s)
		s.observed.Memory.startLostAt = recordingtest.Noon.Add(-d)
	}
}

// startEvent notifies that a recorder has begun.
func startEvent(sid string, at time.Time) modifier {
	return func(s *situation) {
		s.observed.Events = []notifications.Event{{Type: notifications.RecorderStarted, SID: sid, UID: "1", Time: at}}
	}
}

func failedTimes(n int) modifier {
	return func(s *situation) { s.observed.Memory.failures = n }
}

func lostStart(s *situation) { s.observed.Memory.StartsKnown = false }

func notFoundTimes(n int) modifier {
	return func(s *situation) {
		s.recording.Status.NotFoundSince = &metav1.Time{Time: recordingtest.Noon.Add(-time.Minute)}
		s.observed.Memory.notFound = notFoundMemory{tries: n, rows: 1, last: recordingtest.Noon.Add(-time.Second)}
	}
}

// notifiedOf makes Agora have notified an event of the type.
func notifiedOf(eventType notifications.Type) modifier {
	return func(s *situation) {
		s.recording.Status.Notified = append(s.recording.Status.Notified, v1alpha1.NotifiedEvent{
			EventType: int32(eventType), UID: s.recording.Spec.UID, Time: metav1.MicroTime{Time: recordingtest.Noon.Add(-time.Minute)},
		})
	}
}

func secretMissing(s *situation) { s.observed.StartProblem = "Secret missing." }

func credentialsMissing(s *situation) { s.observed.CredentialsProblem = "Secret missing." }

// changed makes somebody ask for a reconcile.
func changed(s *situation) {
	s.recording.Annotations = map[string]string{v1alpha1.ReconcileAtAnnotation: "now"}
}

// withResourceOf gives the recording a resource ID of the given age.
func withResourceOf(ago time.Duration) modifier {
	return func(s *situation) { s.recording.Status.AcquiredTime = &metav1.Time{Time: recordingtest.Noon.Add(-ago)} }
}

// withFile makes a file of the recording known.
func withFile(s *situation) {
	s.recording.Status.FileList = []v1alpha1.RecordedFile{{FileName: "lesson.m3u8"}}
}

func TestDecideStartTakesTheNextStep(t *testing.T) {
	tests := []struct {
		name     string
		given    []modifier
		Action   Action
		priority budget.Priority
		again    time.Duration
	}{
		{"asks for a resource ID first", []modifier{toStart}, ActionAcquire, budget.Acquire, 0},
		{"starts with it at once", []modifier{toStart, answeredTo(agora.MethodAcquire, agora.Succeeded, withResourceID)}, ActionStart, budget.Start, 0},
		{"starts with it after a restart", []modifier{acquiredAgo(time.Minute), restarted}, ActionStart, budget.Start, 0},
		{"asks for another where it has grown too old", []modifier{acquiredAgo(5 * time.Minute)}, ActionAcquire, budget.Acquire, 0},
		{"waits for the answer", []modifier{startRequestedAgo(time.Second), inFlightFor(agora.MethodStart)}, ActionNone, 0, 0},
		{"repeats a start that was lost in a crash", []modifier{startRequestedAgo(time.Minute), restarted}, ActionStart, budget.Start, 0},
		{"repeats a start whose answer was lost after 3 s",
			[]modifier{startRequestedAgo(time.Second), answeredTo(agora.MethodStart, agora.NotKnown)}, ActionNone, 0, 3 * time.Second},
		{"looks after it 5 s after the start",
			[]modifier{startRequestedAgo(time.Second), answeredTo(agora.MethodStart, agora.Succeeded, withSID)}, ActionNone, 0, 5 * time.Second},
		{"confirms that it comes up before polling others", []modifier{startedAgo(5 * time.Second)}, ActionQuery, budget.Confirm, 0},
		{"asks again after 10 s where it has not",
			[]modifier{startedAgo(5 * time.Second), answeredTo(agora.MethodQuery, agora.Succeeded, withServiceStatus(2))}, ActionNone, 0, 10 * time.Second},
		{"asks again where it is not found yet",
			[]modifier{startedAgo(5 * time.Second), answeredTo(agora.MethodQuery, agora.NotFound)}, ActionNone, 0, 10 * time.Second},
		{"asks a last time at the end of the 90 s",
			[]modifier{startedAgo(80 * time.Second), answeredTo(agora.MethodQuery, agora.NotFound)}, ActionNone, 0, 10 * time.Second},
		{"leaves it to those who wait for room when to ask again", []modifier{toStart, answeredTo(agora.MethodAcquire, agora.Overloaded)}, ActionNone, 0, time.Second},
		{"leaves a wrong request to a person",
			[]modifier{startRequestedAgo(time.Second), answeredTo(agora.MethodStart, agora.InvalidRequest)}, ActionNone, 0, slowRetry},
		{"tries again at once when a Secret changes",
			[]modifier{toStart, func(s *situation) {
				s.observed.Memory.notBefore = recordingtest.Noon.Add(time.Minute)
				s.observed.StartVersion = "2"
			}}, ActionAcquire, budget.Acquire, 0},
		{"makes no call without its Secrets", []modifier{toStart, secretMissing}, ActionNone, 0, slowRetry},
		{"starts nothing while suspended", []modifier{toStart, func(s *situation) { s.recording.Spec.Suspend = true }}, ActionNone, 0, 0},
		{"starts nothing that is not wanted any more", []modifier{acquiredAgo(time.Second), stopWanted}, ActionNone, 0, 0},
		{"learns the sid of what may run, to stop it", []modifier{startRequestedAgo(time.Second), lostStart, stopWanted}, ActionStart, budget.Stop, 0},
		{"begins nothing to stop it where all came to nothing", []modifier{startRequestedAgo(time.Second), stopWanted}, ActionNone, 0, 0},
		{"lets go of what came to nothing", []modifier{startRequestedAgo(time.Second), deleted}, ActionRelease, 0, 0},
		{"lets go of what came to nothing, though its resource ID has lapsed", []modifier{startRequestedAgo(5 * time.Minute), deleted}, ActionRelease, 0, 0},
		{"lets go of what came to nothing, though its Secrets are gone", []modifier{startRequestedAgo(time.Second), deleted, secretMissing, credentialsMissing}, ActionRelease, 0, 0},
		{"lets go of what is refused by 429 as it is deleted",
			[]modifier{startRequestedAgo(time.Second), deleted, answeredTo(agora.MethodStart, agora.RateLimited)}, ActionRelease, 0, 0},
		{"asks for another where it is wanted otherwise since", []modifier{acquiredAgo(time.Second), editedSince}, ActionAcquire, budget.Acquire, 0},
		{"begins nothing new to stop it", []modifier{startRequestedAgo(5 * time.Minute), lostStart, stopWanted}, ActionNone, 0, 0},
		{"lets go of what was never started", []modifier{toStart, deleted}, ActionRelease, 0, 0},
		{"stops what has just been started",
			[]modifier{startRequestedAgo(time.Second), stopWanted, answeredTo(agora.MethodStart, agora.Succeeded, withSID)}, ActionQuery, budget.Stop, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			decided := given(test.given...).decide()
			g.Expect(decided.Action).To(Equal(test.Action))
			if decided.Action.IsCall() {
				g.Expect(decided.Priority).To(Equal(test.priority))
			}
			if test.again > 0 {
				g.Expect(decided.RequeueAt).To(BeTemporally("==", recordingtest.Noon.Add(test.again)))
			}
		})
	}
}

func inFlightFor(method agora.Method) modifier {
	return func(s *situation) { s.observed.InFlight = &InFlight{Method: method, Since: recordingtest.Noon} }
}

func TestDecideStartWritesAhead(t *testing.T) {
	g := NewWithT(t)
	decided := given(toStart, answeredTo(agora.MethodAcquire, agora.Succeeded, withResourceID)).decide()
	g.Expect(decided.Action).To(Equal(ActionStart))
	g.Expect(decided.Status.ResourceID).To(Equal("new-resource"))
	g.Expect(decided.Status.AcquiredTime).NotTo(BeNil())
	g.Expect(decided.Status.StartRequestedTime).NotTo(BeNil())
	g.Expect(decided.Status.Phase).To(Equal(v1alpha1.PhaseStarting))
}

func TestDecideStartTakesNoResourceIDThatNobodyNeeds(t *testing.T) {
	changedMeanwhile := func(s *situation) { s.recording.Generation++; s.observed.Memory.Trigger.Generation++ }
	acquired := answeredTo(agora.MethodAcquire, agora.Succeeded, withResourceID)
	tests := []struct {
		name   string
		given  []modifier
		sid    string
		Action Action
	}{
		{"it is started", []modifier{startedAgo(time.Second), acquired}, "sid", ActionQuery},
		{"it is started, and wanted otherwise", []modifier{startedAgo(time.Second), changedMeanwhile, acquired}, "sid", ActionQuery},
		{"it is started, and none was given", []modifier{startedAgo(time.Second), answeredTo(agora.MethodAcquire, agora.Overloaded)}, "sid", ActionQuery},
		{"it is being started", []modifier{startRequestedAgo(time.Second), acquired}, "", ActionStart},
		{"it is being started, and wanted otherwise", []modifier{startRequestedAgo(time.Second), changedMeanwhile, acquired}, "", ActionStart},
		{"it is to be started with another", []modifier{acquiredAgo(time.Second), acquired}, "", ActionStart},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			decided := given(test.given...).decide()
			g.Expect(decided.Status.ResourceID).To(Equal("resource"))
			g.Expect(decided.Status.SID).To(Equal(test.sid))
			g.Expect(decided.Status.AcquiredTime.Time).To(BeTemporally("==", recordingtest.Noon.Add(-time.Second)))
			g.Expect(decided.Status.LastError).To(BeNil())
			g.Expect(decided.Action).To(Equal(test.Action))
		})
	}
}

func TestDecideStartConcludes(t *testing.T) {
	const yes, no = true, false
	tests := []struct {
		name  string
		given []modifier
		ready string
		// stalled means that a person must act, stopped that the recording counts as ended, and
		// mayRun that a recording with an unknown sid may be running.
		stalled, stopped, mayRun bool
	}{
		{"started", []modifier{startRequestedAgo(0), answeredTo(agora.MethodStart, agora.Succeeded, withSID)}, v1alpha1.StartingReason, no, no, yes},
		{"came up", []modifier{startedAgo(5 * time.Second), answeredTo(agora.MethodQuery, agora.Succeeded, withServiceStatus(4))}, v1alpha1.RecordingReason, no, no, yes},
		{"not up yet", []modifier{startedAgo(80 * time.Second), notFoundTimes(5), answeredTo(agora.MethodQuery, agora.NotFound)}, v1alpha1.StartingReason, no, no, yes},
		{"never came up", []modifier{startedAgo(90 * time.Second), notFoundTimes(5), answeredTo(agora.MethodQuery, agora.NotFound)}, v1alpha1.StartFailedReason, yes, yes, yes},
		{"came up, as notified, and is gone", []modifier{startedAgo(90 * time.Second), notifiedOf(notifications.RecorderStarted), notFoundTimes(5), answeredTo(agora.MethodQuery, agora.NotFound)}, v1alpha1.AgoraUnavailableReason, no, no, yes},
		{"came up, as notified, and has been gone for long",
			[]modifier{startedAgo(4 * time.Minute), notifiedOf(notifications.RecorderStarted), notFoundFor(3 * time.Minute), answeredTo(agora.MethodQuery, agora.NotFound)}, v1alpha1.RecordingEndedReason, yes, yes, yes},
		{"made a file and has been gone for long",
			[]modifier{startedAgo(4 * time.Minute), withFile, notFoundFor(3 * time.Minute), answeredTo(agora.MethodQuery, agora.NotFound)}, v1alpha1.RecordingEndedReason, yes, yes, yes},
		{"was looked for too late to say", []modifier{startedAgo(4 * time.Minute), notFoundTimes(5), answeredTo(agora.MethodQuery, agora.NotFound)}, v1alpha1.AgoraUnavailableReason, no, no, yes},
		{"is there and does not come up", []modifier{startedAgo(90 * time.Second), answeredTo(agora.MethodQuery, agora.Succeeded, withServiceStatus(2))}, v1alpha1.StartFailedReason, yes, no, yes},
		{"exited before it came up", []modifier{startedAgo(30 * time.Second), answeredTo(agora.MethodQuery, agora.Succeeded, withServiceStatus(20))}, v1alpha1.RecordingEndedReason, yes, yes, yes},
		{"limited", []modifier{startRequestedAgo(0), answeredTo(agora.MethodStart, agora.RateLimited)}, v1alpha1.RateLimitedReason, no, no, no},
		{"limited after a lost answer", []modifier{startRequestedAgo(0), lostStart, answeredTo(agora.MethodStart, agora.RateLimited)}, v1alpha1.RateLimitedReason, no, no, yes},
		{"refused", []modifier{startRequestedAgo(0), answeredTo(agora.MethodStart, agora.InvalidRequest)}, v1alpha1.InvalidRequestReason, yes, no, no},
		{"refused after a lost answer", []modifier{startRequestedAgo(0), lostStart, answeredTo(agora.MethodStart, agora.InvalidRequest)}, v1alpha1.InvalidRequestReason, yes, no, yes},
		{"no worker", []modifier{startRequestedAgo(0), answeredTo(agora.MethodStart, agora.NeedsNewResource)}, v1alpha1.AgoraUnavailableReason, no, no, no},
		{"another runs", []modifier{startRequestedAgo(0), answeredTo(agora.MethodStart, agora.TaskConflict)}, v1alpha1.TaskConflictReason, yes, no, no},
		{"its own may run", []modifier{startRequestedAgo(0), lostStart, answeredTo(agora.MethodStart, agora.TaskConflict)}, v1alpha1.TaskConflictReason, yes, no, yes},
		{"runs without a sid", []modifier{startRequestedAgo(0), answeredTo(agora.MethodStart, agora.AlreadyStarted)}, v1alpha1.SIDUnknownReason, yes, no, yes},
		{"runs without a sid, and is to stop", []modifier{startRequestedAgo(5 * time.Minute), lostStart, stopWanted}, v1alpha1.SIDUnknownReason, yes, no, yes},
		{"its own may run, and its Secrets are gone",
			[]modifier{startRequestedAgo(time.Second), lostStart, stopWanted, secretMissing}, v1alpha1.SIDUnknownReason, yes, no, yes},
		{"Secret missing, though something was changed", []modifier{toStart, secretMissing, changed}, v1alpha1.StartSecretNotFoundReason, yes, no, no},
		{"credentials missing, though something was changed", []modifier{toStart, credentialsMissing, changed}, v1alpha1.CredentialsNotFoundReason, yes, no, no},
		{"overloaded", []modifier{toStart, answeredTo(agora.MethodAcquire, agora.Overloaded)}, v1alpha1.OverloadedReason, no, no, no},
		{"not enabled", []modifier{toStart, answeredTo(agora.MethodAcquire, agora.NotEnabled)}, v1alpha1.NotEnabledReason, yes, no, no},
		{"token refused", []modifier{startRequestedAgo(0), answeredTo(agora.MethodStart, agora.TokenRejected)}, v1alpha1.TokenRejectedReason, yes, no, no},
		{"token refused after a lost answer", []modifier{startRequestedAgo(0), lostStart, answeredTo(agora.MethodStart, agora.TokenRejected)}, v1alpha1.TokenRejectedReason, yes, no, yes},
		{"token refused by a query", []modifier{startedAgo(5 * time.Second), answeredTo(agora.MethodQuery, agora.TokenRejected)}, v1alpha1.TokenRejectedReason, yes, no, yes},
		{"account inactive", []modifier{toStart, answeredTo(agora.MethodAcquire, agora.AccountInactive)}, v1alpha1.AccountInactiveReason, yes, no, no},
		{"not wanted any more", []modifier{toStart, stopWanted}, v1alpha1.NothingToStopReason, no, yes, no},
		{"Secret missing", []modifier{toStart, secretMissing}, v1alpha1.StartSecretNotFoundReason, yes, no, no},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			status := given(test.given...).decide().Status
			ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ReadyCondition)
			g.Expect(ready).NotTo(BeNil())
			g.Expect(ready.Reason).To(Equal(test.ready), ready.Message)
			g.Expect(meta.IsStatusConditionTrue(status.Conditions, v1alpha1.StalledCondition)).To(Equal(test.stalled), "stalled")
			g.Expect(meta.IsStatusConditionTrue(status.Conditions, v1alpha1.StoppedCondition)).To(Equal(test.stopped), "stopped")
			g.Expect(status.StartRequestedTime != nil).To(Equal(test.mayRun), "may be running")
			if test.stalled && test.mayRun && status.SID == "" {
				g.Expect(ready.Message).To(MatchRegexp("may be running|may still be running|was started here"))
			}
		})
	}
}

func TestDecideStartLearnsTheSIDFromANotification(t *testing.T) {
	started := func(ago time.Duration, eventType notifications.Type) modifier {
		return func(s *situation) {
			s.observed.Events = []notifications.Event{{Type: eventType, SID: "notified-sid", UID: "1", Time: recordingtest.Noon.Add(-ago)}}
		}
	}
	ofAnotherUID := func(s *situation) { s.observed.Events[0].UID = "2" }
	sidUnknown := func(s *situation) {
		startRequestedAgo(5 * time.Minute)(s)
		lostStart(s)
		s.recording.Status.LastError = &v1alpha1.CallError{Operation: string(agora.MethodStart), HTTPStatus: 201, Code: 7}
		meta.SetStatusCondition(&s.recording.Status.Conditions, metav1.Condition{
			Type: v1alpha1.ReadyCondition, Status: metav1.ConditionFalse, Reason: v1alpha1.SIDUnknownReason,
		})
	}
	tests := []struct {
		name   string
		given  []modifier
		sid    string
		Action Action
	}{
		{"of a recorder", []modifier{sidUnknown, started(4*time.Minute, notifications.RecorderStarted)}, "notified-sid", ActionQuery},
		{"of a page's recorder", []modifier{sidUnknown, started(4*time.Minute, notifications.WebRecorderStarted)}, "notified-sid", ActionQuery},
		{"to stop it", []modifier{sidUnknown, stopWanted, started(4*time.Minute, notifications.RecorderStarted)}, "notified-sid", ActionQuery},
		{"though Agora's clock is behind", []modifier{sidUnknown, started(329*time.Second, notifications.RecorderStarted)}, "notified-sid", ActionQuery},
		{"not of a recording that is clearly older", []modifier{sidUnknown, started(331*time.Second, notifications.RecorderStarted)}, "", ActionNone},
		{"not of a recording before", []modifier{sidUnknown, started(6*time.Minute, notifications.RecorderStarted)}, "", ActionNone},
		{"not of a start with another resource ID", []modifier{sidUnknown, withResourceOf(3 * time.Minute), started(210*time.Second, notifications.RecorderStarted)}, "", ActionStart},
		{"not where it may be of a start with another resource ID before",
			[]modifier{sidUnknown, withResourceOf(3 * time.Minute), started(196*time.Second, notifications.RecorderStarted)}, "", ActionStart},
		{"where it is too new to be of a start with another resource ID before",
			[]modifier{sidUnknown, withResourceOf(3 * time.Minute), started(time.Minute, notifications.RecorderStarted)}, "notified-sid", ActionQuery},
		{"with the latest resource ID, though Agora's clock is behind",
			[]modifier{sidUnknown, withResourceOf(3 * time.Minute), started(194*time.Second, notifications.RecorderStarted)}, "notified-sid", ActionQuery},
		{"not of what has not begun just now", []modifier{sidUnknown, started(time.Minute, notifications.SessionExit)}, "", ActionNone},
		{"not of another user ID",
			[]modifier{sidUnknown, started(4*time.Minute, notifications.RecorderStarted), ofAnotherUID}, "", ActionNone},
		{"not where nothing was started", []modifier{toStart, started(time.Minute, notifications.WebRecorderStarted)}, "", ActionAcquire},
		{"not where it is known", []modifier{startedAgo(5 * time.Second), started(time.Second, notifications.RecorderStarted)}, "sid", ActionQuery},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			decided := given(test.given...).decide()
			g.Expect(decided.Status.SID).To(Equal(test.sid))
			g.Expect(decided.Action).To(Equal(test.Action))
			if test.sid == "" {
				g.Expect(decided.Status.Notified).To(BeEmpty())
				g.Expect(decided.Status.StartTime).To(BeNil())
			}
			if test.sid == "notified-sid" {
				g.Expect(decided.Status.LastError).To(BeNil())
				g.Expect(meta.FindStatusCondition(decided.Status.Conditions, v1alpha1.ReadyCondition).Reason).
					NotTo(Equal(v1alpha1.SIDUnknownReason))
			}
		})
	}
}

func TestDecideStartHearsOfTheRecordingBeforeTheAnswer(t *testing.T) {
	for _, conclusion := range []agora.Conclusion{
		agora.NeedsNewResource, agora.InvalidRequest, agora.TaskConflict, agora.AlreadyStarted, agora.NotKnown, agora.Succeeded,
	} {
		t.Run(conclusion.String(), func(t *testing.T) {
			g := NewWithT(t)
			decided := given(startRequestedAgo(time.Minute), lostStart, answeredTo(agora.MethodStart, conclusion), func(s *situation) {
				s.observed.Events = []notifications.Event{{Type: notifications.RecorderStarted, SID: "notified-sid", UID: "1", Time: recordingtest.Noon}}
			}).decide()
			g.Expect(decided.Status.SID).To(Equal("notified-sid"))
			g.Expect(decided.Status.ResourceID).To(Equal("resource"))
			g.Expect(decided.Status.LastError).To(BeNil())
			g.Expect(decided.Action).To(Equal(ActionQuery))
		})
	}
}

func TestDecideStartTakesNoTimeBeforeItsRequest(t *testing.T) {
	g := NewWithT(t)
	decided := given(startRequestedAgo(time.Minute), func(s *situation) {
		s.observed.Events = []notifications.Event{{Type: notifications.RecorderStarted, SID: "sid", UID: "1", Time: recordingtest.Noon.Add(-80 * time.Second)}}
	}).decide()
	g.Expect(decided.Status.SID).To(Equal("sid"))
	g.Expect(decided.Status.StartedTime.Time).To(BeTemporally("==", recordingtest.Noon.Add(-time.Minute)))
}

// TestDecideStartIsNotTakenInByAnotherRecording states that a recording with the same
// channel and user ID, which began shortly before, does not remain attributed to the
// operator.
func TestDecideStartIsNotTakenInByAnotherRecording(t *testing.T) {
	g := NewWithT(t)
	s := given(startRequestedAgo(time.Minute), startEvent("foreign", recordingtest.Noon.Add(-80*time.Second)))
	misled := s.decide()
	g.Expect(misled.Status.SID).To(Equal("foreign"))

	refused := s.after(misled, time.Second, answeredTo(agora.MethodStart, agora.TaskConflict)).decide()
	g.Expect(refused.Status.SID).To(BeEmpty(), "Agora has not started the operator's")
	g.Expect(refused.Status.FirstStartedTime).To(BeNil())
	g.Expect(ready(refused)).To(Equal("False TaskConflict"))

	waiting := s.after(misled, time.Second)
	g.Expect(lifecycle.StartingKeys(&waiting.recording)).To(HaveLen(1), "the operator's own start may still be notified")
	corrected := s.after(misled, time.Second, startEvent("own", recordingtest.Noon.Add(-59*time.Second))).decide()
	g.Expect(corrected.Status.SID).To(Equal("own"))
	g.Expect(corrected.Status.FirstStartedTime).To(Equal(corrected.Status.StartedTime))
	later := s.after(corrected, time.Second, startEvent("later", recordingtest.Noon.Add(time.Minute)))
	g.Expect(lifecycle.StartingKeys(&later.recording)).To(BeEmpty())
	g.Expect(later.decide().Status.SID).To(Equal("own"))
}

func TestDecideStartTakesNoTimeThatIsToCome(t *testing.T) {
	g := NewWithT(t)
	decided := given(startRequestedAgo(time.Minute), func(s *situation) {
		s.observed.Events = []notifications.Event{{Type: notifications.RecorderStarted, SID: "sid", UID: "1", Time: recordingtest.Noon.Add(time.Hour)}}
	}).decide()
	g.Expect(decided.Status.SID).To(Equal("sid"))
	g.Expect(decided.Status.StartedTime.Time).To(BeTemporally("==", recordingtest.Noon))
}

func TestDecideStartKeepsTheResourceOfAStartThatMayBeNotified(t *testing.T) {
	answeredOften := func(s *situation) {
		s.observed.Memory.failures = startTries - 1
		s.recording.Status.LastError = &v1alpha1.CallError{Operation: string(agora.MethodStart)}
	}
	tests := []struct {
		name       string
		given      []modifier
		resourceID string
		mayRun     bool
	}{
		{"after lost answers", []modifier{startRequestedAgo(time.Minute), answeredTo(agora.MethodStart, agora.NotKnown), answeredOften}, "resource", true},
		{"also long after the resource ID was acquired", []modifier{startRequestedAgo(2 * time.Minute), answeredTo(agora.MethodStart, agora.NotKnown), answeredOften}, "resource", true},
		{"though it has lapsed", []modifier{startRequestedAgo(5 * time.Minute), lostStartAgo(time.Minute)}, "resource", true},
		{"not once it would have come up", []modifier{startRequestedAgo(5 * time.Minute), lostStartAgo(startDeadline + time.Second)}, "", true},
		{"while nobody knows when a process before called it last", []modifier{startRequestedAgo(5 * time.Minute), lostStart}, "resource", true},
		{"not once that is long ago", []modifier{startRequestedAgo(resourceUsable + startDeadline + time.Second), lostStart}, "", true},
		{"when it was tried often, and would have come up", []modifier{startRequestedAgo(200 * time.Second), lostStartAgo(startDeadline + time.Second), failedTimes(startTries)}, "", true},
		{"when it was tried often, and may come up", []modifier{startRequestedAgo(200 * time.Second), lostStartAgo(time.Minute), failedTimes(startTries)}, "resource", true},
		{"when it is not wanted any more", []modifier{startRequestedAgo(200 * time.Second), lostStartAgo(startDeadline + time.Second), failedTimes(startTries), stopWanted}, "resource", true},
		{"after a conflict that may be with itself", []modifier{startRequestedAgo(time.Minute), lostStart, answeredTo(agora.MethodStart, agora.TaskConflict)}, "resource", true},
		{"not after a conflict with another", []modifier{startRequestedAgo(time.Minute), answeredTo(agora.MethodStart, agora.TaskConflict)}, "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			decided := given(test.given...).decide()
			g.Expect(decided.Status.ResourceID).To(Equal(test.resourceID))
			g.Expect(decided.Status.StartRequestedTime != nil).To(Equal(test.mayRun), "the recording may be running")
		})
	}
}

func TestDecideStartTakesTheAnswersSIDOverANotifiedOne(t *testing.T) {
	g := NewWithT(t)
	s := given(startRequestedAgo(time.Second), func(s *situation) {
		s.recording.Status.SID = "foreign"
		s.recording.Status.FileList = asFiles("foreign.m3u8")
	}, answeredTo(agora.MethodStart, agora.Succeeded, withSID))
	d := s.decide()
	g.Expect(d.Status.SID).To(Equal("new-sid"))
	g.Expect(d.Status.FileList).To(BeEmpty())
	g.Expect(d.Status.ResourceID).To(Equal("resource"))
}

func TestDecideStartKeepsTheResourceThatALostStartMayHaveUsed(t *testing.T) {
	for _, conclusion := range []agora.Conclusion{agora.NeedsNewResource, agora.InvalidRequest, agora.TaskConflict, agora.Overloaded, agora.TokenRejected} {
		t.Run(conclusion.String(), func(t *testing.T) {
			g := NewWithT(t)
			refused := answeredTo(agora.MethodStart, conclusion)
			lost := given(startRequestedAgo(time.Second), lostStart, refused).decide()
			g.Expect(lost.Status.ResourceID).To(Equal("resource"))
			g.Expect(given(startRequestedAgo(2*time.Minute), lostStartAgo(startDeadline+time.Second), refused).decide().Status.ResourceID).To(BeEmpty())
			known := given(startRequestedAgo(time.Second), refused).decide()
			g.Expect(known.Status.ResourceID).To(BeEmpty())
			g.Expect(known.Status.StartRequestedTime).To(BeNil())
		})
	}
}

// TestDecideStartForgetsWhatHadNoEffect follows a start that is answered by 429: nothing is
// started once it is no longer wanted, whatever is remembered.
func TestDecideStartForgetsWhatHadNoEffect(t *testing.T) {
	for name, remembered := range map[string]modifier{
		"by the same process":                   func(*situation) {},
		"by another process":                    restarted,
		"though the resource ID has lapsed":     func(s *situation) { s.observed.Now = recordingtest.Noon.Add(time.Hour) },
		"though the Secret with its token went": secretMissing,
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := given(startRequestedAgo(time.Second))
			limited := s.after(s.decide(), time.Second, answeredTo(agora.MethodStart, agora.RateLimited))
			d := limited.decide()
			g.Expect(d.Status.StartRequestedTime).To(BeNil())
			g.Expect(d.Status.ResourceID).To(Equal("resource"), "it is used for the next try")
			g.Expect(d.Status.LastError).To(HaveValue(HaveField("Operation", "start")))

			again := limited.after(d, time.Second).decide()
			g.Expect(again.Action).To(Equal(ActionStart))
			g.Expect(again.Status.StartRequestedTime).NotTo(BeNil(), "it is written again before it is called")

			gone := limited.after(d, time.Second, deleted, remembered).decide()
			g.Expect(gone.Action).To(Equal(ActionRelease))

			stopped := limited.after(d, time.Second, stopWanted, remembered).decide()
			g.Expect(stopped.Action).To(Equal(ActionNone))
			g.Expect(stopped.Status.StoppedReason).To(Equal(v1alpha1.NothingToStopReason))
			g.Expect(stopped.Status.ResourceID).To(BeEmpty())
		})
	}
}

// TestDecideStartKeepsWhatMayHaveTakenEffect states that a 429 says nothing about an
// earlier start whose answer was lost.
func TestDecideStartKeepsWhatMayHaveTakenEffect(t *testing.T) {
	g := NewWithT(t)
	s := given(startRequestedAgo(time.Second), answeredTo(agora.MethodStart, agora.NotKnown))
	lost := s.decide()
	limited := s.after(lost, 3*time.Second, answeredTo(agora.MethodStart, agora.RateLimited))
	d := limited.decide()
	g.Expect(d.Status.StartRequestedTime).NotTo(BeNil())
	asked := limited.after(d, time.Second, deleted).decide()
	g.Expect(asked.Action).To(Equal(ActionStart), "its sid is found out, to stop it")
	g.Expect(asked.Priority).To(Equal(budget.Stop))
}
func TestDecideStallsAStartWhoseSpecIsWrong(t *testing.T) {
	g := NewWithT(t)
	d := given(toStart, func(s *situation) {
		s.observed.StartProblem, s.observed.StartInvalid = clientrequest.MessagePrivateParams, true
	}).decide()
	g.Expect(d.Action).To(Equal(ActionNone))
	for _, condition := range []string{v1alpha1.ReadyCondition, v1alpha1.StalledCondition} {
		found := meta.FindStatusCondition(d.Status.Conditions, condition)
		g.Expect(found).NotTo(BeNil())
		g.Expect(found.Reason).To(Equal(v1alpha1.InvalidRequestReason))
		g.Expect(found.Message).To(Equal(clientrequest.MessagePrivateParams))
	}
}

// TestDecideStartKeepsWhatAnotherProcessTookBack lets a process that led before write that
// no start has taken effect, while this process calls start.
func TestDecideStartKeepsWhatAnotherProcessTookBack(t *testing.T) {
	for _, conclusion := range []agora.Conclusion{agora.NotKnown, agora.AlreadyStarted, agora.Succeeded} {
		t.Run(conclusion.String(), func(t *testing.T) {
			g := NewWithT(t)
			s := given(acquiredAgo(time.Minute), answeredTo(agora.MethodStart, conclusion, withSID), func(s *situation) {
				s.recording.Status.ResourceID, s.recording.Status.AcquiredTime = "", nil
				s.observed.AnswerResource = "resource"
			})
			decided := s.decide()
			g.Expect(decided.Status.ResourceID).To(Equal("resource"))
			g.Expect(decided.Status.StartRequestedTime).NotTo(BeNil(), "it may be running")
			if conclusion != agora.Succeeded {
				decided = s.after(decided, time.Second, startEvent("own", recordingtest.Noon.Add(time.Second))).decide()
				g.Expect(decided.Status.SID).To(Equal("own"))
			}
		})
	}
}
