// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("deleting a recording's object", func() {
	It("stops the recording, names its files, and lets the object go", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Expect(e.simulated(recording)()).To(And(HaveField("Running", false), HaveField("StopsTaken", 1)))
		Eventually(e.events(ctx, recording)).Should(ContainElement(
			And(HavePrefix("ReportedByAgora: "), ContainSubstring(recording.Spec.SID+"_lesson.m3u8"))))
		Expect(e.logs.Contents()).To(ContainSubstring(recording.Spec.SID + "_lesson.m3u8"))
	})

	It("leaves the recording alone with policy Orphan, and says that it runs on", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		recording.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
		e.adopt(ctx, recording)
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Expect(e.simulated(recording)()).To(And(HaveField("Running", true), HaveField("StopRequests", 0)))
		Eventually(e.events(ctx, recording)).Should(ContainElement(And(HavePrefix("Recording: "), ContainSubstring("leaves its recording running"))))
	})

	It("waits for the upload, and no longer than deletionTimeout", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", func(o *agorasim.RecordingOptions) { o.UploadingStatus = agora.Backuped })
		recording.Spec.Upload.DeletionTimeout = &metav1.Duration{Duration: time.Hour}
		e.adopt(ctx, recording)
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseUploading))
		e.leapTo(ctx, recording, observe(ctx, recording)(Default).Status.StoppedTime.Add(time.Hour-shortly))
		e.eventuallyGone(ctx, recording)
	})

	It("does not wait for the upload with a deletionTimeout of 0s", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", func(o *agorasim.RecordingOptions) { o.UploadingStatus = agora.Backuped })
		recording.Spec.Upload.DeletionTimeout = &metav1.Duration{}
		e.adopt(ctx, recording)
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Expect(e.simulated(recording)().StopsTaken).To(Equal(1))
	})

	It("keeps the object while its recording cannot be stopped, and lets it go by Orphan", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		e.agora.RemoveCredential(customerID)
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.CredentialsRejectedReason),
			WithTransform(message, And(ContainSubstring(`Secret "agora"`), ContainSubstring("Orphan")))))
		patch(ctx, recording, wantOrphan)
		e.eventuallyGone(ctx, recording)
	})

	It("leaves nothing of it to an object of the same name", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", func(o *agorasim.RecordingOptions) {
			o.UploadDuration = &metav1.Duration{Duration: 5 * time.Second}
		})
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(e.requests("stop", recording)).Should(Equal(1))
		patch(ctx, recording, wantOrphan)
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)

		next := e.record("lesson", func(o *agorasim.RecordingOptions) { o.UID = "42" })
		e.adopt(ctx, next)
		Expect(observe(ctx, next)(Default).Status).To(And(
			HaveField("SID", next.Spec.SID), HaveField("StopRequestedTime", BeNil()),
			HaveField("FileList", ConsistOf(HaveField("FileName", HavePrefix(next.Spec.SID))))))
	})

	It("stops everything where Secret and recordings are deleted together", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		one, two := e.record("one", nil), e.record("two", nil)
		e.adopt(ctx, one)
		e.adopt(ctx, two)
		Eventually(e.secret(ctx)).Should(HaveField("Finalizers", ContainElement(v1alpha1.InUseFinalizer)))
		// The deletion of a namespace deletes them in any order.
		Expect(k8sClient.Delete(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "agora"}})).To(Succeed())
		Expect(k8sClient.DeleteAllOf(ctx, &v1alpha1.CloudRecording{}, client.InNamespace(e.namespace))).To(Succeed())
		e.eventuallyGone(ctx, one)
		e.eventuallyGone(ctx, two)
		Expect(e.simulated(one)().StopsTaken).To(Equal(1))
		Expect(e.simulated(two)().StopsTaken).To(Equal(1))
		Eventually(func() error {
			return k8sClient.Get(ctx, client.ObjectKey{Namespace: e.namespace, Name: "agora"}, &corev1.Secret{})
		}).Should(Satisfy(apierrors.IsNotFound))
	})
})

// eventuallyGone waits for an object to go.
func (e *environment) eventuallyGone(ctx context.Context, recording *v1alpha1.CloudRecording) {
	GinkgoHelper()
	Eventually(func() error {
		return k8sClient.Get(ctx, client.ObjectKeyFromObject(recording), &v1alpha1.CloudRecording{})
	}).Should(Satisfy(apierrors.IsNotFound))
}

func (e *environment) secret(ctx context.Context) func(Gomega) *corev1.Secret {
	return func(g Gomega) *corev1.Secret {
		secret := &corev1.Secret{}
		g.Expect(k8sClient.Get(ctx, client.ObjectKey{Namespace: e.namespace, Name: "agora"}, secret)).To(Succeed())
		return secret
	}
}
