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
		lesson := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, lesson)).To(Succeed())
		Eventually(observe(ctx, lesson)).Should(haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason))
		orphan := e.lessonToStart(func(s *v1alpha1.CloudRecordingSpec) { s.DeletionPolicy = v1alpha1.DeletionPolicyOrphan })
		orphan.Name = "orphan"
		Expect(k8sClient.Create(ctx, orphan)).To(Succeed())
		Eventually(observe(ctx, orphan)).Should(haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason))
		for _, object := range []*v1alpha1.CloudRecording{lesson, orphan} {
			Expect(k8sClient.Delete(ctx, object)).To(Succeed())
			e.eventuallyGone(ctx, object)
			Eventually(e.events(ctx, object)).Should(ContainElement("NothingToStop: Nothing was started for the object, and it goes."))
			Expect(e.events(ctx, object)(Default)).NotTo(ContainElement(ContainSubstring("billed")))
		}
	})

	It("says that nobody knows, where nobody does", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		e.agora.RemoveCredential(customerID)
		lesson := e.record("lesson", nil)
		lesson.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
		Expect(k8sClient.Create(ctx, lesson)).To(Succeed())
		Eventually(observe(ctx, lesson)).Should(haveReady(metav1.ConditionFalse, v1alpha1.CredentialsRejectedReason))
		Expect(k8sClient.Delete(ctx, lesson)).To(Succeed())
		e.eventuallyGone(ctx, lesson)
		Eventually(e.events(ctx, lesson)).Should(ContainElement(And(HavePrefix("Recording: "), ContainSubstring(goesOn))))
	})

	It("says that the recording has ended, where it has", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		lesson := e.record("lesson", func(o *agorasim.RecordingOptions) { o.UploadingStatus = agora.Backuped })
		lesson.Spec.Upload.DeletionTimeout = &metav1.Duration{}
		e.adopt(ctx, lesson)
		Expect(k8sClient.Delete(ctx, lesson)).To(Succeed())
		e.eventuallyGone(ctx, lesson)
		Eventually(e.events(ctx, lesson)).Should(ContainElement(And(HavePrefix("Backuped: The recording has ended, and its object goes, though"))))
		Expect(e.events(ctx, lesson)(Default)).NotTo(ContainElement(ContainSubstring(goesOn)))
	})
})
