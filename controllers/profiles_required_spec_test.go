// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("the policy that makes profiles obligatory", func() {
	It("refuses in labeled namespaces what a profile is to say", func(ctx context.Context) {
		e := newEnvironmentWithBucket(ctx, agorasim.Options{})
		before := e.lessonToStart(nil)
		before.Name = "before"
		Expect(k8sClient.Create(ctx, before)).To(Succeed())
		namespace := &corev1.Namespace{}
		Expect(k8sClient.Get(ctx, client.ObjectKey{Name: e.namespace}, namespace)).To(Succeed())
		namespace.Labels["cloudrecording.dev/profiles"] = "required"
		Expect(k8sClient.Update(ctx, namespace)).To(Succeed())
		for _, object := range readSample(filepath.Join(samplesDir, "profiles-required.yaml")) {
			Expect(k8sClient.Create(ctx, object)).To(Succeed())
			DeferCleanup(func(ctx context.Context) error { return k8sClient.Delete(ctx, object) })
		}
		dryRun := func(recording *v1alpha1.CloudRecording) error {
			return k8sClient.Create(ctx, recording.DeepCopy(), client.DryRunAll)
		}
		// The API server enforces a policy a moment after it has taken it.
		Eventually(func() error { return dryRun(e.lessonToStart(nil)) }).
			Should(MatchError(ContainSubstring("must name a CloudRecordingProfile in spec.profileRef")))
		Expect(dryRun(e.shortLesson(func(s *v1alpha1.CloudRecordingSpec) { s.AppID = "other" }))).
			To(MatchError(ContainSubstring("takes appId, credentialsSecretRef, start and storage from its profile")))
		Expect(dryRun(e.shortLesson(func(s *v1alpha1.CloudRecordingSpec) { s.ResourceID, s.SID = "resource", "sid" }))).
			To(MatchError(ContainSubstring("leave out resourceId, sid")))
		Expect(dryRun(e.shortLesson(nil))).To(Succeed())
		patch(ctx, before, wantStopped)
	})
})
