// SPDX-License-Identifier: Apache-2.0

package command

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	testingclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/command"
	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

const configFolder = "../../../config"

var (
	plane *controlplane.ControlPlane
	admin client.Client

	// noon is the plugin's current time.
	noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
)

func TestCommands(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(time.Minute)
	// Otherwise, assertions that wait with the context of a spec could wait forever.
	EnforceDefaultTimeoutsWhenUsingContexts()
	RunSpecs(t, "kubectl crec")
}

var _ = BeforeSuite(func(ctx context.Context) {
	command.SilenceLibraries()
	var err error
	plane, err = controlplane.Start(ctx, controlplane.Options{CRDPaths: []string{filepath.Join(configFolder, "crd", "bases")}})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(plane.Stop)
	scheme, err := cluster.Scheme()
	Expect(err).NotTo(HaveOccurred())
	admin, err = client.New(plane.Config, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
})

// namespace creates a namespace for a spec and returns its name.
func namespace(ctx context.Context) string {
	GinkgoHelper()
	made := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "school-"}}
	Expect(admin.Create(ctx, made)).To(Succeed())
	return made.Name
}

// ran is the outcome of a command line.
type ran struct {
	Code           int
	Output, Errors string
}

// run runs a command line in a namespace.
func run(ctx context.Context, namespace string, arguments ...string) ran {
	var output, errors bytes.Buffer
	code := runTo(ctx, &output, &errors, namespace, arguments...)
	return ran{code, output.String(), errors.String()}
}

// runTo runs a command line and writes its output immediately.
func runTo(ctx context.Context, output, errors io.Writer, namespace string, arguments ...string) int {
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: output, ErrOut: errors}
	arguments = slices.Insert(slices.Clone(arguments), 1, "--kubeconfig", plane.Kubeconfig, "-n", namespace)
	return execute(ctx, "v0", testingclock.NewFakePassiveClock(noon), streams, arguments)
}

// create creates an adopted recording, as changed by a spec.
func create(ctx context.Context, namespace, name string, change func(*v1alpha1.CloudRecordingSpec)) *v1alpha1.CloudRecording {
	GinkgoHelper()
	recording := &v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{
		AppID: "app", CName: name, UID: "527841", Mode: v1alpha1.MixMode, ResourceID: "resource", SID: "sid-of-" + name,
		CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: "agora"},
	}}
	recording.Namespace, recording.Name = namespace, name
	if change != nil {
		change(&recording.Spec)
	}
	Expect(admin.Create(ctx, recording)).To(Succeed())
	return recording
}

// write writes a status like the operator.
func write(ctx context.Context, recording *v1alpha1.CloudRecording, change func(*v1alpha1.CloudRecordingStatus)) {
	GinkgoHelper()
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(recording), recording)).To(Succeed())
	before := recording.DeepCopy()
	recording.Status.ObservedGeneration = recording.Generation
	change(&recording.Status)
	Expect(admin.Status().Patch(ctx, recording, client.MergeFrom(before))).To(Succeed())
}

// conditions returns conditions that share a reason.
func conditions(status metav1.ConditionStatus, reason, message string, types ...string) (all []metav1.Condition) {
	for _, of := range types {
		all = append(all, metav1.Condition{Type: of, Status: status, Reason: reason, Message: message, LastTransitionTime: metav1.NewTime(noon)})
	}
	return all
}
