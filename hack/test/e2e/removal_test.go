// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
)

func describeRemoval() {
	It("is not removed while recordings exist, and then without a trace", func(ctx SpecContext) {
		namespace := newNamespace(ctx, "removal")
		recording := adoptAndWait(ctx, namespace, "lesson")

		_, err := makeTarget(ctx, "undeploy")

		Expect(err).To(MatchError(And(
			ContainSubstring("Nothing was removed"),
			ContainSubstring("  "+namespace+"/lesson\n"),
			ContainSubstring("delete cloudrecordings NAME --namespace=NAMESPACE --wait=false"),
		)))
		state, err := look(ctx, recording.SID)
		Expect(err).NotTo(HaveOccurred())
		Expect(state.Running).To(BeTrue())
		kubectl(ctx, "rollout", "status", "deployment/"+managerName, "-n", systemNamespace, "--timeout=30s")

		kubectl(ctx, "delete", "cloudrecordings", "--all", "-n", namespace, "--timeout=60s")
		_, err = makeTarget(ctx, "undeploy")

		Expect(err).NotTo(HaveOccurred())
		expectStoppedOnce(ctx, recording.SID)
		secret, err := get[corev1.Secret](ctx, "secret", secretName, "-n", namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(secret.Finalizers).To(BeEmpty())
		requireNoOperator(ctx)
		Expect(kubectl(ctx, "get", "clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings",
			"-l", operatorLabel, "-o", "name")).To(BeEmpty())
	}, SpecTimeout(longTimeout))

	It("lets everything go by force, even where no operator works", func(ctx SpecContext) {
		install(ctx)
		namespace := newNamespace(ctx, "force")
		recording := adoptAndWait(ctx, namespace, "lesson")
		kubectl(ctx, "scale", "deployment", managerName, "-n", systemNamespace, "--replicas=0")
		kubectl(ctx, "wait", "pods", "-l", operatorLabel, "-n", systemNamespace, "--for=delete", "--timeout=90s")

		_, err := makeTarget(ctx, "undeploy", "FORCE=true", "TIMEOUT=20")

		Expect(err).NotTo(HaveOccurred())
		requireNoOperator(ctx)
		secret, err := get[corev1.Secret](ctx, "secret", secretName, "-n", namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(secret.Finalizers).To(BeEmpty())
		state, err := look(ctx, recording.SID)
		Expect(err).NotTo(HaveOccurred())
		Expect(state.Running).To(BeTrue(), "it was let go of, not stopped")
	}, SpecTimeout(longTimeout))
}
