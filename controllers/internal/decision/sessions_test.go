// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/notifications"
)

// runningFor makes the recording one that the operator started the given time ago, that
// runs, and that may have more sessions. Agora accepts calls for it for an hour.
func runningFor(d time.Duration) modifier {
	return func(s *situation) {
		startedAgo(d)(s)
		s.recording.Spec.Start.ResourceExpiredHour = 1
		s.recording.Spec.Start.AlternateUIDs = []string{"2", "3"}
		s.recording.Status.Phase = v1alpha1.PhaseRecording
		s.recording.Status.ServiceStatus = ptr.To[int32](5)
		s.observed.Memory.LastQueried = recordingtest.Noon.Add(-time.Second)
		s.observed.Memory.notBefore = recordingtest.Noon.Add(time.Minute)
	}
}

func restarting(s *situation) { s.recording.Spec.RestartPolicy = v1alpha1.RestartPolicyAlways }

func startingNext(s *situation) { s.recording.Spec.Start.OnExpiry = v1alpha1.ExpiryPolicyStartNext }

// endedAgo makes the current session have ended by itself the given time ago.
func endedAgo(d time.Duration) modifier {
	return func(s *situation) { endSession(&s.recording.Status.SessionStatus, d) }
}

func endSession(session *v1alpha1.SessionStatus, ago time.Duration) {
	session.StoppedTime = &metav1.Time{Time: recordingtest.Noon.Add(-ago)}
	session.StoppedReason = v1alpha1.RecordingEndedReason
	session.NotFoundSince = &metav1.Time{Time: recordingtest.Noon.Add(-ago - 2*time.Minute)}
	session.Phase = v1alpha1.PhaseUploading
	meta.SetStatusCondition(&session.Conditions, metav1.Condition{
		Type: v1alpha1.StoppedCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.RecordingEndedReason, Message: stoppedMessage(v1alpha1.RecordingEndedReason),
	})
}

// replaces makes the current session the replacement of one that still runs.
func replaces(change ...func(*v1alpha1.SessionStatus)) modifier {
	return func(s *situation) {
		before := v1alpha1.SessionStatus{
			SID: "before", ResourceID: "resource-before", Phase: v1alpha1.PhaseRecording, ServiceStatus: ptr.To[int32](5),
			StartedTime: &metav1.Time{Time: recordingtest.Noon.Add(-55 * time.Minute)},
		}
		for _, change := range change {
			change(&before)
		}
		s.recording.Status.Sessions = append(s.recording.Status.Sessions, before)
		s.recording.Status.UID = "2"
		if s.observed.Memory.sessions == nil {
			s.observed.Memory.sessions = map[string]Memory{}
		}
		s.observed.Memory.sessions["before"] = Memory{
			LastQueried: recordingtest.Noon.Add(-time.Minute), notBefore: recordingtest.Noon.Add(time.Minute), Trigger: s.observed.Memory.Trigger,
		}
	}
}

func ended(session *v1alpha1.SessionStatus) { endSession(session, time.Minute) }

func settled(session *v1alpha1.SessionStatus) {
	ended(session)
	session.Phase = v1alpha1.PhaseCompleted
	session.UploadedReason = v1alpha1.VerifiedInStorageReason
	meta.SetStatusCondition(&session.Conditions, metav1.Condition{
		Type: v1alpha1.UploadedCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.VerifiedInStorageReason, Message: "All files were found.",
	})
}

// isUp makes the recorder of the current session be seen at work, or not.
func isUp(up bool) modifier {
	return func(s *situation) {
		s.recording.Status.ServiceStatus = ptr.To[int32](5)
		if !up {
			s.recording.Status.ServiceStatus = ptr.To[int32](2)
		}
	}
}

func ready(d Decision) string {
	condition := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition)
	if condition == nil {
		return "absent"
	}
	return fmt.Sprint(condition.Status, " ", condition.Reason)
}

