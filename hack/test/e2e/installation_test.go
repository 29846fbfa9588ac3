// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
)

func describeInstallation() {
	It("runs two ready pods where Pod Security is restricted", func(ctx SpecContext) {
		namespace, err := get[corev1.Namespace](ctx, "namespace", systemNamespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(namespace.Labels).To(HaveKeyWithValue("pod-security.kubernetes.io/enforce", "restricted"))
		deployment, err := get[appsv1.Deployment](ctx, "deployment", managerName, "-n", systemNamespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(deployment.Status.ReadyReplicas).To(BeEquivalentTo(2))
		pods, err := get[corev1.PodList](ctx, "pods", "-l", operatorLabel, "-n", systemNamespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(pods.Items).To(HaveLen(2))
		for _, pod := range pods.Items {
			Expect(pod.Status.ContainerStatuses[0].RestartCount).To(BeZero())
		}
	}, SpecTimeout(timeout))

	It("lets a drain take one pod at a time", func(ctx SpecContext) {
		Eventually(func(g Gomega) {
			budget, err := get[policyv1.PodDisruptionBudget](ctx, "poddisruptionbudget", managerName, "-n", systemNamespace)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(budget.Status.DisruptionsAllowed).To(BeEquivalentTo(1))
		}).WithContext(ctx).Should(Succeed())
	}, SpecTimeout(timeout))

	It("explains its fields", func(ctx SpecContext) {
		explanation := strings.Join(strings.Fields(kubectl(ctx, "explain", "cloudrecording.spec.deletionPolicy")), " ")
		Expect(explanation).To(And(
			ContainSubstring("deletionPolicy says what deleting this object does to the recording"),
			ContainSubstring("Orphan"),
		))
	}, SpecTimeout(timeout))

	It("has a policy that the cluster understands, and that denies the operator other changes", func(ctx SpecContext) {
		Eventually(func(g Gomega) {
			policy, err := get[admissionv1.ValidatingAdmissionPolicy](ctx, "validatingadmissionpolicy", policyName)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(policy.Status.TypeChecking).NotTo(BeNil())
			g.Expect(policy.Status.TypeChecking.ExpressionWarnings).To(BeEmpty())
		}).WithContext(ctx).Should(Succeed())
		namespace := newNamespace(ctx, "policy")
		_, err := tryKubectl(ctx, "label", "secret", secretName, "-n", namespace, "team=red", "--as", operatorUser)
		Expect(err).To(MatchError(ContainSubstring("the cloud recording operator must not change anything of a Secret")))
	}, SpecTimeout(timeout))

	It("adds recordings to the cluster's own roles", func(ctx SpecContext) {
		namespace := newNamespace(ctx, "roles")
		for role, verbs := range map[string]map[string]string{
			"view":  {"get": "yes", "watch": "yes", "create": "no", "delete": "no"},
			"edit":  {"get": "yes", "create": "yes", "patch": "yes", "delete": "yes"},
			"admin": {"get": "yes", "create": "yes", "patch": "yes", "delete": "yes"},
		} {
			kubectl(ctx, "create", "rolebinding", role, "--clusterrole="+role, "--user="+role+"er", "-n", namespace)
			for verb, expected := range verbs {
				// kubectl fails if the answer is no.
				answer, _ := tryKubectl(ctx, "auth", "can-i", verb, "cloudrecordings", "-n", namespace, "--as", role+"er")
				Expect(strings.TrimSpace(answer)).To(HavePrefix(expected), "%s %s", role, verb)
			}
		}
	}, SpecTimeout(timeout))
}
