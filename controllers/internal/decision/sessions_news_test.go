// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/notifications"
)

// ending makes the recording a deleted one whose current session is done.
func ending(s *situation) {
	deleted(s)
	endSession(&s.recording.Status.SessionStatus, time.Minute)
	s.recording.Status.UploadedReason = v1alpha1.ReportedByAgoraReason
	s.observed.Memory.Trigger.Generation = 2
}

func TestDecideKeepsTheLastNewsOfASessionBefore(t *testing.T) {
	asked := func(session *v1alpha1.SessionStatus) {
		session.StopRequestedTime = &metav1.Time{Time: recordingtest.Noon}
	}
	fileEvent := func(s *situation) {
		s.observed.Events = []notifications.Event{
			{Type: notifications.CloudRecordingFileInfos, SID: "before", UID: "1", Time: recordingtest.Noon, Files: asFiles("before.m3u8")},
		}
	}
	stopAnswered := func(s *situation) {
		answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Uploaded, Files: asFiles("before.m3u8")}))(s)
		s.observed.AnswerSession = "before"
	}
	for name, given := range map[string]situation{
		"from the answer to its stop":               given(runningFor(time.Minute), replaces(asked), ending, stopAnswered),
		"from a notification":                       given(runningFor(time.Minute), replaces(settled), ending, fileEvent),
		"though the object goes without being done": given(runningFor(time.Minute), replaces(), deleted, orphaned, fileEvent),
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given.decide()
			g.Expect(d.Action).To(Equal(ActionRelease))
			g.Expect(d.Status.Sessions[0].FileList).To(Equal(asFiles("before.m3u8")))
			g.Expect(d.Status.FileCount).To(BeEquivalentTo(1))
			g.Expect(fileNames(d.Status)).To(ContainSubstring("before.m3u8"))
		})
	}
}

// TestDecideLearnsNothingOfOtherRecordings states that observations with a sid that is not
// the object's change nothing, and that names of files reach the log.
func TestDecideLearnsNothingOfOtherRecordings(t *testing.T) {
	event := func(kind notifications.Type) modifier {
		return func(s *situation) {
			s.observed.Events = []notifications.Event{{
				Type: kind, SID: "another", UID: "1", Time: recordingtest.Noon, Status: ptr.To[int32](0), Files: asFiles("another.m3u8"),
			}}
		}
	}
	answer := func(answer agora.Answer) modifier {
		return func(s *situation) {
			answered(answer)(s)
			s.observed.AnswerSession = "another"
		}
	}
	stopWithFiles := stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Uploaded, Files: asFiles("another.m3u8")})
	look := func(s *situation) {
		brought(completeFinding())(s)
		s.observed.VerificationSession = "another"
	}
	for what, observed := range map[string]struct {
		modifier
		names bool
	}{
		"a notification of files":      {event(notifications.CloudRecordingFileInfos), true},
		"a notification of the upload": {event(notifications.Uploaded), true},
		"a notification of the end":    {event(notifications.SessionExit), true},
		"a notification of a start":    {event(notifications.RecorderStarted), true},
		"the answer to a stop":         {answer(stopWithFiles), true},
		"the answer to a query":        {answer(queryAnswer(agora.Succeeded, 2)), false},
		"that no recorder is found":    {answer(queryAnswer(agora.NotFound, 0)), false},
		"what the bucket shows":        {look, false},
	} {
		for of, state := range map[string][]modifier{
			"one that was adopted":              {withStorage},
			"one that was started":              {runningFor(time.Minute), withStorage},
			"one of several sessions":           {runningFor(time.Minute), replaces(settled), withStorage},
			"one that has ended":                {runningFor(time.Minute), endedAgo(time.Minute), withStorage},
			"one whose next session is started": {runningFor(time.Minute), replaces(ended), withStorage, func(s *situation) { s.recording.Status.SID = "" }},
		} {
			t.Run(what+" of "+of, func(t *testing.T) {
				g := NewWithT(t)
				s := given(state...)
				quiet := s.decide()
				observed.modifier(&s)
				d := s.decide()
				g.Expect(d.Status).To(BeComparableTo(quiet.Status))
				g.Expect(d.Action).To(Equal(quiet.Action))
				g.Expect(d.Memory).To(Equal(quiet.Memory))
				if observed.names {
					g.Expect(d.Unlisted).To(Equal([]string{"another.m3u8"}))
				}
			})
		}
	}
}

func TestDecideTakesNoSIDOfASessionBefore(t *testing.T) {
	g := NewWithT(t)
	begins := func(s *situation) {
		s.recording.Status.SID, s.recording.Status.StartedTime, s.recording.Status.UID = "", nil, ""
		s.observed.Events = []notifications.Event{{Type: notifications.RecorderStarted, SID: "before", UID: "1", Time: recordingtest.Noon}}
	}
	g.Expect(given(runningFor(time.Minute), replaces(ended), begins).decide().Status.SID).To(BeEmpty())
	late := answeredTo(agora.MethodStart, agora.Succeeded, func(a *agora.Answer) { a.SID = "before" })
	g.Expect(given(runningFor(time.Minute), replaces(ended), begins, late).decide().Status.SID).To(BeEmpty())
}

