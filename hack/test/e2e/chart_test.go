// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

const (
	releaseName = "cloudrecording"
	chartDir    = "config/chart"
)

func describeChart() {
	It("is installed, upgraded and taken back, while recordings go on", func(ctx SpecContext) {
		begin := time.Now()
		_, err := helm(ctx, "install", "--create-namespace", "--wait", "--timeout=2m", "--values="+chartValues(nil))
		Expect(err).NotTo(HaveOccurred())
		waitForLeader(ctx)
		recording := adoptAndWait(ctx, newNamespace(ctx, "chart"), "lesson")
		AddReportEntry("from helm install to the first recording", time.Since(begin).Round(10*time.Millisecond))

		_, err = helm(ctx, "upgrade", "--wait", "--timeout=2m", "--values="+chartValues(map[string]any{"replicas": 1}))
		Expect(err).NotTo(HaveOccurred())
		expectReplicas(ctx, 1)

		_, err = tryHelm(ctx, "rollback", releaseName, "1", "--wait", "--timeout=2m")
		Expect(err).NotTo(HaveOccurred())
		expectReplicas(ctx, 2)
		state, err := look(ctx, recording.SID)
		Expect(err).NotTo(HaveOccurred())
		Expect(state.Running).To(BeTrue())
	}, SpecTimeout(longTimeout))

	It("is not uninstalled while recordings exist, and then but for the definitions", func(ctx SpecContext) {
		namespace := newNamespace(ctx, "chart")
		recording := adoptAndWait(ctx, namespace, "lesson")

		said, err := tryHelm(ctx, "uninstall", releaseName, "--timeout=2m")

		Expect(err).To(HaveOccurred())
		Expect(said + err.Error()).To(And(
			ContainSubstring("Nothing was removed, since CloudRecordings exist."), ContainSubstring(namespace+"/lesson"),
			ContainSubstring("helm uninstall "+releaseName+" --namespace="+systemNamespace)))
		kubectl(ctx, "rollout", "status", "deployment/"+managerName, "-n", systemNamespace, "--timeout=30s")

		kubectl(ctx, "delete", "cloudrecordings", "--all", "-n", namespace, "--timeout=60s")
		_, err = tryHelm(ctx, "uninstall", releaseName, "--wait", "--timeout=2m")

		Expect(err).NotTo(HaveOccurred())
		expectStoppedOnce(ctx, recording.SID)
		secret, err := get[corev1.Secret](ctx, "secret", secretName, "-n", namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(secret.Finalizers).To(BeEmpty())
		Expect(kubectl(ctx, "get", "deployments,serviceaccounts,roles,jobs", "-n", systemNamespace, "-l", operatorLabel, "-o", "name")).To(BeEmpty())
		Expect(kubectl(ctx, "get", "clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings,priorityclasses",
			"-l", operatorLabel, "-o", "name")).To(BeEmpty())
		Expect(kubectl(ctx, "get", "customresourcedefinition", crdName, "-o", "name")).NotTo(BeEmpty())
	}, SpecTimeout(longTimeout))
}

func expectReplicas(ctx context.Context, replicas int) {
	GinkgoHelper()
	deployment, err := get[appsv1.Deployment](ctx, "deployment", managerName, "-n", systemNamespace)
	Expect(err).NotTo(HaveOccurred())
	Expect(deployment.Status.ReadyReplicas).To(BeEquivalentTo(replicas))
}

// chartValues writes values to a file, in addition to those that the simulator needs, and
// returns its path.
func chartValues(more map[string]any) string {
	GinkgoHelper()
	image := environment("IMG", "cloudrecording-operator:dev")
	colon := strings.LastIndex(image, ":")
	values := map[string]any{
		"image": map[string]any{"repository": image[:colon], "tag": image[colon+1:]},
		"flags": map[string]any{
			"agora-endpoints": simulator.endpoint, "allow-insecure-endpoints": true,
			"upload-recheck-max": "5s", "allow-unsafe-timings": true, "zap-log-level": "debug",
		},
		"networkPolicies": map[string]any{"extraEgress": []any{map[string]any{}}},
	}
	for name, value := range more {
		values[name] = value
	}
	text, err := json.Marshal(values)
	Expect(err).NotTo(HaveOccurred())
	dir := GinkgoT().TempDir()
	temporaryFile(dir, "values.yaml", string(text))
	return filepath.Join(dir, "values.yaml")
}

// helm runs a command of Helm for the release and the chart.
func helm(ctx context.Context, command string, args ...string) (string, error) {
	return tryHelm(ctx, append([]string{command, releaseName, chartDir}, args...)...)
}

// tryHelm runs Helm in the operator's namespace.
func tryHelm(ctx context.Context, args ...string) (string, error) {
	command := strings.Fields(environment("HELM", "env CGO_ENABLED=0 go tool -modfile=hack/helm/go.mod helm"))
	return run(ctx, "", command[0], append(append(command[1:], args...), "--namespace="+systemNamespace)...)
}
