// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("the last event about an object", func() {
	const goesOn = "it may go on running and being billed"

	It("says that nothing was started, where nothing was", func(ctx context.Context) {
		e := beginWithBucket(ctx, agorasim.Options{})
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason))
		orphan := e.lessonToStart(func(s *v1alpha1.CloudRecordingSpec) { s.DeletionPolicy = v1alpha1.DeletionPolicyOrphan })
		orphan.Name = "orphan"
		Expect(k8sClient.Create(ctx, orphan)).To(Succeed())
		Eventually(observe(ctx, orphan)).Should(haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason))
		for _, object := range []*v1alpha1.CloudRecording{recording, orphan} {
			Expect(k8sClient.Delete(ctx, object)).To(Succeed())
			e.eventuallyGone(ctx, object)
			Eventually(e.events(ctx, object)).Should(ContainElement("NothingToStop: Nothing was started for the object, and it goes."))
			Expect(e.events(ctx, object)(Default)).NotTo(ContainElement(ContainSubstring("billed")))
		}
	})

	It("says that nobody knows, where nobody does", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		e.agora.RemoveCredential(customerID)
		recording := e.record("lesson", nil)
		recording.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.CredentialsRejectedReason))
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Eventually(e.events(ctx, recording)).Should(ContainElement(And(HavePrefix("Recording: "), ContainSubstring(goesOn))))
	})

	It("says that the recording has ended, where it has", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", func(o *agorasim.RecordingOptions) { o.UploadingStatus = agora.Backuped })
		recording.Spec.Upload.DeletionTimeout = &metav1.Duration{}
		e.adopt(ctx, recording)
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Eventually(e.events(ctx, recording)).Should(ContainElement(And(HavePrefix("Backuped: The recording has ended, and its object goes, though"))))
		Expect(e.events(ctx, recording)(Default)).NotTo(ContainElement(ContainSubstring(goesOn)))
	})
})
