// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

func describeRecordings() {
	It("adopts a recording, stops it and names its files", func(ctx SpecContext) {
		namespace := newNamespace(ctx, "stop")
		recording := adoptAndWait(ctx, namespace, "lesson")
		secret, err := get[corev1.Secret](ctx, "secret", secretName, "-n", namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(secret.Finalizers).To(ContainElement(v1alpha1.InUseFinalizer))

		patchSpec(ctx, namespace, "lesson", `{"state":"Stopped"}`)

		kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=condition=Uploaded", "--timeout=45s")
		object, err := getRecording(ctx, namespace, "lesson")
		Expect(err).NotTo(HaveOccurred())
		Expect(object.Status.Phase).To(Equal(v1alpha1.PhaseCompleted))
		Expect(meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ReadyCondition)).To(BeTrue())
		Expect(object.Status.FileList).NotTo(BeEmpty())
		expectStoppedOnce(ctx, recording.SID)
		Expect(kubectl(ctx, "get", "crec", "-n", namespace)).To(And(ContainSubstring("CHANNEL"), ContainSubstring("Completed")))
		Expect(kubectl(ctx, "events", "-n", namespace)).To(ContainSubstring("ReportedByAgora"))
	}, SpecTimeout(longTimeout))

	It("stops a recording whose object is deleted", func(ctx SpecContext) {
		namespace := newNamespace(ctx, "delete")
		recording := adoptAndWait(ctx, namespace, "lesson")
		kubectl(ctx, "delete", "cloudrecording", "lesson", "-n", namespace, "--timeout=60s")
		expectStoppedOnce(ctx, recording.SID)
		Eventually(func(g Gomega) {
			secret, err := get[corev1.Secret](ctx, "secret", secretName, "-n", namespace)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(secret.Finalizers).To(BeEmpty())
		}).WithContext(ctx).Should(Succeed())
	}, SpecTimeout(longTimeout))

	It("lets go of a recording by deletionPolicy Orphan", func(ctx SpecContext) {
		namespace := newNamespace(ctx, "orphan")
		recording := adoptAndWait(ctx, namespace, "lesson")
		patchSpec(ctx, namespace, "lesson", `{"deletionPolicy":"Orphan"}`)
		kubectl(ctx, "delete", "cloudrecording", "lesson", "-n", namespace, "--timeout=30s")
		state, err := look(ctx, recording.SID)
		Expect(err).NotTo(HaveOccurred())
		Expect(state.Running).To(BeTrue())
		Expect(state.StopRequests).To(BeZero())
	}, SpecTimeout(longTimeout))

	It("says that credentials are wrong, and goes on once the Secret is mended", func(ctx SpecContext) {
		namespace := newNamespace(ctx, "credentials")
		setSecret(ctx, namespace, "wrong")
		adopt(ctx, namespace, "lesson")
		kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=condition=Stalled", "--timeout=45s")
		object, err := getRecording(ctx, namespace, "lesson")
		Expect(err).NotTo(HaveOccurred())
		stalled := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.StalledCondition)
		Expect(stalled.Reason).To(Equal(v1alpha1.CredentialsRejectedReason))
		Expect(stalled.Message).To(ContainSubstring(fmt.Sprintf("Agora rejected the credentials in Secret %q", secretName)))

		setSecret(ctx, namespace, customerSecret)

		kubectl(ctx, "wait", "crec/lesson", "-n", namespace, "--for=condition=Ready", "--timeout=45s")
	}, SpecTimeout(longTimeout))

	It("refuses at once what cannot be right", func(ctx SpecContext) {
		namespace := newNamespace(ctx, "refusal")
		adoptAndWait(ctx, namespace, "lesson")
		patchSpec(ctx, namespace, "lesson", `{"state":"Stopped"}`)
		_, err := tryKubectl(ctx, "patch", "crec", "lesson", "-n", namespace, "--type=merge", "-p", `{"spec":{"state":"Recording"}}`)
		Expect(err).To(MatchError(ContainSubstring("Agora cannot resume a recording")))
	}, SpecTimeout(longTimeout))

	It("stops every recording of a namespace that is deleted", func(ctx SpecContext) {
		namespace := newNamespace(ctx, "namespace")
		var recordings []agorasim.Recording
		for i := range 3 {
			recordings = append(recordings, adoptAndWait(ctx, namespace, fmt.Sprintf("lesson-%d", i)))
		}
		began := time.Now()
		kubectl(ctx, "delete", "namespace", namespace, "--timeout=90s")
		AddReportEntry("deletion of a namespace with 3 recordings", time.Since(began).Round(10*time.Millisecond))
		for _, recording := range recordings {
			expectStoppedOnce(ctx, recording.SID)
		}
	}, SpecTimeout(longTimeout))
}
