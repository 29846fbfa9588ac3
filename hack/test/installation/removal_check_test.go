// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"os/exec"
	"slices"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/shard"
	"cloudrecording.dev/operator/hack/testenv"
)

// removalCheck is the hook of a release, as its pod runs it.
type removalCheck struct {
	installation *overlayInstallation
	binary       string
	arguments    []string
	kubeconfig   string
}

// newRemovalCheck installs the chart with the objects of its hook. The check runs with the
// hook's arguments and permissions.
func newRemovalCheck(t *testing.T, v values) removalCheck {
	t.Helper()
	g := NewWithT(t)
	i := installChart(t, v)
	_, hooks := v.render(t, namespace)
	for _, object := range hooks {
		g.Expect(i.admin.Create(t.Context(), object)).To(Succeed())
	}
	pod := find[batchv1.Job](t, hooks, "Job")[0].Spec.Template.Spec
	i.user = "system:serviceaccount:" + namespace + ":" + pod.ServiceAccountName
	binary, err := testenv.BuildOperator(t.Context(), t.TempDir())
	g.Expect(err).NotTo(HaveOccurred())
	return removalCheck{installation: i, binary: binary, arguments: pod.Containers[0].Args, kubeconfig: i.kubeconfigOf(t)}
}

func (c removalCheck) command(t *testing.T, more ...string) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(t.Context(), c.binary, slices.Concat(c.arguments, []string{"--kubeconfig=" + c.kubeconfig}, more)...)
}

// expect runs the check, and compares its output and its exit code.
func (c removalCheck) expect(t *testing.T, code int, expected OmegaMatcher, more ...string) {
	t.Helper()
	g := NewWithT(t)
	command := c.command(t, more...)
	said, _ := command.CombinedOutput()
	g.Expect(string(said)).To(expected)
	g.Expect(command.ProcessState.ExitCode()).To(Equal(code))
}

func (c removalCheck) create(t *testing.T, object client.Object) {
	t.Helper()
	NewWithT(t).Expect(c.installation.admin.Create(t.Context(), object)).To(Succeed())
}

// TestRemovalCheckRefusesWhatWouldBeStranded tests everything that prevents the removal of a
// release.
func TestRemovalCheckRefusesWhatWouldBeStranded(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	check := newRemovalCheck(t, nil)
	admin := check.installation.admin
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "agora", Finalizers: []string{v1alpha1.InUseFinalizer}}}
	check.create(t, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "another"}})
	check.expect(t, 0, BeEmpty())

	recording := newRecording("default")
	recording.Finalizers = []string{v1alpha1.StopFinalizer}
	check.create(t, recording)
	check.create(t, secret)
	check.expect(t, 1, And(
		HavePrefix("Nothing was removed, since CloudRecordings exist."), ContainSubstring("  default/"+recording.Name+"\n"),
		ContainSubstring("helm uninstall cloudrecording --namespace=cloudrecording-system")))
	g.Expect(admin.Delete(t.Context(), recording)).To(Succeed())
	check.expect(t, 1, HavePrefix("Nothing was removed, since CloudRecordings are still being deleted:"))
	letGo(t.Context(), g, admin, recording)
	check.expect(t, 1, And(HavePrefix("Nothing was removed, since these Secrets have the finalizer"), ContainSubstring("default/agora"),
		Not(ContainSubstring("default/another"))), "--secrets-timeout=0s")

	// The operator releases a Secret a moment after its last recording is gone.
	log := gbytes.NewBuffer()
	command := check.command(t)
	command.Stderr = log
	g.Expect(command.Start()).To(Succeed())
	g.Eventually(log).WithTimeout(policyTimeout).Should(gbytes.Say("This waits for the operator to let go of the Secrets"))
	before := secret.DeepCopy()
	controllerutil.RemoveFinalizer(secret, v1alpha1.InUseFinalizer)
	g.Expect(admin.Patch(t.Context(), secret, client.MergeFrom(before))).To(Succeed())
	g.Expect(command.Wait()).To(Succeed())
}

// TestRemovalCheckLeavesOthersAlone tests an operator that manages a part of all recordings and
// may not read other namespaces.
func TestRemovalCheckLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	check := newRemovalCheck(t, values{
		"watchNamespaces": []string{recordingsNamespace}, "flags": values{"watch-label-selector": "tenant=school"},
	})
	admin := check.installation.admin
	elsewhere, another := newRecording("default"), newRecording(recordingsNamespace)
	elsewhere.Labels = map[string]string{"tenant": "school"}
	check.create(t, elsewhere)
	check.create(t, another)
	check.create(t, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: recordingsNamespace, Name: "agora", Finalizers: []string{v1alpha1.InUseFinalizer},
	}})
	check.expect(t, 0, BeEmpty(), "--secrets-timeout=0s")

	departed := newRecording(recordingsNamespace)
	departed.Finalizers = []string{v1alpha1.StopFinalizer}
	check.create(t, departed)
	own, err := shard.Parse(recordingsNamespace, "tenant=school")
	g.Expect(err).NotTo(HaveOccurred())
	before := departed.DeepCopy()
	departed.Status.Shard = own.Name()
	g.Expect(admin.Status().Patch(t.Context(), departed, client.MergeFrom(before))).To(Succeed())
	check.expect(t, 1, ContainSubstring("  "+recordingsNamespace+"/"+departed.Name+"\n"))
	letGo(t.Context(), g, admin, departed)
	check.expect(t, 0, BeEmpty(), "--secrets-timeout=0s")

	selected := newRecording(recordingsNamespace)
	selected.Labels = map[string]string{"tenant": "school"}
	check.create(t, selected)
	check.expect(t, 1, And(ContainSubstring("  "+recordingsNamespace+"/"+selected.Name+"\n"), Not(ContainSubstring(another.Name))))
}

func TestRemovalCheckRefusesArguments(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	binary, err := testenv.BuildOperator(t.Context(), t.TempDir())
	g.Expect(err).NotTo(HaveOccurred())
	check := removalCheck{binary: binary, arguments: []string{"removal-check"}, kubeconfig: "/nowhere"}
	check.expect(t, 2, ContainSubstring(`"A_b" cannot be a namespace`), "--watch-namespaces=A_b")
	check.expect(t, 2, ContainSubstring("flag provided but not defined"), "--poll-interval=1m")
	check.expect(t, 1, ContainSubstring("find the cluster"))
}
