// SPDX-License-Identifier: Apache-2.0

package process_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

var _ = Describe("An operator that is killed while it starts a recording", func() {
	var (
		e         *environment
		recording *v1alpha1.CloudRecording
	)

	BeforeEach(func(ctx context.Context) {
		e = newEnvironment(ctx)
		e.createSecret(ctx)
		Expect(k8sClient.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "bucket"},
			StringData: map[string]string{v1alpha1.AccessKeyKey: "key", v1alpha1.SecretKeyKey: "s3cr3t-of-bucket"},
		})).To(Succeed())
		recording = &v1alpha1.CloudRecording{
			ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "lesson"},
			Spec: v1alpha1.CloudRecordingSpec{
				AppID: "0123456789abcdef0123456789abcdef", CName: "lesson", UID: "527841", Mode: v1alpha1.MixMode,
				CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: "agora"},
				Start: &v1alpha1.StartSpec{
					RecordingConfig: &v1alpha1.RecordingConfig{StreamTypes: 2, MaxIdleTime: 300},
				},
				Storage: &v1alpha1.StorageSpec{
					Vendor: 1, Bucket: "recordings", CredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: "bucket"},
				},
			},
		}
	})

	// killDuring creates the recording, and kills the operator during its call of a method.
	killDuring := func(ctx context.Context, fault faults.Fault) {
		GinkgoHelper()
		mend := e.fault(fault)
		e.start(ctx)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(func() []agorasim.Request { return e.agora.Requests() }).Should(ContainElement(HaveField("Method", fault.Method)))
		if fault.Effect != faults.EffectHang && fault.Method == faults.MethodStart {
			Eventually(e.agora.Recordings).Should(HaveLen(1))
		}
		e.operator.Kill()
		mend()
	}

	It("before it has a resource ID leaves it to the next one", func(ctx context.Context) {
		killDuring(ctx, faults.Fault{Method: faults.MethodAcquire, DelayBeforeReply: metav1.Duration{Duration: time.Minute}})
		e.start(ctx)
		Eventually(observe(ctx, recording)).WithTimeout(30 * time.Second).Should(HaveField("Status.Phase", v1alpha1.PhaseRecording))
		Expect(e.agora.Recordings()).To(HaveLen(1))
	})

	It("before Agora has acted has the next one start it, with the same resource ID", func(ctx context.Context) {
		killDuring(ctx, faults.Fault{Method: faults.MethodStart, Effect: faults.EffectHang})
		before := observe(ctx, recording)(Default).Status
		Expect(before.ResourceID).NotTo(BeEmpty())
		Expect(before.StartRequestedTime).NotTo(BeNil())
		e.start(ctx)
		Eventually(observe(ctx, recording)).WithTimeout(30 * time.Second).Should(HaveField("Status.Phase", v1alpha1.PhaseRecording))
		Expect(e.agora.Recordings()).To(ConsistOf(HaveField("ResourceID", before.ResourceID)))
	})

	It("after Agora has acted has the next one start no other, and say what runs", func(ctx context.Context) {
		killDuring(ctx, faults.Fault{Method: faults.MethodStart, DelayBeforeReply: metav1.Duration{Duration: time.Minute}})
		e.start(ctx)
		Eventually(observe(ctx, recording)).WithTimeout(30 * time.Second).Should(
			haveCondition(v1alpha1.ReadyCondition, metav1.ConditionFalse, v1alpha1.SIDUnknownReason))
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(HaveField("Status.ObservedGeneration", BeEquivalentTo(2)))
		Expect(observe(ctx, recording)(Default)).To(
			haveCondition(v1alpha1.ReadyCondition, metav1.ConditionFalse, v1alpha1.SIDUnknownReason))
		Expect(e.agora.Recordings()).To(ConsistOf(HaveField("Running", true)))
	})
})
