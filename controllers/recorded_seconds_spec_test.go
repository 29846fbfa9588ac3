// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

var _ = Describe("what was recorded", func() {
	const recordedSeconds = "cloudrecording_recorded_seconds_total"

	// record has a lesson recorded for a minute of the operator's time.
	record := func(ctx context.Context) (*environment, *v1alpha1.CloudRecording) {
		GinkgoHelper()
		e := newEnvironmentWithToken(ctx)
		ahead := &leapingClock{}
		e.clock = ahead
		e.run()
		lesson := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, lesson)).To(Succeed())
		isRecording(ctx, lesson)
		Expect(e.metric(recordedSeconds)(Default)).To(BeZero())
		ahead.ahead.Add(int64(time.Minute))
		return e, lesson
	}

	It("counts once, with all of a session that several processes have looked after", func(ctx context.Context) {
		e, lesson := record(ctx)
		e.stop()

		By("stopping it while nobody looks")
		patch(ctx, lesson, wantStopped)
		e.run()
		Eventually(observe(ctx, lesson)).Should(havePhase(v1alpha1.PhaseCompleted))
		ended := observe(ctx, lesson)(Default)
		recorded := lifecycle.RecordedTime(&ended.Status.SessionStatus).Seconds()
		Expect(recorded).To(BeNumerically(">=", 60))
		Eventually(e.metric(recordedSeconds)).Should(Equal(recorded))

		By("starting again after it has ended")
		e.stop()
		e.run()
		Eventually(e.metric(recordedSeconds)).Should(BeZero())
		Consistently(e.metric(recordedSeconds)).Should(BeZero())
	})

	It("does not become less by a deletion", func(ctx context.Context) {
		e, lesson := record(ctx)
		Expect(k8sClient.Delete(ctx, lesson)).To(Succeed())
		e.eventuallyGone(ctx, lesson)
		Expect(e.metric(recordedSeconds)(Default)).To(BeNumerically(">=", 60))
	})
})
