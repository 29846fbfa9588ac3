// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// TestDecideStopOfUnfound states when a recording that counts as ended only because it was
// not found is stopped all the same.
func TestDecideStopOfUnfound(t *testing.T) {
	at := func(ago time.Duration) modifier {
		return func(s *situation) { s.observed.Memory.notBefore = recordingtest.Noon.Add(-ago) }
	}
	failedOnce := func(s *situation) { s.observed.Memory.failures = 1 }
	deletedAgo := func(ago time.Duration) modifier {
		return func(s *situation) {
			deleted(s)
			s.recording.DeletionTimestamp = &metav1.Time{Time: recordingtest.Noon.Add(-ago)}
			s.recording.Spec.Upload.DeletionTimeout = &metav1.Duration{Duration: time.Minute}
		}
	}
	found := func(s *situation) { s.recording.Status.NotFoundSince = nil }
	asked := func(s *situation) {
		s.recording.Status.StopRequestedTime = &metav1.Time{Time: recordingtest.Noon.Add(-time.Hour)}
	}
	confirmed := func(s *situation) { s.recording.Status.UploadedReason = v1alpha1.NotifiedByAgoraReason }

	for name, test := range map[string]struct {
		situation situation
		Action    Action
	}{
		"nobody wants that":                         {given(endedAgo(time.Hour), at(0)), ActionNone},
		"its state is set to Stopped":               {given(endedAgo(time.Hour), wantedStopped), ActionStop},
		"it is deleted":                             {given(endedAgo(time.Hour), deleted), ActionStop},
		"it is deleted and was to go long ago":      {given(endedAgo(time.Hour), deletedAgo(time.Hour), at(0)), ActionStop},
		"that was tried, and it was to go":          {given(endedAgo(time.Hour), deletedAgo(time.Hour), at(0), failedOnce, known), ActionRelease},
		"that was tried, and it may still wait":     {given(endedAgo(time.Hour), deletedAgo(time.Second), at(0), failedOnce, known), ActionStop},
		"it is deleted, and is let go of":           {given(endedAgo(time.Hour), deleted, orphaned), ActionRelease},
		"the operator was restarted":                {given(endedAgo(time.Hour), wantedStopped, restarted), ActionStop},
		"it is suspended":                           {given(endedAgo(time.Hour), wantedStopped, suspended), ActionNone},
		"there are no credentials":                  {given(endedAgo(time.Hour), wantedStopped, withoutCredentials), ActionNone},
		"there are none, and it was to go":          {given(endedAgo(time.Hour), deletedAgo(time.Hour), withoutCredentials), ActionRelease},
		"Agora said itself that it has exited":      {given(endedAgo(time.Hour), wantedStopped, found), ActionQuery},
		"Agora found nothing to stop before":        {given(endedAgo(time.Hour), wantedStopped, asked, at(0)), ActionNone},
		"there is evidence that all of it is there": {given(endedAgo(time.Hour), wantedStopped, confirmed), ActionNone},
		"another session has replaced it": {
			given(replaces(func(before *v1alpha1.SessionStatus) { endSession(before, time.Hour) }), func(s *situation) {
				delete(s.observed.Memory.sessions, "before")
			}), ActionStop,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			decided := test.situation.decide()
			g.Expect(decided.Action).To(Equal(test.Action))
			if test.Action == ActionStop {
				g.Expect(decided.Priority).To(Equal(budget.StopAgain))
			}
		})
	}
}

// known makes the spec one that has not changed since the last reconcile.
func known(s *situation) {
	s.observed.Memory.Trigger.Generation = s.recording.Generation
}

// TestDecideStopOfUnfoundAnswered states what the answer to that stop means.
func TestDecideStopOfUnfoundAnswered(t *testing.T) {
	ago := 3 * time.Hour
	ended := recordingtest.Noon.Add(-ago)
	file := agora.Report{UploadingStatus: agora.Uploaded, Files: []v1alpha1.RecordedFile{{FileName: "late.m3u8"}}}
	for name, test := range map[string]struct {
		answer    agora.Answer
		stopped   string
		at        time.Time
		requested bool
		uploaded  string
	}{
		"nothing is found again": {
			stopAnswer(404, 404, agora.NotFound, agora.Report{}), v1alpha1.RecordingEndedReason, ended, true, v1alpha1.NotReportedReason,
		},
		"it was running all the time": {
			stopAnswer(200, 0, agora.Succeeded, file), v1alpha1.StopAcknowledgedReason, recordingtest.Noon, true, v1alpha1.ReportedByAgoraReason,
		},
		"it was running, and nobody had published": {
			stopAnswer(206, 435, agora.NoRecordedData, agora.Report{}), v1alpha1.StopAcknowledgedReason, recordingtest.Noon, true, v1alpha1.NoRecordedDataReason,
		},
		"it is exiting only now": {
			stopAnswer(400, 49, agora.AlreadyExiting, agora.Report{}), v1alpha1.AlreadyExitingReason, recordingtest.Noon, true, v1alpha1.NotReportedReason,
		},
		"the answer is lost": {
			stopAnswer(0, 0, agora.NotKnown, agora.Report{}), v1alpha1.RecordingEndedReason, ended, false, v1alpha1.NotReportedReason,
		},
		"there were too many requests": {
			stopAnswer(429, 0, agora.RateLimited, agora.Report{}), v1alpha1.RecordingEndedReason, ended, false, v1alpha1.NotReportedReason,
		},
		"Agora refuses the token": {
			stopAnswer(400, 109, agora.TokenRejected, agora.Report{}), v1alpha1.RecordingEndedReason, ended, false, v1alpha1.NotReportedReason,
		},
		"Agora refuses it": {
			stopAnswer(400, 433, agora.ResourceExpired, agora.Report{}), v1alpha1.RecordingEndedReason, ended, true, v1alpha1.NotReportedReason,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := given(endedAgo(ago), wantedStopped, known, answered(test.answer))
			decided := s.decide()
			g.Expect(decided.Status.StoppedReason).To(Equal(test.stopped))
			g.Expect(decided.Status.StoppedTime.Time).To(BeTemporally("==", test.at))
			g.Expect(decided.Status.StopRequestedTime != nil).To(Equal(test.requested))
			g.Expect(decided.Status.Conditions).To(ContainElement(And(
				HaveField("Type", v1alpha1.UploadedCondition), HaveField("Reason", test.uploaded))))
			g.Expect(decided.Status.Conditions).NotTo(ContainElement(HaveField("Reason", v1alpha1.ResourceExpiredReason)))
			g.Expect(decided.Action).To(Equal(ActionNone))
			if !test.requested {
				g.Expect(decided.RequeueAt).To(BeTemporally("<=", recordingtest.Noon.Add(time.Minute)), "it is to be tried again soon")
			}
		})
	}
}

// TestDecideNotFoundLongAgo states that an answer that could not be recorded for a long
// time says nothing about the time since the call.
func TestDecideNotFoundLongAgo(t *testing.T) {
	g := NewWithT(t)
	notFound := queryAnswer(agora.NotFound, 0)
	late := given(answered(notFound), func(s *situation) { s.observed.AskedAt = recordingtest.Noon.Add(-time.Hour) })
	first := late.decide()
	g.Expect(first.Status.NotFoundSince.Time).To(BeTemporally("==", recordingtest.Noon))
	next := late.after(first, time.Minute, answered(notFound), func(s *situation) { s.observed.AskedAt = s.observed.Now }).decide()
	g.Expect(next.Status.NotFoundSince.Time).To(BeTemporally("==", recordingtest.Noon.Add(time.Minute)))
}
