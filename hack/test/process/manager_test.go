// SPDX-License-Identifier: Apache-2.0

package process_test

import (
	"context"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

var _ = Describe("An operator that is killed", func() {
	var e *environment

	BeforeEach(func(ctx context.Context) { e = newEnvironment(ctx) })

	DescribeTable("while a synchronous stop is under way leaves all that the next one needs",
		func(ctx context.Context, exitAfter time.Duration, nextComes func(agorasim.Recording) bool, reason string) {
			e.createSecret(ctx)
			e.start(ctx)
			recording := e.record(2*time.Second, exitAfter)
			known := adopt(ctx, recording)
			// However late this process goes on, the stop is still under way.
			mend := e.fault(faults.Fault{Method: faults.MethodStop, Effect: faults.EffectHangAfterActing})
			patch(ctx, recording, wantStopped)
			Eventually(e.simulated(recording)).Should(HaveField("StopsTaken", 1))
			e.operator.Kill()
			Expect(e.answered(faults.MethodStop, http.StatusOK)()).To(BeZero(), "the stop was to be under way")
			mend()

			Eventually(e.simulated(recording)).Should(Satisfy(nextComes))
			e.start(ctx)
			Eventually(observe(ctx, recording)).Should(haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, reason))
			Expect(observe(ctx, recording)(Default)).To(And(
				haveNamesOf(known), HaveField("Status.Phase", v1alpha1.PhaseUploading), HaveField("Status.LastError", BeNil())))
			Expect(e.simulated(recording)().StopsTaken).To(Equal(1))
		},
		Entry("when the recorder still answers", time.Minute,
			func(agorasim.Recording) bool { return true }, v1alpha1.AlreadyExitingReason),
		Entry("when the recorder has gone", time.Duration(0),
			func(r agorasim.Recording) bool { return r.Exited }, v1alpha1.RecordingEndedReason),
	)

	It("before Agora has acted on the stop leaves it to the next one", func(ctx context.Context) {
		e.createSecret(ctx)
		e.start(ctx)
		recording := e.record(0, time.Minute)
		known := adopt(ctx, recording)
		mend := e.fault(faults.Fault{Method: faults.MethodStop, Effect: faults.EffectHang})
		patch(ctx, recording, wantStopped)
		Eventually(e.answered(faults.MethodStop, 0)).Should(Equal(1))
		e.operator.Kill()
		mend()
		Expect(e.simulated(recording)().Running).To(BeTrue())

		e.start(ctx)
		e.expectCompleted(ctx, recording, known)
	})

	It("between the look before a stop and the stop loses nothing", func(ctx context.Context) {
		e.createSecret(ctx)
		e.start(ctx)
		recording := e.record(0, time.Minute)
		known := adopt(ctx, recording)
		Expect(e.operator.Stop()).To(Succeed())
		// An operator that has just started knows no current file list, and queries Agora
		// before it stops a recording.
		patch(ctx, recording, wantStopped)
		mend := e.fault(faults.Fault{Method: faults.MethodQuery, DelayBeforeReply: metav1.Duration{Duration: time.Minute}})
		looks := e.answered(faults.MethodQuery, 0)()
		e.start(ctx)
		Eventually(e.answered(faults.MethodQuery, 0)).Should(Equal(looks + 1))
		e.operator.Kill()
		mend()
		Expect(e.simulated(recording)().StopRequests).To(BeZero())
		Expect(observe(ctx, recording)(Default)).To(HaveField("Status.StopRequestedTime", BeNil()))

		e.start(ctx)
		e.expectCompleted(ctx, recording, known)
	})

	It("while a stop waits for a Secret still stops once that is there", func(ctx context.Context) {
		e.start(ctx)
		recording := e.record(0, time.Minute)
		recording.Spec.State = v1alpha1.RecordingStateStopped
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(
			haveCondition(v1alpha1.ReadyCondition, metav1.ConditionFalse, v1alpha1.CredentialsNotFoundReason))
		e.operator.Kill()

		e.start(ctx)
		e.createSecret(ctx)
		e.expectCompleted(ctx, recording, nil)
	})

	It("while a stop waits for credentials that Agora accepts still stops once it has them", func(ctx context.Context) {
		const renewed = "renewed-s3cr3t"
		secret := e.createSecret(ctx)
		e.start(ctx)
		recording := e.record(0, time.Minute)
		known := adopt(ctx, recording)
		e.agora.SetCredential(customerID, renewed)
		patch(ctx, recording, wantStopped)
		Eventually(e.answered(faults.MethodStop, http.StatusUnauthorized)).Should(BeNumerically(">", 0))
		Eventually(observe(ctx, recording)).Should(And(
			HaveField("Status.Phase", v1alpha1.PhaseStopping),
			haveCondition(v1alpha1.ReadyCondition, metav1.ConditionFalse, v1alpha1.CredentialsRejectedReason)))
		e.operator.Kill()

		refused := e.answered(faults.MethodStop, http.StatusUnauthorized)()
		e.start(ctx)
		Eventually(e.answered(faults.MethodStop, http.StatusUnauthorized)).Should(BeNumerically(">", refused))
		patch(ctx, secret, `{"stringData":{"`+v1alpha1.CustomerSecretKey+`":"`+renewed+`"}}`)
		e.expectCompleted(ctx, recording, known)
		Expect(string(e.logs.Contents())).NotTo(ContainSubstring(renewed))
	})
})

