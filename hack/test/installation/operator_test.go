// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/testenv"
)

// kubeconfigOf writes a kubeconfig with a token of the operator's ServiceAccount, as its pods
// have it.
func (i *overlayInstallation) kubeconfigOf(t *testing.T) string {
	t.Helper()
	g := NewWithT(t)
	names := strings.Split(i.user, ":")
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: names[2], Name: names[3]}}
	token := &authenticationv1.TokenRequest{}
	g.Expect(i.admin.SubResource("token").Create(t.Context(), account, token)).To(Succeed())
	config, err := clientcmd.LoadFromFile(i.plane.Kubeconfig)
	g.Expect(err).NotTo(HaveOccurred())
	for name := range config.AuthInfos {
		config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token.Status.Token}
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	g.Expect(clientcmd.WriteToFile(*config, file)).To(Succeed())
	return file
}

// TestOperatorWorksWithItsRights runs the operator as its ServiceAccount and with the flags of
// its Deployment, so that its roles and the policies apply.
func TestOperatorWorksWithItsRights(t *testing.T) {
	g := NewWithT(t)
	binary, err := testenv.BuildOperator(t.Context(), t.TempDir())
	g.Expect(err).NotTo(HaveOccurred())
	for name, kustomization := range map[string]string{
		"in all namespaces":  "resources: [../config/notifications]\n",
		"in some namespaces": "resources: [../config/namespaced]\ncomponents: [../config/notifications/component]\n",
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			overlay := newOverlay(t, kustomization)
			i := installOverlay(t, overlay)
			logs := gbytes.NewBuffer()
			operator, err := testenv.StartOperator(t.Context(), testenv.OperatorOptions{
				Binary: binary, Kubeconfig: i.kubeconfigOf(t), Output: logs, Arguments: argumentsOf(t, overlay),
			})
			g.Expect(err).NotTo(HaveOccurred())
			t.Cleanup(operator.Kill)
			i.expectWork(t, recordingsNamespace)
			g.Expect(operator.Stop()).To(Succeed())
			g.Expect(string(logs.Contents())).NotTo(Or(
				ContainSubstring("forbidden"), ContainSubstring("No policy keeps this operator")), string(logs.Contents()))
		})
	}
}

// argumentsOf returns the flags of the Deployment, with changes for running outside of a
// cluster: the operator's namespace, and free addresses. Agora cannot be reached.
func argumentsOf(t *testing.T, overlay string) []string {
	t.Helper()
	g := NewWithT(t)
	deployment := find[appsv1.Deployment](t, render(t, overlay), "Deployment")[0]
	args := slices.DeleteFunc(deployment.Spec.Template.Spec.Containers[0].Args, func(arg string) bool {
		return strings.HasPrefix(arg, "--health-probe-bind-address=")
	})
	args = append(args, "--agora-endpoints=http://127.0.0.1:1",
		"--leader-election-namespace="+deployment.Namespace, "--notifications-namespace="+deployment.Namespace)
	for _, flag := range []string{"--notifications-bind-address", "--metrics-bind-address"} {
		address, err := testenv.FreeAddress(t.Context())
		g.Expect(err).NotTo(HaveOccurred())
		args = append(args, flag+"="+address)
	}
	return args
}

// expectWork waits until the operator has used each of its permissions for Secrets and
// recordings.
func (i *overlayInstallation) expectWork(t *testing.T, ns string) {
	t.Helper()
	g := NewWithT(t)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "agora"},
		StringData: map[string]string{v1alpha1.CustomerIDKey: "id", v1alpha1.CustomerSecretKey: "secret"},
	}
	g.Expect(i.admin.Create(t.Context(), secret)).To(Succeed())
	recording := newRecording(ns)
	g.Expect(i.admin.Create(t.Context(), recording)).To(Succeed())
	eventually := func(object client.Object, expected OmegaMatcher) {
		t.Helper()
		g.Eventually(func() (client.Object, error) {
			return object, i.admin.Get(t.Context(), client.ObjectKeyFromObject(object), object)
		}).WithTimeout(policyTimeout).Should(expected)
	}
	eventually(secret, HaveField("Finalizers", ConsistOf(v1alpha1.InUseFinalizer)))
	eventually(recording, And(
		HaveField("Finalizers", ConsistOf(v1alpha1.StopFinalizer)),
		HaveField("Status.LastError", Not(BeNil()))))
	before := recording.DeepCopy()
	recording.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
	g.Expect(i.admin.Patch(t.Context(), recording, client.MergeFrom(before))).To(Succeed())
	g.Expect(i.admin.Delete(t.Context(), recording)).To(Succeed())
	eventually(secret, HaveField("Finalizers", BeEmpty()))
}
