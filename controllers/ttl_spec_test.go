// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
)

var _ = Describe("a recording that is not to stay", func() {
	It("goes once it is completed and its time is over, and what is known of it is said", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.lessonToStart(func(s *v1alpha1.CloudRecordingSpec) { s.TTLSecondsAfterFinished = ptr.To[int32](3600) })
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		isRecording(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
		ended := observe(ctx, recording)(Default)
		e.leapTo(ctx, recording, ended.Status.UploadedTime.Add(time.Hour-shortly))
		e.eventuallyGone(ctx, recording)
		Eventually(e.events(ctx, recording)).Should(ContainElement(ContainSubstring("its object goes")))
	})

	It("stays where it has failed", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.lessonToStart(func(s *v1alpha1.CloudRecordingSpec) { s.TTLSecondsAfterFinished = ptr.To[int32](0) })
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		running := isRecording(ctx, recording)
		Expect(e.agora.IdleOut(running.Status.SID)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseFailed))
		Consistently(observe(ctx, recording)).WithTimeout(2 * time.Second).Should(HaveField("DeletionTimestamp", BeNil()))
	})
})