// TestWhatGoesOnIsSaidWhileNoOtherSessionCanTakeItsPlace holds for whatever prevents the
// start of the other session.
func TestWhatGoesOnIsSaidWhileNoOtherSessionCanTakeItsPlace(t *testing.T) {
	limited := func(s *situation) { s.recording.Spec.Start.ResourceExpiredHour = 1 }
	closing := func(s *situation) {
		s.recording.Spec.Window = &v1alpha1.RecordingWindow{End: &metav1.Time{Time: recordingtest.Noon.Add(time.Minute)}}
	}
	const goesOn = " The previous session before goes on recording until 2026-05-04T12:02:00Z, when the operator stops it."
	for name, test := range map[string]struct {
		given    []modifier
		reason   string
		expected OmegaMatcher
	}{
		"its sid was lost": {
			[]modifier{startRequestedAgo(0), replaces(), answeredTo(agora.MethodStart, agora.AlreadyStarted)}, v1alpha1.SIDUnknownReason, HaveSuffix(goesOn),
		},
		"its Secrets are missing": {[]modifier{toStart, replaces(), secretMissing}, v1alpha1.StartSecretNotFoundReason, HaveSuffix(goesOn)},
		"Agora does not answer": {
			[]modifier{toStart, replaces(), answeredTo(agora.MethodAcquire, agora.NotKnown)}, v1alpha1.AgoraUnavailableReason, HaveSuffix(goesOn),
		},
		"until its window ends": {
			[]modifier{toStart, replaces(), secretMissing, closing}, v1alpha1.StartSecretNotFoundReason, ContainSubstring(" until 2026-05-04T12:01:00Z, "),
		},
		"not of one that has ended": {[]modifier{toStart, replaces(ended), secretMissing}, v1alpha1.StartSecretNotFoundReason, Not(ContainSubstring("goes on"))},
		"not of one that is to stop": {
			[]modifier{startRequestedAgo(5 * time.Minute), replaces(), lostStart, stopWanted}, v1alpha1.SIDUnknownReason, Not(ContainSubstring("goes on")),
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given(append(test.given, limited, startingNext)...).decide()
			condition := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition)
			g.Expect(condition.Reason).To(Equal(test.reason))
			g.Expect(condition.Message).To(test.expected)
		})
	}
}

func TestDecideReplacesASessionThatHasEnded(t *testing.T) {
	for name, test := range map[string]struct {
		given    []modifier
		replaced bool
		phase    v1alpha1.RecordingPhase
		ready    string
		again    time.Duration
	}{
		"after a while": {
			given: []modifier{runningFor(time.Hour / 2), restarting, endedAgo(6 * time.Second)},
			phase: v1alpha1.PhaseStarting, ready: "False Restarting", again: 4 * time.Second,
		},
		"once that is over": {
			given:    []modifier{runningFor(time.Hour / 2), restarting, endedAgo(10 * time.Second)},
			replaced: true, phase: v1alpha1.PhaseStarting, ready: "False Starting", again: time.Millisecond,
		},
		"not while a call is under way, whose answer may be the last that is ever known": {
			given: []modifier{runningFor(time.Hour / 2), restarting, endedAgo(10 * time.Second), inFlightFor(agora.MethodQuery)},
			phase: v1alpha1.PhaseStarting, ready: "False Restarting",
		},
		"not by restartPolicy Never": {
			given: []modifier{runningFor(time.Hour / 2), endedAgo(10 * time.Second)},
			phase: v1alpha1.PhaseUploading, ready: "False RecordingEnded",
		},
		"not if it is not wanted any more": {
			given: []modifier{runningFor(time.Hour / 2), restarting, endedAgo(10 * time.Second), stopWanted},
			phase: v1alpha1.PhaseUploading, ready: "False UploadPending",
		},
		"not while it is suspended": {
			given: []modifier{runningFor(time.Hour / 2), restarting, endedAgo(10 * time.Second), suspended},
			phase: v1alpha1.PhasePending, ready: "True Suspended",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := given(test.given...)
			d := s.decide()
			g.Expect(len(d.Status.Sessions) - len(s.recording.Status.Sessions)).To(Equal(map[bool]int{true: 1}[test.replaced]))
			g.Expect(d.Status.Phase).To(Equal(test.phase))
			g.Expect(ready(d)).To(Equal(test.ready))
			if test.again > 0 {
				g.Expect(d.RequeueAt.Sub(recordingtest.Noon)).To(Equal(test.again))
			}
			if !test.replaced {
				return
			}
			g.Expect(d.Status.Sessions[0].SID).To(Equal("sid"))
			g.Expect(d.Status.SID).To(BeEmpty())
			g.Expect(d.Status.UID).To(Equal("2"))
			next := s.after(d, time.Millisecond).decide()
			g.Expect(next.Action).To(Equal(ActionAcquire))
			g.Expect(next.Session).To(BeEmpty())
		})
	}
}

