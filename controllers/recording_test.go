// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("a recording that is wanted to run", func() {
	It("is adopted and watched over", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)

		current := observe(ctx, recording)(Default)
		Expect(current).To(havePhase(v1alpha1.PhaseRecording))
		Expect(current).To(haveCondition(v1alpha1.UploadedCondition, metav1.ConditionFalse, v1alpha1.RecordingReason))
		Expect(current.Status.ServiceStatus).To(HaveValue(BeEquivalentTo(5)))
		Expect(current.Status.ResourceID).To(Equal(recording.Spec.ResourceID))
		Expect(current.Status.SID).To(Equal(recording.Spec.SID))
		Expect(current.Status.FileList).To(ConsistOf(HaveField("FileName", recording.Spec.SID+"_lesson.m3u8")))
		Expect(current.Status.ObservedGeneration).To(Equal(current.Generation))
		Expect(current.Status.StartTime).NotTo(BeNil())
		Eventually(e.events(ctx, recording)).Should(ContainElement(HavePrefix("Recording: ")))
	})

	It("costs no write while nothing changes", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		writes := len(e.writes.of("cloudrecordings"))
		polls := e.requests("query", recording)()
		Eventually(e.requests("query", recording)).Should(BeNumerically(">", polls+5))
		Expect(e.writes.of("cloudrecordings")).To(HaveLen(writes))
	})

	It("is not taken to have ended while it is moved to another server", func(ctx context.Context) {
		service := &leapingClock{}
		e := newEnvironment(ctx, agorasim.Options{Clock: service})
		e.settings.NotFoundGrace = time.Hour
		e.settings.PollInterval = 300 * time.Millisecond
		e.createSecret(ctx, customerSecret)
		e.run()
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		Expect(e.agora.LoseWorker(recording.Spec.SID, time.Hour)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.AgoraUnavailableReason),
			HaveField("Status.NotFoundSince", Not(BeNil()))))
		service.ahead.Store(int64(time.Hour))
		patch(ctx, recording, `{"metadata":{"annotations":{"cloudrecording.dev/reconcile-at":"1"}}}`)
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason),
			HaveField("Status.NotFoundSince", BeNil()),
			HaveField("Status.LastError", BeNil())))
		Expect(e.simulated(recording)().StopRequests).To(BeZero())
	})

	It("is said to have ended once Agora has not found it for long", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		Expect(e.agora.Exit(recording.Spec.SID)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseUploading),
			haveReady(metav1.ConditionFalse, v1alpha1.RecordingEndedReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.RecordingEndedReason),
			haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.RecordingEndedReason),
			haveCondition(v1alpha1.UploadedCondition, metav1.ConditionUnknown, v1alpha1.NotReportedReason)))
		Expect(e.simulated(recording)().StopRequests).To(BeZero())
	})

	It("is looked at at once when the annotation asks for it", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.settings.PollInterval = time.Hour
		e.createSecret(ctx, customerSecret)
		e.run()
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		for _, value := range []string{"1", "2"} {
			polls := e.requests("query", recording)()
			patch(ctx, recording, `{"metadata":{"annotations":{"cloudrecording.dev/reconcile-at":"`+value+`"}}}`)
			Eventually(e.requests("query", recording)).Should(Equal(polls + 1))
		}
	})

	It("is left alone while it is suspended, and stopped by its deletion all the same", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		patch(ctx, recording, `{"spec":{"suspend":true,"state":"Stopped"}}`)
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.StopSuspendedReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.StopSuspendedReason),
			WithTransform(message, ContainSubstring("set spec.suspend to false"))))
		calls := len(e.agora.Requests())
		// One may have been on its way.
		Consistently(func() int { return len(e.agora.Requests()) }).WithTimeout(time.Second).Should(BeNumerically("<=", calls+1))

		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		Eventually(e.simulated(recording)).Should(HaveField("StopsTaken", 1))
		e.eventuallyGone(ctx, recording)
	})

	It("is resumed when the suspension ends", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		recording.Spec.Suspend = true
		recording.Spec.State = v1alpha1.RecordingStateStopped
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.StopSuspendedReason))
		Consistently(e.simulated(recording)).WithTimeout(500 * time.Millisecond).Should(HaveField("Running", true))
		patch(ctx, recording, `{"spec":{"suspend":false}}`)
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
	})
})