var _ = Describe("An operator that is asked to end", func() {
	It("writes the answer of the stop under way before it does", func(ctx context.Context) {
		e := newEnvironment(ctx)
		e.createSecret(ctx)
		e.start(ctx)
		recording := e.record(5*time.Second, time.Minute)
		known := adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(e.simulated(recording)).Should(HaveField("StopsTaken", 1))
		Expect(e.answered(faults.MethodStop, http.StatusOK)()).To(BeZero(), "the stop was to be under way")

		// Stop fails if the exit code is not 0.
		Expect(e.operator.Stop()).To(Succeed())
		Expect(observe(ctx, recording)(Default)).To(And(beCompleted(), haveNamesOf(known)))
		Expect(e.simulated(recording)()).To(And(HaveField("StopsTaken", 1), HaveField("StopRequests", 1)))
	})
})

var _ = Describe("An operator that is paused", func() {
	It("does nothing until it is resumed", func(ctx context.Context) {
		e := newEnvironment(ctx)
		e.createSecret(ctx)
		e.start(ctx)
		recording := e.record(0, time.Minute)
		adopt(ctx, recording)
		Expect(e.operator.Pause()).To(Succeed())
		patch(ctx, recording, wantStopped)
		Consistently(e.simulated(recording), "1s").Should(HaveField("StopRequests", 0))
		Expect(e.operator.Resume()).To(Succeed())
		Eventually(observe(ctx, recording)).Should(beCompleted())
	})
})

// beCompleted matches a recording whose stop was acknowledged and whose files are uploaded.
func beCompleted() OmegaMatcher {
	return And(
		HaveField("Status.Phase", v1alpha1.PhaseCompleted),
		haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.StopAcknowledgedReason),
		haveCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, v1alpha1.ReportedByAgoraReason))
}

// expectCompleted waits until the recording is completed, after a single stop and with the
// files that were already known.
func (e *environment) expectCompleted(ctx context.Context, recording *v1alpha1.CloudRecording, known []v1alpha1.RecordedFile) {
	GinkgoHelper()
	Eventually(observe(ctx, recording)).Should(beCompleted())
	Expect(observe(ctx, recording)(Default)).To(And(haveNamesOf(known), HaveField("Status.FileList", HaveLen(2))))
	Expect(e.simulated(recording)().StopsTaken).To(Equal(1))
}