func TestRestartAfter(t *testing.T) {
	lasted := func(durations ...time.Duration) (sessions []*v1alpha1.SessionStatus) {
		for _, d := range durations {
			sessions = append(sessions, &v1alpha1.SessionStatus{
				StartedTime: &metav1.Time{Time: recordingtest.Noon.Add(-d)}, StoppedTime: &metav1.Time{Time: recordingtest.Noon},
			})
		}
		return sessions
	}
	for _, test := range []struct {
		sessions []*v1alpha1.SessionStatus
		expected time.Duration
	}{
		{lasted(time.Hour), 10 * time.Second},
		{lasted(time.Minute), 10 * time.Second},
		{lasted(time.Minute, time.Minute), 20 * time.Second},
		{lasted(time.Minute, time.Minute, time.Minute), 40 * time.Second},
		{lasted(time.Minute, time.Minute, 11*time.Minute), 10 * time.Second},
		{lasted(time.Minute, 11*time.Minute, time.Minute), 20 * time.Second},
		{lasted(slices.Repeat([]time.Duration{time.Minute}, 50)...), 5 * time.Minute},
	} {
		NewWithT(t).Expect(restartAfter(test.sessions)).To(Equal(test.expected))
	}
}

func TestUserIDsTakeTurns(t *testing.T) {
	g := NewWithT(t)
	s := given(runningFor(time.Minute))
	status := &v1alpha1.CloudRecordingStatus{}
	for _, expected := range []string{"2", "3", "1", "2"} {
		status.UID = nextUID(&s.recording, status)
		g.Expect(status.UID).To(Equal(expected))
	}
	status.Sessions = []v1alpha1.SessionStatus{{SID: "a", UID: "3"}}
	g.Expect(nextUID(&s.recording, status)).To(Equal("1"), "the recorder with 3 may run")
	status.Sessions = append(status.Sessions, v1alpha1.SessionStatus{SID: "b"})
	g.Expect(nextUID(&s.recording, status)).To(BeEmpty(), "all may run")
}

