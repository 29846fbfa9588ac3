// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

var _ = Describe("a recorder that ended by itself", func() {
	It("completes the recording where an empty channel is its end", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.lessonToStart(func(s *v1alpha1.CloudRecordingSpec) { s.OnChannelEmpty = v1alpha1.ChannelEmptyPolicyComplete })
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		running := isRecording(ctx, recording)
		Expect(e.agora.IdleOut(running.Status.SID)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted),
			haveReady(metav1.ConditionTrue, v1alpha1.ChannelEmptyReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring("maxIdleTime (300 seconds"))))
		Expect(e.calls(faults.MethodStart)()).To(Equal(1))
	})

	It("fails the recording where nobody wanted that", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		running := isRecording(ctx, recording)
		Expect(e.agora.IdleOut(running.Status.SID)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseFailed),
			haveReady(metav1.ConditionFalse, v1alpha1.RecordingEndedReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.RecordingEndedReason)))
	})

	It("waits while the object is suspended, which stalls nothing", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.lessonToStart(func(s *v1alpha1.CloudRecordingSpec) { s.Suspend = true })
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(havePhase(v1alpha1.PhasePending), haveReady(metav1.ConditionTrue, v1alpha1.SuspendedReason)))
		patch(ctx, recording, `{"spec":{"suspend":false}}`)
		isRecording(ctx, recording)
		Expect(e.calls(faults.MethodStart)()).To(Equal(1))
	})
})
