// SPDX-License-Identifier: Apache-2.0

package controlplane_test

import (
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/hack/controlplane"
)

const timeout = time.Minute

func newClient(g *WithT, config *rest.Config) client.Client {
	c, err := client.New(config, client.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	return c
}

// TestControlPlane tests a single control plane step by step, because each start takes seconds.
func TestControlPlane(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	plane, err := controlplane.Start(t.Context(), controlplane.Options{Dir: dir})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = plane.Stop() })

	t.Run("listens on loopback", func(t *testing.T) {
		g := NewWithT(t)
		endpoint, err := url.Parse(plane.Config.Host)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(net.ParseIP(endpoint.Hostname()).IsLoopback()).To(BeTrue())
	})
	t.Run("serves the administrator", func(t *testing.T) {
		g := NewWithT(t)
		key := client.ObjectKey{Name: metav1.NamespaceDefault}
		g.Expect(newClient(g, plane.Config).Get(t.Context(), key, &corev1.Namespace{})).To(Succeed())
	})
	t.Run("keeps address, access and objects when the API server restarts", func(t *testing.T) {
		g := NewWithT(t)
		c := newClient(g, plane.Config)
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "kept"}}
		g.Expect(c.Create(t.Context(), object)).To(Succeed())
		g.Expect(plane.StopAPIServer()).To(Succeed())
		g.Expect(c.Get(t.Context(), client.ObjectKeyFromObject(object), object)).NotTo(Succeed())
		g.Expect(plane.StartAPIServer(t.Context())).To(Succeed())
		g.Expect(c.Get(t.Context(), client.ObjectKeyFromObject(object), object)).To(Succeed())
	})
	t.Run("serves kubectl", func(t *testing.T) {
		g := NewWithT(t)
		info, err := os.Stat(plane.Kubeconfig)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(info.Mode().Perm()).To(BeEquivalentTo(0o600))
		cmd := exec.CommandContext(t.Context(), plane.Kubectl, "--kubeconfig", plane.Kubeconfig, "get", "--raw", "/readyz")
		g.Expect(cmd.Output()).To(BeEquivalentTo("ok"))
	})
	t.Run("enforces RBAC", func(t *testing.T) {
		g := NewWithT(t)
		config := rest.CopyConfig(plane.Config)
		config.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:default:nobody"}
		err := newClient(g, config).List(t.Context(), &corev1.SecretList{})
		g.Expect(err).To(MatchError(apierrors.IsForbidden, "forbidden"))
	})
	t.Run("enforces a ValidatingAdmissionPolicy", func(t *testing.T) {
		g := NewWithT(t)
		c := newClient(g, plane.Config)
		denyConfigMap(t.Context(), g, c, "forbidden-name")
		g.Eventually(func() error {
			configMap := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
				Namespace: metav1.NamespaceDefault, Name: "forbidden-name",
			}}
			return c.Create(t.Context(), configMap, client.DryRunAll)
		}, timeout).Should(MatchError(ContainSubstring("denied request: this name is taken")))
	})
	t.Run("stops", func(t *testing.T) {
		g := NewWithT(t)
		endpoint, err := url.Parse(plane.Config.Host)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(plane.Stop()).To(Succeed())
		g.Expect(plane.Stop()).To(Succeed(), "stopping again does nothing")
		_, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", endpoint.Host)
		g.Expect(err).To(HaveOccurred())
		g.Expect(dir).To(BeADirectory(), "a given data folder is kept")
	})
}

func denyConfigMap(ctx context.Context, g *WithT, c client.Client, name string) {
	policy := &admissionv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "names"},
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{{
				RuleWithOperations: admissionv1.RuleWithOperations{
					Operations: []admissionv1.OperationType{admissionv1.Create},
					Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps"}},
				},
			}}},
			Validations: []admissionv1.Validation{{
				Expression: "object.metadata.name != '" + name + "'", Message: "this name is taken",
			}},
		},
	}
	binding := &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "names"},
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: policy.Name, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
		},
	}
	g.Expect(c.Create(ctx, policy)).To(Succeed())
	g.Expect(c.Create(ctx, binding)).To(Succeed())
}

func TestStartFailsOnAMissingCRDPath(t *testing.T) {
	g := NewWithT(t)
	missing := filepath.Join(t.TempDir(), "crds")
	t.Setenv("TMPDIR", t.TempDir())

	_, err := controlplane.Start(t.Context(), controlplane.Options{CRDPaths: []string{missing}})

	g.Expect(err).To(MatchError(ContainSubstring(missing)))
	g.Expect(os.ReadDir(os.TempDir())).To(BeEmpty(), "the data folder is removed")
}

func TestStartEndsWithItsContext(t *testing.T) {
	g := NewWithT(t)
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := controlplane.Start(ctx, controlplane.Options{})

	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(os.ReadDir(os.TempDir())).To(BeEmpty(), "the data folder is removed")
}