func TestDecideMakesRoomForAnotherSession(t *testing.T) {
	g := NewWithT(t)
	withFiles := func(session *v1alpha1.SessionStatus) {
		settled(session)
		session.FileList = asFiles("a.m3u8")
	}
	many := func(change func(*v1alpha1.SessionStatus)) modifier {
		return func(s *situation) {
			for i := range lifecycle.MaxSessions {
				replaces(change)(s)
				s.recording.Status.Sessions[i].SID = fmt.Sprint("before-", i)
			}
		}
	}
	d := given(runningFor(time.Hour/2), restarting, endedAgo(time.Hour), many(settled)).decide()
	g.Expect(d.Status.Sessions).To(HaveLen(lifecycle.MaxSessions))
	g.Expect(d.Status.Sessions[0].SID).To(Equal("before-1"))
	g.Expect(d.Status.SID).To(BeEmpty())

	g.Expect(d.Announcements).To(Equal([]Announcement{
		{Kind: corev1.EventTypeNormal, Reason: v1alpha1.SessionDroppedReason, Text: droppedMessage("before-0")},
	}))

	for name, keeps := range map[string]func(*v1alpha1.SessionStatus){"with files": withFiles, "with open uploads": ended} {
		full := given(runningFor(time.Hour/2), restarting, endedAgo(time.Hour), many(keeps)).decide()
		g.Expect(ready(full)).To(Equal("False SessionLimitReached"), name)
		g.Expect(meta.IsStatusConditionTrue(full.Status.Conditions, v1alpha1.StalledCondition)).To(BeTrue(), name)
		g.Expect(full.Status.Sessions[0].SID).To(Equal("before-0"), name)
		g.Expect(full.Announcements).To(BeEmpty(), name)

		expiring := given(runningFor(54*time.Minute), startingNext, many(keeps)).decide()
		g.Expect(meta.FindStatusCondition(expiring.Status.Conditions, v1alpha1.ExpiringCondition)).To(And(
			HaveField("Reason", v1alpha1.SessionLimitReachedReason),
			HaveField("Message", And(ContainSubstring("stops it in time"), Not(ContainSubstring("starts another"))))), name)
		g.Expect(expiring.Status.SID).To(Equal("sid"), name)
		late := given(runningFor(57*time.Minute), startingNext, many(keeps)).decide()
		g.Expect(late.Action).To(Equal(ActionStop), name)
		g.Expect(late.Session).To(BeEmpty(), name)
		g.Expect(late.Status.StopReason).To(Equal(v1alpha1.StopReasonControlWindow), name)
	}
}

func TestDecideKeepsToTheWindowThatASessionWasStartedWith(t *testing.T) {
	g := NewWithT(t)
	s := given(runningFor(time.Minute), isUp(false), replaces(func(session *v1alpha1.SessionStatus) {
		session.StartedTime, session.ResourceExpiredHour = &metav1.Time{Time: recordingtest.Noon.Add(-57 * time.Minute)}, 1
	}), func(s *situation) { s.recording.Spec.Start.ResourceExpiredHour = 72 })
	d := s.decide()
	g.Expect(d.Action).To(Equal(ActionStop))
	g.Expect(d.Session).To(Equal("before"))
}

func TestDecideBoundsTheFilesOfAllSessions(t *testing.T) {
	g := NewWithT(t)
	many := func(prefix string) []string {
		var names []string
		for i := range 2500 {
			names = append(names, fmt.Sprintf("%s-%d.m3u8", prefix, i))
		}
		return names
	}
	d := given(runningFor(time.Minute), replaces(ended), func(s *situation) {
		s.observed.Events = []notifications.Event{
			{Type: notifications.CloudRecordingFileInfos, SID: "sid", UID: "2", Time: recordingtest.Noon, Files: asFiles(many("sid")...)},
			{Type: notifications.CloudRecordingFileInfos, SID: "before", UID: "1", Time: recordingtest.Noon, Files: asFiles(many("before")...)},
		}
	}).decide()
	g.Expect(bounds.SizeOfFiles(d.Status.FileList).All + bounds.SizeOfSessions(d.Status.Sessions).All).To(BeNumerically("<=", bounds.MaxFileBytes))
	g.Expect(len(d.Unlisted) + int(d.Status.FileCount)).To(Equal(5000))
}

