// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/testenv"
)

// newOverlay returns a folder with a kustomization next to a copy of config, as users create
// one.
func newOverlay(t *testing.T, kustomization string) string {
	t.Helper()
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.CopyFS(filepath.Join(dir, "config"), os.DirFS(configDir(".")))).To(Succeed())
	overlay := filepath.Join(dir, "overlay")
	g.Expect(os.Mkdir(overlay, 0o700)).To(Succeed())
	text := "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n" + kustomization
	g.Expect(os.WriteFile(filepath.Join(overlay, "kustomization.yaml"), []byte(text), 0o600)).To(Succeed())
	return overlay
}

// overlayInstallation is an overlay on a separate real API server.
type overlayInstallation struct {
	plane *controlplane.ControlPlane
	admin client.Client
	// user is the operator's ServiceAccount.
	user string
}

func installOverlay(t *testing.T, overlay string) *overlayInstallation {
	t.Helper()
	g := NewWithT(t)
	plane, err := controlplane.Start(t.Context(), controlplane.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(plane.Stop()).To(Succeed()) })
	i := &overlayInstallation{plane: plane}
	i.admin, err = testenv.NewClient(plane.Config)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(i.admin.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: recordingsNamespace}})).To(Succeed())
	_, err = kubectlOn(t.Context(), plane, "apply", "--server-side", "-k", overlay)
	g.Expect(err).NotTo(HaveOccurred())
	i.user = operatorOf(t, render(t, overlay))
	return i
}

// recordingsNamespace is the namespace in config/namespaced.
const recordingsNamespace = "recordings"

// operatorOf returns the ServiceAccount of the Deployment's pods.
func operatorOf(t *testing.T, objects []*unstructured.Unstructured) string {
	t.Helper()
	g := NewWithT(t)
	for _, object := range objects {
		if object.GetKind() == "Deployment" {
			name, _, err := unstructured.NestedString(object.Object, "spec", "template", "spec", "serviceAccountName")
			g.Expect(err).NotTo(HaveOccurred())
			return "system:serviceaccount:" + object.GetNamespace() + ":" + name
		}
	}
	t.Fatal("there is no Deployment")
	return ""
}

func (i *overlayInstallation) operator(t *testing.T) client.Client {
	t.Helper()
	operator, err := newClientOf(i.plane, i.user)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return operator
}

// TestPoliciesHoldWhereverTheyAreInstalled changes names and namespaces as users and their
// tools do, and tries allowed and denied operations as the operator.
func TestPoliciesHoldWhereverTheyAreInstalled(t *testing.T) {
	for name, c := range map[string]struct{ kustomization, user string }{
		"another namespace": {
			"resources: [../config/default]\nnamespace: elsewhere\n",
			"system:serviceaccount:elsewhere:" + managerName,
		},
		"a prefix and a suffix": {
			"resources: [../config/default]\nnamePrefix: team-\nnameSuffix: \"-2\"\n",
			"system:serviceaccount:" + namespace + ":team-" + managerName + "-2",
		},
		"another service account": {
			`resources: [../config/default]
patches:
- target: {kind: ServiceAccount}
  options: {allowNameChange: true}
  patch: |-
    - op: replace
      path: /metadata/name
      value: recorder
`, "system:serviceaccount:" + namespace + ":recorder",
		},
		"an operator that was made an administrator": {
			`resources: [../config/default, administrator.yaml]
namespace: elsewhere
`, "system:serviceaccount:elsewhere:" + managerName,
		},
		"some namespaces alone": {
			"resources: [../config/namespaced]\n",
			operatorUser,
		},
		"some namespaces alone, and another one for the operator": {
			namespacedOverlay(t),
			"system:serviceaccount:elsewhere:" + managerName,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			overlay := newOverlay(t, c.kustomization)
			writeAdministrator(t, overlay)
			writeMoved(t, overlay)
			installed := installOverlay(t, overlay)
			g.Expect(installed.user).To(Equal(c.user))
			installed.expectPolicies(t, recordingsNamespace)
		})
	}
}

// namespacedOverlay returns config/namespaced as an overlay with the operator in another
// namespace.
func namespacedOverlay(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(configDir("namespaced"), "kustomization.yaml"))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	_, kustomization, _ := strings.Cut(string(text), "kind: Kustomization\n")
	return strings.NewReplacer("- operator\n", "- moved\n", "- recordings\n", "- ../config/namespaced/recordings\n").Replace(kustomization)
}

