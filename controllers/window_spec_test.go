// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// window opens and closes after so long from now.
func window(opens, closes time.Duration) func(*v1alpha1.CloudRecordingSpec) {
	now := time.Now()
	return func(spec *v1alpha1.CloudRecordingSpec) {
		spec.Window = &v1alpha1.RecordingWindow{Start: &metav1.Time{Time: now.Add(opens)}, End: &metav1.Time{Time: now.Add(closes)}}
	}
}

var _ = Describe("a recording with a window", func() {
	It("is recorded from its start to its end, and no longer", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.lessonToStart(window(time.Hour, 2*time.Hour))
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseScheduled),
			haveReady(metav1.ConditionTrue, v1alpha1.ScheduledReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring(recording.Spec.Window.Start.UTC().Format(time.RFC3339)))))
		Expect(e.calls(faults.MethodAcquire)()).To(BeZero())
		e.leapTo(ctx, recording, recording.Spec.Window.Start.Add(-shortly))
		running := isRecording(ctx, recording)
		Expect(running.Status.StartRequestedTime.Time).NotTo(BeTemporally("<", recording.Spec.Window.Start.Time))
		e.leapTo(ctx, recording, recording.Spec.Window.End.Add(-shortly))
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted), haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason),
			HaveField("Status.StopReason", v1alpha1.StopReasonWindowEnded)))
		Expect(e.simulated(running)().Running).To(BeFalse())
		Expect(e.calls(faults.MethodStart)()).To(Equal(1))
	})

	It("goes on where its end is moved", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.lessonToStart(window(-time.Minute, time.Hour))
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		isRecording(ctx, recording)
		end := recording.Spec.Window.End.Time
		patch(ctx, recording, fmt.Sprintf(`{"spec":{"window":{"end":%q}}}`, end.Add(time.Hour).UTC().Format(time.RFC3339)))
		e.leapTo(ctx, recording, end.Add(time.Second))
		queries := e.calls(faults.MethodQuery)
		Eventually(queries).Should(BeNumerically(">", queries()+2))
		Consistently(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseRecording))
		patch(ctx, recording, fmt.Sprintf(`{"spec":{"window":{"end":%q}}}`, end.UTC().Format(time.RFC3339)))
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
	})

	It("says that it was missed, and why", func(ctx context.Context) {
		e := beginWithToken(ctx)
		e.fault(faults.Fault{Method: faults.MethodAcquire, Effect: faults.EffectAnswer, Status: 503})
		recording := e.lessonToStart(window(-time.Minute, time.Hour))
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(HaveField("Status.LastError", HaveValue(HaveField("HTTPStatus", int32(503)))))
		e.leapTo(ctx, recording, recording.Spec.Window.End.Time)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseFailed), haveReady(metav1.ConditionFalse, v1alpha1.WindowMissedReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.WindowMissedReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring("acquire: HTTP status 503"))))
		Eventually(e.events(ctx, recording)).Should(ContainElement(HavePrefix("WindowMissed: Nothing was recorded")))
		Eventually(e.metric("cloudrecording_windows_missed_total")).Should(Equal(1.0))
		Expect(e.calls(faults.MethodStart)()).To(BeZero())
	})

	It("starts nothing where it is created after its end", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.lessonToStart(window(-2*time.Hour, -time.Hour))
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted), haveReady(metav1.ConditionTrue, v1alpha1.WindowPassedReason)))
		Expect(e.calls(faults.MethodAcquire)()).To(BeZero())
	})

	It("is written nothing of while it waits", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.lessonToStart(window(time.Hour, 2*time.Hour))
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(haveReady(metav1.ConditionTrue, v1alpha1.ScheduledReason), HaveField("Finalizers", Not(BeEmpty()))))
		written := observe(ctx, recording)(Default).ResourceVersion
		Consistently(observe(ctx, recording)).WithTimeout(3 * time.Second).Should(HaveField("ResourceVersion", written))
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Expect(e.calls(faults.MethodAcquire)()).To(BeZero())
	})
})