func TestDecideHandsOverBeforeTheControlWindowEnds(t *testing.T) {
	for name, test := range map[string]struct {
		given    []modifier
		replaced bool
		reason   v1alpha1.StopReason
		Action   Action
		expiring bool
	}{
		"not before its time":                     {given: []modifier{runningFor(53 * time.Minute), startingNext}},
		"by starting another session":             {given: []modifier{runningFor(54 * time.Minute), startingNext}, replaced: true},
		"only by onExpiry":                        {given: []modifier{runningFor(54 * time.Minute)}, expiring: true},
		"not if the recorder was not found":       {given: []modifier{runningFor(54 * time.Minute), startingNext, notFoundTimes(1)}, expiring: true},
		"not while one before is not stopped":     {given: []modifier{runningFor(54 * time.Minute), startingNext, replaces()}, expiring: true, Action: ActionStop},
		"by stopping it where it has to be":       {given: []modifier{runningFor(57 * time.Minute)}, reason: v1alpha1.StopReasonControlWindow, Action: ActionStop, expiring: true},
		"by stopping it at once where it is late": {given: []modifier{runningFor(57 * time.Minute), startingNext}, replaced: true, Action: ActionStop},
		"never one that is wanted to stop":        {given: []modifier{runningFor(54 * time.Minute), startingNext, stopWanted}, Action: ActionStop, expiring: true},
		"by stopping it when spec.maxDuration is over": {given: []modifier{runningFor(10 * time.Minute), func(s *situation) {
			s.recording.Spec.MaxDuration = &metav1.Duration{Duration: 10 * time.Minute}
		}}, reason: v1alpha1.StopReasonMaxDuration, Action: ActionStop},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := given(test.given...)
			d := s.decide()
			g.Expect(len(d.Status.Sessions) > len(s.recording.Status.Sessions)).To(Equal(test.replaced))
			g.Expect(d.Status.StopReason).To(Equal(test.reason))
			if test.Action != "" {
				g.Expect(d.Action).To(Equal(test.Action))
			}
			g.Expect(meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.ExpiringCondition)).To(Equal(test.expiring))
			if test.replaced && test.Action == "" {
				g.Expect(ready(d)).To(Equal("True Recording"), "one session goes on recording")
			}
		})
	}
}

func TestDecideLooksAfterASessionThatWasReplaced(t *testing.T) {
	inStorage := func(s *situation) {
		s.recording.Spec.Storage = &v1alpha1.StorageSpec{Vendor: 1, Bucket: "recordings"}
	}
	due := func(s *situation) { s.observed.Memory.notBefore = recordingtest.Noon }
	// The limit of a session is near.
	near := func(session *v1alpha1.SessionStatus) {
		session.StartedTime = &metav1.Time{Time: recordingtest.Noon.Add(-57 * time.Minute)}
	}
	sidLost := func(s *situation) {
		s.recording.Status.SID, s.recording.Status.StartedTime, s.recording.Status.ServiceStatus = "", nil, nil
		s.recording.Status.Phase = v1alpha1.PhaseStarting
		s.recording.Status.LastError = &v1alpha1.CallError{
			Operation: string(agora.MethodStart), HTTPStatus: 201, Code: 7, Problem: v1alpha1.SIDUnknownReason,
		}
	}
	for name, test := range map[string]struct {
		given    []modifier
		Action   Action
		session  string
		priority budget.Priority
	}{
		"it goes on while the next one comes up": {
			given: []modifier{runningFor(time.Minute), replaces(), isUp(false)}, Action: ActionNone,
		},
		"it is stopped once the next one records": {
			given: []modifier{runningFor(time.Minute), replaces()}, Action: ActionStop, session: "before", priority: budget.Stop,
		},
		"it is stopped in time though the next one does not": {
			given: []modifier{runningFor(time.Minute), replaces(near), isUp(false)}, Action: ActionStop, session: "before", priority: budget.Stop,
		},
		"it goes on while the sid of the next one is unknown": {
			given: []modifier{runningFor(time.Minute), replaces(), sidLost}, Action: ActionNone,
		},
		"it is stopped in time though the sid of the next one is unknown": {
			given:  []modifier{runningFor(time.Minute), replaces(near), sidLost},
			Action: ActionStop, session: "before", priority: budget.Stop,
		},
		"it is stopped with the next one": {
			given: []modifier{runningFor(time.Minute), replaces(), isUp(false), stopWanted}, Action: ActionStop, priority: budget.Stop,
		},
		"its files are looked for": {
			given: []modifier{runningFor(time.Minute), replaces(ended), inStorage}, Action: ActionVerify, session: "before",
		},
		"calls go before that": {
			given: []modifier{runningFor(time.Minute), replaces(ended), inStorage, due}, Action: ActionQuery, priority: budget.Poll,
		},
		"nothing is done for one that is settled": {
			given: []modifier{runningFor(time.Minute), replaces(settled), inStorage}, Action: ActionNone,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given(test.given...).decide()
			g.Expect(d.Action).To(Equal(test.Action))
			g.Expect(d.Session).To(Equal(test.session))
			if test.Action.IsCall() {
				g.Expect(d.Priority).To(Equal(test.priority))
			}
		})
	}
}

