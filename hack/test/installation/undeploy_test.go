// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/testenv"
)

// undeploy runs hack/undeploy.sh on a cluster. The removal of the installation needs no
// controllers.
func undeploy(t *testing.T, plane *controlplane.ControlPlane, output io.Writer, environment ...string) *exec.Cmd {
	t.Helper()
	g := NewWithT(t)
	manifests := t.TempDir()
	for name, text := range map[string]string{
		"kustomization.yaml": "resources: [installed.yaml]\n",
		"installed.yaml":     "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: installed, namespace: default}\n",
	} {
		g.Expect(os.WriteFile(filepath.Join(manifests, name), []byte(text), 0o600)).To(Succeed())
	}
	command := exec.CommandContext(t.Context(), filepath.Join("..", "..", "undeploy.sh"))
	command.Env = append(os.Environ(), append(environment,
		"KUBECTL="+plane.Kubectl+" --kubeconfig="+plane.Kubeconfig, "MANIFESTS="+manifests)...)
	command.Stdout, command.Stderr = output, output
	return command
}

// TestUndeployWaitsForRecordingsThatAreDeleted releases one recording after another in place of
// the operator.
func TestUndeployWaitsForRecordingsThatAreDeleted(t *testing.T) {
	g := NewWithT(t)
	environment, err := testenv.Start(t.Context(), testenv.Options{WithoutOperator: true})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(environment.Run()).To(Succeed()) })
	plane, admin := environment.ControlPlane, environment.Client
	g.Expect(admin.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "installed"}})).To(Succeed())
	first, second := newRecording("default"), newRecording("default")
	for _, recording := range []*v1alpha1.CloudRecording{first, second} {
		recording.Finalizers = []string{v1alpha1.StopFinalizer}
		g.Expect(admin.Create(t.Context(), recording)).To(Succeed())
	}

	schedule := newSchedule("default")
	g.Expect(admin.Create(t.Context(), schedule)).To(Succeed())

	var said strings.Builder
	g.Expect(undeploy(t, plane, &said).Run()).NotTo(Succeed())
	g.Expect(said.String()).To(And(
		ContainSubstring("Nothing was removed, since CloudRecordingSchedules exist"),
		ContainSubstring("\n  "+plane.Kubectl+" --kubeconfig="+plane.Kubeconfig+" delete cloudrecordingschedules --all --all-namespaces\n")))
	g.Expect(admin.Delete(t.Context(), schedule)).To(Succeed())
	said.Reset()
	g.Expect(undeploy(t, plane, &said).Run()).NotTo(Succeed())
	g.Expect(said.String()).To(And(
		ContainSubstring("Nothing was removed, since CloudRecordings exist"), ContainSubstring("  default/"+first.Name+"\n"),
		ContainSubstring("For all of them:\n  make undeploy FORCE=true\nThen run this again:\n  make undeploy\n"),
		ContainSubstring("spec.upload.deletionTimeout (30 minutes, if it is not set)"),
		ContainSubstring(`{"spec":{"upload":{"deletionTimeout":"0s"}}}`)))

	g.Expect(admin.Delete(t.Context(), first)).To(Succeed())
	g.Expect(undeploy(t, plane, io.Discard).Run()).NotTo(Succeed(), "one is not being deleted")
	g.Expect(admin.Delete(t.Context(), second)).To(Succeed())
	said.Reset()
	g.Expect(undeploy(t, plane, &said, "WAIT=1").Run()).NotTo(Succeed())
	g.Expect(said.String()).To(ContainSubstring("Nothing was removed, since CloudRecordings are still being deleted after 1s:"))

	log := gbytes.NewBuffer()
	command := undeploy(t, plane, log)
	g.Expect(command.Start()).To(Succeed())
	says := func(text string) {
		t.Helper()
		g.Eventually(log).WithTimeout(time.Minute).Should(gbytes.Say(text))
	}
	says("All recordings are being deleted. This waits until they are gone")
	says(`"deletionTimeout":"0s"`)
	says(`Left after \d+s: 2 Pending\n`)
	patchStatus(g, admin, first, func(r *v1alpha1.CloudRecording) { r.Status.Phase = v1alpha1.PhaseUploading })
	says(`Left after \d+s: 1 Pending, 1 Uploading\n`)
	letGo(t.Context(), g, admin, first)
	says(`Left after \d+s: 1 Pending\n`)
	letGo(t.Context(), g, admin, second)
	g.Expect(command.Wait()).To(Succeed(), string(log.Contents()))

	err = admin.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "installed"}, &corev1.ConfigMap{})
	g.Expect(err).To(MatchError(apierrors.IsNotFound, "not found"))
	g.Eventually(func() error { return admin.List(t.Context(), &v1alpha1.CloudRecordingList{}) }).WithTimeout(policyTimeout).ShouldNot(Succeed())
}

