// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/hack/agorasim"
)

// TestDecideStopOfUnfound states when a recording that ended only since nothing
// found it is stopped all the same.
func TestDecideStopOfUnfound(t *testing.T) {
	at := func(ago time.Duration) modifier {
		return func(s *situation) { s.observed.memory.notBefore = noon.Add(-ago) }
	}
	failedOnce := func(s *situation) { s.observed.memory.failures = 1 }
	deletedAgo := func(ago time.Duration) modifier {
		return func(s *situation) {
			deleted(s)
			s.recording.DeletionTimestamp = &metav1.Time{Time: noon.Add(-ago)}
			s.recording.Spec.Upload.DeletionTimeout = &metav1.Duration{Duration: time.Minute}
		}
	}
	found := func(s *situation) { s.recording.Status.NotFoundSince = nil }
	asked := func(s *situation) { s.recording.Status.StopRequestedTime = &metav1.Time{Time: noon.Add(-time.Hour)} }
	confirmed := func(s *situation) { s.recording.Status.UploadedReason = v1alpha1.NotifiedByAgoraReason }

	for name, test := range map[string]struct {
		situation situation
		action    action
	}{
		"nobody wants that":                         {given(endedAgo(time.Hour), at(0)), actionNone},
		"its state is set to Stopped":               {given(endedAgo(time.Hour), wantedStopped), actionStop},
		"it is deleted":                             {given(endedAgo(time.Hour), deleted), actionStop},
		"it is deleted and was to go long ago":      {given(endedAgo(time.Hour), deletedAgo(time.Hour), at(0)), actionStop},
		"that was tried, and it was to go":          {given(endedAgo(time.Hour), deletedAgo(time.Hour), at(0), failedOnce, known), actionRelease},
		"that was tried, and it may still wait":     {given(endedAgo(time.Hour), deletedAgo(time.Second), at(0), failedOnce, known), actionStop},
		"it is deleted, and is let go of":           {given(endedAgo(time.Hour), deleted, orphaned), actionRelease},
		"the operator was restarted":                {given(endedAgo(time.Hour), wantedStopped, restarted), actionStop},
		"it is suspended":                           {given(endedAgo(time.Hour), wantedStopped, suspended), actionNone},
		"there are no credentials":                  {given(endedAgo(time.Hour), wantedStopped, withoutCredentials), actionNone},
		"there are none, and it was to go":          {given(endedAgo(time.Hour), deletedAgo(time.Hour), withoutCredentials), actionRelease},
		"Agora said itself that it has exited":      {given(endedAgo(time.Hour), wantedStopped, found), actionQuery},
		"Agora found nothing to stop before":        {given(endedAgo(time.Hour), wantedStopped, asked, at(0)), actionNone},
		"there is evidence that all of it is there": {given(endedAgo(time.Hour), wantedStopped, confirmed), actionNone},
		"another session has replaced it": {
			given(replaces(func(before *v1alpha1.SessionStatus) { endSession(before, time.Hour) }), func(s *situation) {
				delete(s.observed.memory.sessions, "before")
			}), actionStop,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			decided := test.situation.decide()
			g.Expect(decided.action).To(Equal(test.action))
			if test.action == actionStop {
				g.Expect(decided.priority).To(Equal(budget.StopAgain))
			}
		})
	}
}

// known says that what was wanted and given has not changed since the last reconcile.
func known(s *situation) {
	s.observed.memory.trigger.generation = s.recording.Generation
}

