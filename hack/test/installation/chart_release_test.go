// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// TestChartIsInstalledUpgradedAndTakenBack upgrades a release so that it may no longer work in
// all namespaces, and then rolls it back.
func TestChartIsInstalledUpgradedAndTakenBack(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	i := installChart(t, nil)
	g.Expect(i.user).To(Equal(operatorUser))
	i.expectPolicies(t, recordingsNamespace)
	readsElsewhere := func(expected bool) {
		t.Helper()
		for ns, expected := range map[string]bool{recordingsNamespace: true, "default": expected} {
			g.Expect(isAllowed(g, t, i.admin, i.user, access{verb: "list", resource: "secrets", namespace: ns})).To(Equal(expected), ns)
		}
	}
	readsElsewhere(true)

	narrow := values{"watchNamespaces": []string{recordingsNamespace}, "replicas": 1}
	_, err := on(t, i.plane, "upgrade", release, configDir("chart"), "--values="+narrow.file(t))
	g.Expect(err).NotTo(HaveOccurred())
	readsElsewhere(false)
	g.Expect(i.get(t, &rbacv1.ClusterRole{}, "", "cloudrecording-manager-role")).To(MatchError(apierrors.IsNotFound, "not found"))
	deployment := &appsv1.Deployment{}
	g.Expect(i.get(t, deployment, namespace, managerName)).To(Succeed())
	g.Expect(deployment.Spec.Replicas).To(HaveValue(BeEquivalentTo(1)))

	_, err = on(t, i.plane, "rollback", release, "1")
	g.Expect(err).NotTo(HaveOccurred())
	readsElsewhere(true)
	g.Expect(i.get(t, deployment, namespace, managerName)).To(Succeed())
	g.Expect(deployment.Spec.Replicas).To(HaveValue(BeEquivalentTo(2)))
}

// TestChartIsUninstalledOnceNothingWouldBeStranded runs the removal check in place of the
// cluster, before Helm removes anything.
func TestChartIsUninstalledOnceNothingWouldBeStranded(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	i := installChart(t, nil)
	recording := newRecording(recordingsNamespace)
	g.Expect(i.admin.Create(t.Context(), recording)).To(Succeed())

	g.Expect(i.uninstall(t, batchv1.JobFailed)).To(MatchError(ContainSubstring("cloudrecording-removal-check not ready")))
	g.Expect(i.get(t, &appsv1.Deployment{}, namespace, managerName)).To(Succeed(), "nothing was removed")

	g.Expect(i.uninstall(t, batchv1.JobComplete)).To(Succeed())
	gone := MatchError(apierrors.IsNotFound, "not found")
	g.Expect(i.get(t, &appsv1.Deployment{}, namespace, managerName)).To(gone)
	g.Expect(i.get(t, &rbacv1.ClusterRole{}, "", "cloudrecording-manager-role")).To(gone)
	for _, hook := range []client.Object{&rbacv1.ClusterRole{}, &rbacv1.ClusterRoleBinding{}} {
		g.Expect(i.get(t, hook, "", "cloudrecording-removal-check")).To(gone)
	}
	g.Expect(i.get(t, &corev1.ServiceAccount{}, namespace, "cloudrecording-removal-check")).To(gone)
	g.Expect(i.get(t, &v1alpha1.CloudRecording{}, recording.Namespace, recording.Name)).To(Succeed(), "definitions stay, and what they define")

	_, err := on(t, i.plane, "install", release, configDir("chart"))
	g.Expect(err).NotTo(HaveOccurred(), "definitions that stayed are the next release's")
}

// TestChartTakesOverWhatKubectlHasInstalled also works with another image than before.
func TestChartTakesOverWhatKubectlHasInstalled(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	i := installOverlay(t, newOverlay(t, "resources: [../config/default]\n"))
	_, err := on(t, i.plane, "install", release, configDir("chart"))
	g.Expect(err).To(MatchError(ContainSubstring("cannot be imported into the current release")))

	_, err = on(t, i.plane, "install", release, configDir("chart"), "--take-ownership", "--force-conflicts", "--set=image.tag=v2")
	g.Expect(err).NotTo(HaveOccurred())
	deployment := &appsv1.Deployment{}
	g.Expect(i.get(t, deployment, namespace, managerName)).To(Succeed())
	g.Expect(deployment.Spec.Template.Spec.Containers).To(ConsistOf(HaveField("Image", "cloudrecording-operator:v2")))
	g.Expect(deployment.Labels).To(HaveKeyWithValue("app.kubernetes.io/managed-by", "Helm"))
}

func (i *overlayInstallation) get(t *testing.T, object client.Object, ns, name string) error {
	t.Helper()
	return i.admin.Get(t.Context(), types.NamespacedName{Namespace: ns, Name: name}, object)
}

// uninstall runs helm uninstall with the given outcome of the check.
func (i *overlayInstallation) uninstall(t *testing.T, outcome batchv1.JobConditionType) error {
	t.Helper()
	g := NewWithT(t)
	ended := make(chan error, 1)
	go func() {
		_, err := on(t, i.plane, "uninstall", release)
		ended <- err
	}()
	job := &batchv1.Job{}
	g.Eventually(func() error { return i.endJob(t, job, outcome) }).WithTimeout(policyTimeout).Should(Succeed())
	var err error
	g.Eventually(ended).WithTimeout(policyTimeout).Should(Receive(&err))
	return err
}

// endJob completes the job of the check, unless the job is from an earlier check.
func (i *overlayInstallation) endJob(t *testing.T, job *batchv1.Job, outcome batchv1.JobConditionType) error {
	t.Helper()
	if err := i.get(t, job, namespace, "cloudrecording-removal-check"); err != nil {
		return err
	}
	condition := func(kind batchv1.JobConditionType) batchv1.JobCondition {
		return batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()}
	}
	job.Status.StartTime = ptr.To(metav1.Now())
	job.Status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{}
	if outcome == batchv1.JobComplete {
		job.Status.CompletionTime = ptr.To(metav1.Now())
		job.Status.Conditions = []batchv1.JobCondition{condition(batchv1.JobSuccessCriteriaMet), condition(batchv1.JobComplete)}
	} else {
		job.Status.Conditions = []batchv1.JobCondition{condition(batchv1.JobFailureTarget), condition(batchv1.JobFailed)}
	}
	return i.admin.Status().Update(t.Context(), job)
}