func TestDecideLearnsOfTheSessionThatIsMeant(t *testing.T) {
	g := NewWithT(t)
	s := given(runningFor(time.Minute), replaces(ended), func(s *situation) {
		s.observed.Events = []notifications.Event{
			{Type: notifications.CloudRecordingFileInfos, SID: "before", UID: "1", Time: recordingtest.Noon, Files: asFiles("before.m3u8")},
			{Type: notifications.CloudRecordingFileInfos, SID: "sid", UID: "2", Time: recordingtest.Noon, Files: asFiles("sid.m3u8")},
		}
		answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Uploaded, Files: asFiles("before_0.mp4")}))(s)
		s.observed.AnswerSession = "before"
	})
	d := s.decide()
	g.Expect(d.Status.FileList).To(Equal(asFiles("sid.m3u8")))
	g.Expect(d.Status.Sessions[0].FileList).To(Equal(asFiles("before.m3u8", "before_0.mp4")))
	g.Expect(d.Status.FileCount).To(BeEquivalentTo(3))
	g.Expect(d.Status.Sessions[0].UploadedReason).To(Equal(v1alpha1.ReportedByAgoraReason))
	g.Expect(d.isStopped()).To(BeFalse())
}

// isStopped reads the decided status like a recorded one.
func (d Decision) isStopped() bool { return lifecycle.HasEnded(&d.Status.SessionStatus) }

func TestDecideSpeaksForAllSessions(t *testing.T) {
	uploadedNow := func(s *situation) {
		stopWanted(s)
		s.recording.Status.StopRequestedTime = &metav1.Time{Time: recordingtest.Noon}
		answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Uploaded, Files: asFiles("sid.m3u8")}))(s)
		s.observed.AnswerSession = "sid"
	}
	stalled := func(session *v1alpha1.SessionStatus) {
		session.StopRequestedTime = &metav1.Time{Time: recordingtest.Noon}
		session.LastError = &v1alpha1.CallError{Operation: "stop", HTTPStatus: 400, Code: 1003, Problem: v1alpha1.ResourceExpiredReason}
		meta.SetStatusCondition(&session.Conditions, metav1.Condition{
			Type: v1alpha1.ReadyCondition, Status: metav1.ConditionFalse, Reason: v1alpha1.ResourceExpiredReason, Message: "Too late.",
		})
	}
	for name, test := range map[string]struct {
		given    []modifier
		phase    v1alpha1.RecordingPhase
		stopped  bool
		uploaded bool
		ready    string
	}{
		"all is done": {
			given: []modifier{runningFor(time.Minute), replaces(settled), uploadedNow},
			phase: v1alpha1.PhaseCompleted, stopped: true, uploaded: true, ready: "True Uploaded",
		},
		"the files of one before are not there": {
			given: []modifier{runningFor(time.Minute), replaces(ended), uploadedNow},
			phase: v1alpha1.PhaseUploading, stopped: true, ready: "False UploadPending",
		},
		"one before goes on": {
			given: []modifier{runningFor(time.Minute), replaces(), uploadedNow},
			phase: v1alpha1.PhaseStopping, ready: "False Stopping",
		},
		"one before cannot be stopped": {
			given: []modifier{runningFor(time.Minute), replaces(stalled)},
			phase: v1alpha1.PhaseRecording, ready: "False ResourceExpired",
		},
		"nothing shows that the files of one before are there, and this one records": {
			given: []modifier{runningFor(time.Minute), replaces(func(session *v1alpha1.SessionStatus) { endSession(session, 25*time.Hour) })},
			phase: v1alpha1.PhaseRecording, ready: "True Recording",
		},
		"one before is looked after, and this one records": {
			given: []modifier{runningFor(time.Minute), replaces(ended)},
			phase: v1alpha1.PhaseRecording, ready: "True Recording",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given(test.given...).decide()
			g.Expect(d.Status.Phase).To(Equal(test.phase))
			g.Expect(meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.StoppedCondition)).To(Equal(test.stopped))
			g.Expect(meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.UploadedCondition)).To(Equal(test.uploaded))
			g.Expect(ready(d)).To(Equal(test.ready))
		})
	}
}