// TestUndeployByForceLetsEverythingGo also works without an operator.
func TestUndeployByForceLetsEverythingGo(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	environment, err := testenv.Start(t.Context(), testenv.Options{WithoutOperator: true})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(environment.Run()).To(Succeed()) })
	plane, admin := environment.ControlPlane, environment.Client
	recording := newRecording("default")
	recording.Finalizers = []string{v1alpha1.StopFinalizer}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "agora", Finalizers: []string{v1alpha1.InUseFinalizer}}}
	for _, object := range []client.Object{recording, secret} {
		g.Expect(admin.Create(t.Context(), object)).To(Succeed())
	}
	said, err := undeployed(t, plane, "FORCE=true", "TIMEOUT=2")
	g.Expect(err).NotTo(HaveOccurred(), said)
	g.Expect(said).To(And(ContainSubstring("These recordings are let go of."), ContainSubstring(recording.Name)))
	g.Eventually(func() error { return admin.List(t.Context(), &v1alpha1.CloudRecordingList{}) }).WithTimeout(policyTimeout).ShouldNot(Succeed())
	g.Expect(admin.Get(t.Context(), client.ObjectKeyFromObject(secret), secret)).To(Succeed())
	g.Expect(secret.Finalizers).To(BeEmpty())

	// Another run removes what was left over.
	said, err = undeployed(t, plane)
	g.Expect(err).NotTo(HaveOccurred(), said)
}

// undeployed runs hack/undeploy.sh to its end, and returns its output.
func undeployed(t *testing.T, plane *controlplane.ControlPlane, environment ...string) (string, error) {
	t.Helper()
	var said strings.Builder
	err := undeploy(t, plane, &said, environment...).Run()
	return said.String(), err
}

// newSchedule returns a schedule that creates recordings of a profile.
func newSchedule(namespace string) *v1alpha1.CloudRecordingSchedule {
	return &v1alpha1.CloudRecordingSchedule{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "math"},
		Spec: v1alpha1.CloudRecordingScheduleSpec{
			Schedules: []string{"0 9 * * *"}, TimeZone: "UTC", Duration: metav1.Duration{Duration: time.Hour},
			Template: v1alpha1.CloudRecordingTemplate{Spec: v1alpha1.CloudRecordingSpec{
				ProfileRef: &v1alpha1.ProfileReference{Name: "lessons"}, CName: "lesson",
			}},
		},
	}
}

// patchStatus patches the status of a recording.
func patchStatus(g *WithT, admin client.Client, recording *v1alpha1.CloudRecording, change func(*v1alpha1.CloudRecording)) {
	before := recording.DeepCopy()
	change(recording)
	g.Expect(admin.Status().Patch(context.Background(), recording, client.MergeFrom(before))).To(Succeed())
}

func letGo(ctx context.Context, g *WithT, admin client.Client, recording *v1alpha1.CloudRecording) {
	before := recording.DeepCopy()
	recording.Finalizers = nil
	g.Expect(admin.Patch(ctx, recording, client.MergeFrom(before))).To(Succeed())
}
