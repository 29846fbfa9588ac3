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
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

var _ = Describe("a recording that counts as ended since no query found it", func() {
	const goesOn, hasGone = true, false
	DescribeTable("is stopped once it is wanted to be",
		func(ctx context.Context, isRunning bool, want func(context.Context, *v1alpha1.CloudRecording), stopped string) {
			e := begin(ctx, agorasim.Options{})
			recording := e.record("lesson", nil)
			e.adopt(ctx, recording)
			if isRunning {
				e.fault(faults.Fault{
					Method: faults.MethodQuery, SID: recording.Spec.SID, Effect: faults.EffectAnswer,
					Status: 404, Body: `{"code":404,"serverResponse":{"command":"query","payload":{"message":"Failed to find worker."}}}`,
				})
			} else {
				Expect(e.agora.Exit(recording.Spec.SID)).To(Succeed())
			}
			Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.RecordingEndedReason))
			Expect(e.simulated(recording)().StopRequests).To(BeZero())
			Expect(e.simulated(recording)().Running).To(Equal(isRunning))

			want(ctx, recording)
			Eventually(e.simulated(recording)).Should(And(HaveField("StopRequests", 1), HaveField("Running", false)))
			if stopped == "" {
				e.eventuallyGone(ctx, recording)
			} else {
				Eventually(observe(ctx, recording)).Should(And(
					HaveField("Status.StopRequestedTime", Not(BeNil())),
					haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, stopped)))
			}
			Consistently(e.simulated(recording)).WithTimeout(time.Second).Should(HaveField("StopRequests", 1))
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