func TestDecideNamesTheEvidenceOfTheFilesThatThereAre(t *testing.T) {
	g := NewWithT(t)
	s := given(runningFor(time.Minute), isUp(false), replaces(settled), stopWanted, func(s *situation) {
		s.recording.Spec.Storage = &v1alpha1.StorageSpec{Vendor: 1, Bucket: "recordings"}
		s.recording.Status.StopRequestedTime = &metav1.Time{Time: recordingtest.Noon}
		answered(stopAnswer(206, 435, agora.NoRecordedData, agora.Report{}))(s)
		s.observed.AnswerSession = "sid"
	})
	d := s.decide()
	for range 2 {
		g.Expect(meta.FindStatusCondition(d.Status.Conditions, v1alpha1.UploadedCondition)).To(And(
			HaveField("Reason", v1alpha1.VerifiedInStorageReason), HaveField("Message", ContainSubstring("All files were found"))))
		g.Expect(ready(d)).To(Equal("True Uploaded"))
		g.Expect(d.IsDone()).To(BeTrue())
		s = s.after(d, time.Hour, restarted)
		d = s.decide()
	}
}

func TestDecideLetsAnObjectGoOnlyWhenAllSessionsAreDone(t *testing.T) {
	g := NewWithT(t)
	gone := func(modifiers ...modifier) Decision {
		return given(append(modifiers, deleted, func(s *situation) {
			endSession(&s.recording.Status.SessionStatus, time.Minute)
			s.recording.Status.UploadedReason = v1alpha1.ReportedByAgoraReason
			s.observed.Memory.Trigger.Generation = 2
		})...).decide()
	}
	g.Expect(gone(runningFor(time.Minute), replaces(settled)).Action).To(Equal(ActionRelease))
	asked := func(before *v1alpha1.SessionStatus) { before.StopRequestedTime = before.StoppedTime }
	g.Expect(gone(runningFor(time.Minute), replaces(ended, asked)).Action).To(Equal(ActionNone))
	d := gone(runningFor(time.Minute), replaces())
	g.Expect(d.Action).To(Equal(ActionStop))
	g.Expect(d.Session).To(Equal("before"))
	g.Expect(gone(runningFor(time.Minute), replaces(), orphaned).Action).To(Equal(ActionRelease))
}

func TestDecideHasTheLastSessionInForceWhereTheNextWasNeverStarted(t *testing.T) {
	g := NewWithT(t)
	s := given(runningFor(time.Minute), restarting, endedAgo(10*time.Second))
	s = s.after(s.decide(), time.Millisecond, wantedStopped)
	d := s.decide()
	g.Expect(d.Status.Sessions).To(BeEmpty())
	g.Expect(d.Status.SID).To(Equal("sid"))
	g.Expect(d.Status.UID).To(Equal(s.recording.Spec.UID))
	next := s.after(d, time.Millisecond).decide()
	g.Expect(next.Status.Phase).To(Equal(v1alpha1.PhaseUploading))
	g.Expect(ready(next)).To(Equal("False UploadPending"))
}

func TestDecideSaysWhyItStopped(t *testing.T) {
	g := NewWithT(t)
	s := given(runningFor(57*time.Minute), answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Uploaded})))
	s.observed.AnswerSession = "sid"
	s.recording.Status.StopReason = v1alpha1.StopReasonControlWindow
	g.Expect(ready(s.decide())).To(Equal("False ControlWindowEnded"))
	s.recording.Status.StopReason = v1alpha1.StopReasonMaxDuration
	g.Expect(ready(s.decide())).To(Equal("True Uploaded"))
}