// TestDecideIsNeitherStoppedNorUploadedBetweenSessions states that nobody who waits for the
// end of a recording is told about it while another session is about to start.
func TestDecideIsNeitherStoppedNorUploadedBetweenSessions(t *testing.T) {
	uploaded := func(s *situation) {
		s.recording.Status.UploadedReason = v1alpha1.ReportedByAgoraReason
		s.recording.Status.UploadedTime = &metav1.Time{Time: recordingtest.Noon}
	}
	maxDuration := func(s *situation) { s.recording.Spec.MaxDuration = &metav1.Duration{Duration: 30 * time.Minute} }
	between := []modifier{runningFor(time.Hour / 2), restarting, endedAgo(6 * time.Second), uploaded}
	for name, test := range map[string]struct {
		given     []modifier
		completed bool
		uploaded  string
		suspended bool
	}{
		"before the next one":             {given: between, uploaded: v1alpha1.RestartingReason},
		"while it is suspended":           {given: append(between, suspended), uploaded: v1alpha1.RestartingReason, suspended: true},
		"until it is not wanted any more": {given: append(between, stopWanted), completed: true, uploaded: v1alpha1.ReportedByAgoraReason},
		"until spec.maxDuration is over":  {given: append(between, maxDuration), completed: true, uploaded: v1alpha1.ReportedByAgoraReason},
		"until no restart is wanted":      {given: append(between, func(s *situation) { s.recording.Spec.RestartPolicy = v1alpha1.RestartPolicyNever }), uploaded: v1alpha1.ReportedByAgoraReason, completed: true},
		"and where files are awaited":     {given: between[:3], uploaded: v1alpha1.NotReportedReason},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			// The conditions of the previous step do not count.
			s := given(test.given...)
			first := s.decide()
			for _, d := range []Decision{first, s.after(first, time.Second).decide()} {
				conditions := d.Status.Conditions
				g.Expect(meta.IsStatusConditionTrue(conditions, v1alpha1.StoppedCondition)).To(Equal(test.completed))
				g.Expect(meta.IsStatusConditionTrue(conditions, v1alpha1.UploadedCondition)).To(Equal(test.completed))
				g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(test.uploaded))
				if !test.completed {
					g.Expect(meta.IsStatusConditionTrue(conditions, v1alpha1.ReconcilingCondition)).To(Equal(!test.suspended))
					g.Expect(meta.IsStatusConditionTrue(conditions, v1alpha1.StalledCondition)).To(BeFalse())
				}
				switch {
				case test.suspended:
					g.Expect(ready(d)).To(Equal("True Suspended"))
					g.Expect(d.Status.Phase).To(Equal(v1alpha1.PhasePending))
				case !test.completed:
					g.Expect(ready(d)).To(Equal("False Restarting"))
					g.Expect(d.Status.Phase).To(Equal(v1alpha1.PhaseStarting))
				}
			}
		})
	}
}

func TestDecideSaysOfAReplacedSessionHowItEnded(t *testing.T) {
	g := NewWithT(t)
	s := given(runningFor(time.Hour/2), restarting, endedAgo(6*time.Second), func(s *situation) {
		s.recording.Status.UploadedReason = v1alpha1.NotifiedByAgoraReason
	})
	waits := s.decide()
	replaced := s.after(waits, 5*time.Second).decide()
	g.Expect(replaced.Status.Sessions).To(HaveLen(1))
	session := replaced.Status.Sessions[0]
	g.Expect(meta.FindStatusCondition(session.Conditions, v1alpha1.StoppedCondition)).To(And(
		HaveField("Status", metav1.ConditionTrue), HaveField("Reason", v1alpha1.RecordingEndedReason)))
	g.Expect(meta.FindStatusCondition(session.Conditions, v1alpha1.UploadedCondition)).To(And(
		HaveField("Status", metav1.ConditionTrue), HaveField("Reason", v1alpha1.NotifiedByAgoraReason), HaveField("Message", messageNotified)))
	g.Expect(session.Phase).To(Equal(v1alpha1.PhaseCompleted))
}

// TestDecideSaysThatAllEndedAsTheObjectGoes states that the last status of an object that
// is deleted between two sessions does not describe a recording that goes on.
func TestDecideSaysThatAllEndedAsTheObjectGoes(t *testing.T) {
	g := NewWithT(t)
	s := given(runningFor(time.Hour/2), restarting, endedAgo(6*time.Second), func(s *situation) {
		s.recording.Status.UploadedReason = v1alpha1.ReportedByAgoraReason
	})
	d := s.after(s.decide(), time.Second, deleted).decide()
	g.Expect(d.Action).To(Equal(ActionRelease))
	g.Expect(meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.StoppedCondition)).To(BeTrue())
	g.Expect(meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.UploadedCondition)).To(BeTrue())
	again := s.after(d, time.Second, deleted).decide()
	g.Expect(equality.Semantic.DeepEqual(again.Status, d.Status)).To(BeTrue())
}
