// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const (
	projectDir      = "../../.."
	systemNamespace = "cloudrecording-system"
	managerName     = "cloudrecording-controller-manager"
	operatorUser    = "system:serviceaccount:" + systemNamespace + ":" + managerName
	crdName         = "cloudrecordings.cloudrecording.dev"
	leaseName       = "cloudrecording-operator"
	policyName      = "cloudrecording-secrets"
	receiverName    = "cloudrecording-notifications"

	// operatorLabel is the label of everything in config/default.
	operatorLabel = "app.kubernetes.io/name=cloudrecording-operator"

	// specLabel is the label of the specs' namespaces.
	specLabel = "cloudrecording.dev/e2e"
)

// requireNoOperator prevents the suite from removing an operator that is in use.
func requireNoOperator(ctx context.Context) {
	GinkgoHelper()
	existing := kubectl(ctx, "get", "customresourcedefinition", crdName, "--ignore-not-found", "-o", "name") +
		kubectl(ctx, "get", "namespace", systemNamespace, "--ignore-not-found", "-o", "name")
	Expect(existing).To(BeEmpty(), "this cluster has an operator, which the suite would remove in the end: remove it by make undeploy")
}

// install applies config/notifications, which is config/default with a receiver, with the image
// and the simulator's endpoint. It uses an overlay as a user would. The network policies allow
// all connections, because the simulator uses other ports. The receiver's Service gets a node
// port, so that the simulator can reach it.
func install(ctx context.Context) {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	base, err := filepath.Abs(filepath.Join(projectDir, "config", "notifications"))
	Expect(err).NotTo(HaveOccurred())
	// kustomize accepts no absolute path.
	base, err = filepath.Rel(dir, base)
	Expect(err).NotTo(HaveOccurred())
	temporaryFile(dir, "kustomization.yaml", fmt.Sprintf(`
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- %s
patches:
- target:
    kind: Deployment
    name: %s
  patch: |-
    - op: replace
      path: /spec/template/spec/containers/0/image
      value: %s
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --agora-endpoints=%s
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --allow-insecure-endpoints
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --allowed-storage-endpoints=%s
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --upload-recheck-max=5s
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --upload-settle-time=30s
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --allow-unsafe-timings
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --zap-log-level=debug
- target:
    kind: NetworkPolicy
    name: %s
  patch: |-
    - op: add
      path: /spec/ingress/-
      value: {}
    - op: add
      path: /spec/egress/-
      value: {}
- target:
    kind: Service
    name: %s
  patch: |-
    - op: add
      path: /spec/type
      value: NodePort
`, filepath.ToSlash(base), managerName, environment("IMG", "cloudrecording-operator:dev"), simulator.endpoint, store.endpoint,
		managerName, receiverName))

	began := time.Now()
	kubectl(ctx, "apply", "-k", dir, "--warnings-as-errors")
	kubectl(ctx, "rollout", "status", "deployment/"+managerName, "-n", systemNamespace, "--timeout=2m")
	AddReportEntry("rollout", time.Since(began).Round(10*time.Millisecond))
	waitForLeader(ctx)
}

// removeEverything restores the cluster, whatever the specs have left.
func removeEverything(ctx SpecContext) {
	_, err := makeTarget(ctx, "undeploy", "FORCE=true")
	Expect(err).NotTo(HaveOccurred())
	kubectl(ctx, "delete", "namespaces", "-l", specLabel, "--timeout=2m")
}

// report prints details that help to understand a failure.
func report(ctx context.Context) {
	for _, args := range [][]string{
		{"get", "pods,leases", "-n", systemNamespace, "-o", "wide"},
		{"get", "cloudrecordings", "-A", "-o", "yaml"},
		{"logs", "-n", systemNamespace, "-l", operatorLabel, "--tail=200", "--prefix"},
	} {
		_, _ = tryKubectl(ctx, args...) // the output is kept for the report
	}
}

// waitForLeader waits until a pod holds the lease, and returns it.
func waitForLeader(ctx context.Context) string {
	GinkgoHelper()
	var pod string
	Eventually(func(g Gomega) {
		var err error
		pod, err = leader(ctx)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(pod).NotTo(BeEmpty())
	}).WithContext(ctx).Should(Succeed())
	return pod
}

// leader returns the pod that holds the lease, or nothing.
func leader(ctx context.Context) (string, error) {
	holder, err := tryKubectl(ctx, "get", "lease", leaseName, "-n", systemNamespace, "-o", "jsonpath={.spec.holderIdentity}")
	pod, _, _ := strings.Cut(holder, "_")
	return pod, err
}