// TestDecideStopOfUnfoundAnswered states what its answer means.
func TestDecideStopOfUnfoundAnswered(t *testing.T) {
	ago := 3 * time.Hour
	ended := noon.Add(-ago)
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
			stopAnswer(200, 0, agora.Succeeded, file), v1alpha1.StopAcknowledgedReason, noon, true, v1alpha1.ReportedByAgoraReason,
		},
		"it was running, and nobody had published": {
			stopAnswer(206, 435, agora.NoRecordedData, agora.Report{}), v1alpha1.StopAcknowledgedReason, noon, true, v1alpha1.NoRecordedDataReason,
		},
		"it is exiting only now": {
			stopAnswer(400, 49, agora.AlreadyExiting, agora.Report{}), v1alpha1.AlreadyExitingReason, noon, true, v1alpha1.NotReportedReason,
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
			g.Expect(decided.status.StoppedReason).To(Equal(test.stopped))
			g.Expect(decided.status.StoppedTime.Time).To(BeTemporally("==", test.at))
			g.Expect(decided.status.StopRequestedTime != nil).To(Equal(test.requested))
			g.Expect(decided.status.Conditions).To(ContainElement(And(
				HaveField("Type", v1alpha1.UploadedCondition), HaveField("Reason", test.uploaded))))
			g.Expect(decided.status.Conditions).NotTo(ContainElement(HaveField("Reason", v1alpha1.ResourceExpiredReason)))
			g.Expect(decided.action).To(Equal(actionNone))
			if !test.requested {
				g.Expect(decided.lookAgain).To(BeTemporally("<=", noon.Add(time.Minute)), "it is to be tried again soon")
			}
		})
	}
}

// TestDecideNotFoundLongAgo states that an answer that could not be recorded for long
// says nothing of the time since it was asked for.
func TestDecideNotFoundLongAgo(t *testing.T) {
	g := NewWithT(t)
	notFound := queryAnswer(agora.NotFound, 0)
	late := given(answered(notFound), func(s *situation) { s.observed.askedAt = noon.Add(-time.Hour) })
	first := late.decide()
	g.Expect(first.status.NotFoundSince.Time).To(BeTemporally("==", noon))
	next := late.after(first, time.Minute, answered(notFound), func(s *situation) { s.observed.askedAt = s.observed.now }).decide()
	g.Expect(next.status.NotFoundSince.Time).To(BeTemporally("==", noon.Add(time.Minute)))
}

var _ = Describe("a recording that counts as ended since no query found it", func() {
	const goesOn, hasGone = true, false
	DescribeTable("is stopped once it is wanted to be",
		func(ctx context.Context, isRunning bool, want func(context.Context, *v1alpha1.CloudRecording), stopped string) {
			e := begin(ctx, agorasim.Options{})
			lesson := e.record("lesson", nil)
			e.adopt(ctx, lesson)
			if isRunning {
				e.fault(agorasim.Fault{
					Method: agorasim.MethodQuery, SID: lesson.Spec.SID, Effect: agorasim.EffectAnswer,
					Status: 404, Body: `{"code":404,"serverResponse":{"command":"query","payload":{"message":"Failed to find worker."}}}`,
				})
			} else {
				Expect(e.agora.Exit(lesson.Spec.SID)).To(Succeed())
			}
			Eventually(observe(ctx, lesson)).Should(haveReady(metav1.ConditionFalse, v1alpha1.RecordingEndedReason))
			Expect(e.simulated(lesson)().StopRequests).To(BeZero())
			Expect(e.simulated(lesson)().Running).To(Equal(isRunning))

			want(ctx, lesson)
			Eventually(e.simulated(lesson)).Should(And(HaveField("StopRequests", 1), HaveField("Running", false)))
			if stopped == "" {
				e.eventuallyGone(ctx, lesson)
			} else {
				Eventually(observe(ctx, lesson)).Should(And(
					HaveField("Status.StopRequestedTime", Not(BeNil())),
					haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, stopped)))
			}
			Consistently(e.simulated(lesson)).WithTimeout(time.Second).Should(HaveField("StopRequests", 1))
		},
		Entry("by its state, and goes on", goesOn, setToStopped, v1alpha1.StopAcknowledgedReason),
		Entry("by its state, and has gone", hasGone, setToStopped, v1alpha1.RecordingEndedReason),
		Entry("by being deleted, and goes on", goesOn, deleteRecording, ""),
	)
})

func setToStopped(ctx context.Context, recording *v1alpha1.CloudRecording) {
	GinkgoHelper()
	patch(ctx, recording, wantStopped)
}

func deleteRecording(ctx context.Context, recording *v1alpha1.CloudRecording) {
	GinkgoHelper()
	Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
}