func writeAdministrator(t *testing.T, overlay string) {
	t.Helper()
	NewWithT(t).Expect(os.WriteFile(filepath.Join(overlay, "administrator.yaml"), []byte(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: administrator
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin
subjects:
- kind: ServiceAccount
  name: `+managerName+`
  namespace: `+namespace+"\n"), 0o600)).To(Succeed())
}

// writeMoved writes an overlay of only the operator of config/namespaced.
func writeMoved(t *testing.T, overlay string) {
	t.Helper()
	g := NewWithT(t)
	g.Expect(os.Mkdir(filepath.Join(overlay, "moved"), 0o700)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(overlay, "moved", "kustomization.yaml"),
		[]byte("resources: [../../config/namespaced/operator]\nnamespace: elsewhere\n"), 0o600)).To(Succeed())
}

// expectPolicies tries operations that the operator may perform, and operations that the
// policies must deny.
func (i *overlayInstallation) expectPolicies(t *testing.T, ns string) {
	t.Helper()
	g := NewWithT(t)
	operator := i.operator(t)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "agora"},
		StringData: map[string]string{v1alpha1.CustomerIDKey: "id", v1alpha1.CustomerSecretKey: "secret"},
	}
	g.Expect(i.admin.Create(t.Context(), secret)).To(Succeed())
	recording := newRecording(ns)
	g.Expect(i.admin.Create(t.Context(), recording)).To(Succeed())

	g.Eventually(func() error {
		changed := secret.DeepCopy()
		changed.Data[v1alpha1.CustomerSecretKey] = []byte("another")
		return operator.Patch(t.Context(), changed, client.MergeFrom(secret), client.DryRunAll)
	}).WithTimeout(policyTimeout).WithPolling(50 * time.Millisecond).Should(denied("change anything of a Secret but"))
	g.Eventually(func() error {
		changed := recording.DeepCopy()
		changed.Spec.State = v1alpha1.RecordingStateStopped
		return operator.Patch(t.Context(), changed, client.MergeFrom(recording), client.DryRunAll)
	}).WithTimeout(policyTimeout).WithPolling(50 * time.Millisecond).Should(And(
		MatchError(apierrors.IsForbidden, "forbidden"), MatchError(ContainSubstring("must not change anything of a recording but"))))

	for _, object := range []client.Object{secret, recording} {
		before, finalizer := object.DeepCopyObject().(client.Object), v1alpha1.InUseFinalizer //nolint:errcheck // it is one
		if object == client.Object(recording) {
			finalizer = v1alpha1.StopFinalizer
		}
		controllerutil.AddFinalizer(object, finalizer)
		g.Expect(operator.Patch(t.Context(), object, client.MergeFrom(before))).To(Succeed())
		before = object.DeepCopyObject().(client.Object) //nolint:errcheck // it is one
		controllerutil.RemoveFinalizer(object, finalizer)
		g.Expect(operator.Patch(t.Context(), object, client.MergeFrom(before))).To(Succeed())
	}
}

// TestNamespacedRights asks the API server for the permissions of the operator of
// config/namespaced.
func TestNamespacedRights(t *testing.T) {
	g := NewWithT(t)
	overlay := newOverlay(t, "resources: [../config/namespaced]\n")
	for _, role := range find[rbacv1.ClusterRole](t, render(t, overlay), "ClusterRole") {
		for _, rule := range role.Rules {
			g.Expect(rule.Resources).NotTo(ContainElement("secrets"), role.Name)
		}
	}
	i := installOverlay(t, overlay)
	group := v1alpha1.GroupVersion.Group
	for _, a := range []access{
		{verb: "get", resource: "secrets"},
		{verb: "list", resource: "secrets"},
		{verb: "watch", resource: "secrets"},
		{verb: "patch", resource: "secrets"},
		{verb: "list", group: group, resource: "cloudrecordings"},
		{verb: "watch", group: group, resource: "cloudrecordings"},
		{verb: "patch", group: group, resource: "cloudrecordings"},
		{verb: "patch", group: group, resource: "cloudrecordings", subresource: "status"},
	} {
		for ns, expected := range map[string]bool{recordingsNamespace: true, "default": false, namespace: false, "": false} {
			a.namespace = ns
			g.Expect(isAllowed(g, t, i.admin, i.user, a)).To(Equal(expected), "%+v", a)
		}
	}
	for _, a := range []access{
		{verb: "create", group: "coordination.k8s.io", resource: "leases", namespace: namespace},
		{verb: "create", resource: "configmaps", namespace: namespace},
		{verb: "create", group: "events.k8s.io", resource: "events", namespace: namespace},
		{verb: "create", group: "events.k8s.io", resource: "events", namespace: recordingsNamespace},
		{verb: "create", group: "authentication.k8s.io", resource: "tokenreviews"},
		{verb: "get", group: "apiextensions.k8s.io", resource: "customresourcedefinitions", name: "cloudrecordings.cloudrecording.dev"},
	} {
		g.Expect(isAllowed(g, t, i.admin, i.user, a)).To(BeTrue(), "%+v", a)
	}
	elsewhere := access{verb: "create", group: "events.k8s.io", resource: "events", namespace: "default"}
	g.Expect(isAllowed(g, t, i.admin, i.user, elsewhere)).To(BeFalse())
}
