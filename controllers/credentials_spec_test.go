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
	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("credentials", func() {
	It("are waited for where their Secret is missing", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.run()
		recording := e.record("lesson", nil)
		recording.Spec.State = v1alpha1.RecordingStateStopped
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.CredentialsNotFoundReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.CredentialsNotFoundReason),
			WithTransform(message, And(ContainSubstring(`Secret "agora"`), ContainSubstring("customerId"), ContainSubstring("still be running")))))
		writes := len(e.writes.of("cloudrecordings"))
		Consistently(func() int { return len(e.writes.of("cloudrecordings")) }).WithTimeout(time.Second).Should(Equal(writes))
		Expect(e.agora.Requests()).To(BeEmpty())

		e.createSecret(ctx, customerSecret)
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
	})

	It("are waited for where the Secret lacks a key", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.run()
		secret := e.createSecret(ctx, "")
		recording := e.record("lesson", nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.CredentialsNotFoundReason),
			WithTransform(message, ContainSubstring(`Secret "agora" lacks customerSecret`))))
		patch(ctx, secret, fmt.Sprintf(`{"stringData":{"customerSecret":%q}}`, customerSecret))
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason))
	})

	It("that Agora rejects cost no hot loop, and heal when they are mended", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.run()
		secret := e.createSecret(ctx, "wrong")
		recording := e.record("lesson", nil)
		recording.Spec.State = v1alpha1.RecordingStateStopped
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.CredentialsRejectedReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.CredentialsRejectedReason),
			HaveField("Status.LastError.HTTPStatus", BeEquivalentTo(401)),
			HaveField("Status.LastError.Operation", "stop"),
			WithTransform(message, And(ContainSubstring(`Secret "agora"`), ContainSubstring("customerSecret")))))
		calls := len(e.agora.Requests())
		Consistently(func() int { return len(e.agora.Requests()) }).WithTimeout(time.Second).Should(Equal(calls))

		patch(ctx, secret, fmt.Sprintf(`{"stringData":{"customerSecret":%q}}`, customerSecret))
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted), HaveField("Status.LastError", BeNil())))
	})

	It("keep their Secret from going while they are needed, and not longer", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		Eventually(e.secret(ctx)).Should(HaveField("Finalizers", ContainElement(v1alpha1.InUseFinalizer)))
		patch(ctx, recording, wantStopped)
		Eventually(e.secret(ctx)).Should(HaveField("Finalizers", Not(ContainElement(v1alpha1.InUseFinalizer))))
	})
})
