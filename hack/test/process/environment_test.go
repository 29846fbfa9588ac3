// SPDX-License-Identifier: Apache-2.0

package process_test

import (
	"context"
	"io"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gstruct"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	customerID     = "customer-1"
	customerSecret = "s3cr3t-of-customer-1"
	secretName     = "agora"

	notificationSecret = "s3cr3t-of-notifications"

	recordingName = "lesson"

	wantStopped = `{"spec":{"state":"Stopped"}}`
)

// environment is the environment of a spec: a namespace, a simulated Agora, and the operator's
// process, which watches only this namespace.
type environment struct {
	namespace string
	agora     *testenv.Agora
	logs      *gbytes.Buffer
	operator  *testenv.Operator

	// kubeconfig is the path of the operators' kubeconfig.
	kubeconfig string

	// arguments are additional flags of the operator.
	arguments []string
}

// newEnvironment returns an environment whose operator does not run yet.
func newEnvironment(ctx context.Context) *environment {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "process-"}}
	Expect(k8sClient.Create(ctx, namespace)).To(Succeed())
	e := &environment{namespace: namespace.Name, logs: gbytes.NewBuffer(), kubeconfig: cluster.Kubeconfig}
	cleanup := &testenv.Cleanup{}
	var err error
	e.agora, err = testenv.StartAgora(cleanup, agorasim.Options{
		Credentials:       map[string]string{customerID: customerSecret},
		RequestsPerSecond: -1,
	})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() {
		Expect(cleanup.Run()).To(Succeed())
		Expect(string(e.logs.Contents())).NotTo(ContainSubstring(customerSecret))
	})
	return e
}

// start starts the operator, or another one after it has ended.
func (e *environment) start(ctx context.Context) {
	GinkgoHelper()
	e.operator = e.startReplica(ctx)
}

// startReplica starts an operator with additional flags. It is stopped after the spec.
func (e *environment) startReplica(ctx context.Context, arguments ...string) *testenv.Operator {
	GinkgoHelper()
	replica, err := testenv.StartOperator(ctx, testenv.OperatorOptions{
		Binary:     binary,
		Kubeconfig: e.kubeconfig,
		Arguments: append([]string{
			"--agora-endpoints=" + e.agora.URL,
			"--watch-namespaces=" + e.namespace,
			"--requests-per-second=500",
			"--not-found-grace=1s",
			"--poll-interval=500ms",
			"--upload-recheck-min=200ms",
			"--upload-recheck-max=500ms",
			"--upload-settle-time=3s",
			"--allow-unsafe-timings",
		}, slices.Concat(e.arguments, arguments)...),
		Output: io.MultiWriter(e.logs, GinkgoWriter),
	})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(replica.Kill)
	return replica
}

func (e *environment) createSecret(ctx context.Context) *corev1.Secret {
	GinkgoHelper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: secretName},
		StringData: map[string]string{
			v1alpha1.CustomerIDKey:         customerID,
			v1alpha1.CustomerSecretKey:     customerSecret,
			v1alpha1.NotificationSecretKey: notificationSecret,
		},
	}
	Expect(k8sClient.Create(ctx, secret)).To(Succeed())
	return secret
}

// record begins a recording at Agora, and returns an object for it. stop is how long a
// synchronous stop takes, and exitAfter how long the recorder stays after that.
func (e *environment) record(stop, exitAfter time.Duration) *v1alpha1.CloudRecording {
	GinkgoHelper()
	return e.recordAs(recordingName, stop, exitAfter)
}

func (e *environment) recordAs(name string, stop, exitAfter time.Duration) *v1alpha1.CloudRecording {
	GinkgoHelper()
	recording, err := e.agora.Begin(agorasim.RecordingOptions{
		AppID: "0123456789abcdef0123456789abcdef", CName: name, UID: "527841", Mode: recorder.ModeMix,
		AvFileType: []string{"hls", "mp4"},
		Scenario: agorasim.Scenario{
			UploadDuration: &metav1.Duration{Duration: stop}, ExitAfter: &metav1.Duration{Duration: exitAfter},
		},
	}, e.namespace, secretName)
	Expect(err).NotTo(HaveOccurred())
	return recording
}

// adopt creates the object, waits until the operator knows files of its recording, and returns
// them.
func adopt(ctx context.Context, recording *v1alpha1.CloudRecording) []v1alpha1.RecordedFile {
	GinkgoHelper()
	Expect(k8sClient.Create(ctx, recording)).To(Succeed())
	Eventually(observe(ctx, recording)).Should(HaveField("Status.FileList", Not(BeEmpty())))
	return observe(ctx, recording)(Default).Status.FileList
}

// observe returns a function that reads the object.
func observe(ctx context.Context, recording *v1alpha1.CloudRecording) func(Gomega) *v1alpha1.CloudRecording {
	return func(g Gomega) *v1alpha1.CloudRecording {
		current := &v1alpha1.CloudRecording{}
		g.Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(recording), current)).To(Succeed())
		return current
	}
}

// patch patches an object as a user does.
func patch(ctx context.Context, object client.Object, change string) {
	GinkgoHelper()
	Expect(k8sClient.Patch(ctx, object, client.RawPatch("application/merge-patch+json", []byte(change)))).To(Succeed())
}

// simulated returns a function that returns the state of the recording at Agora.
func (e *environment) simulated(recording *v1alpha1.CloudRecording) func() agorasim.Recording {
	return func() agorasim.Recording {
		simulated, _ := e.agora.Recording(recording.Spec.SID)
		return simulated
	}
}

// answered returns a function that counts the requests of a method that were answered with a
// status. 0 counts the requests that wait for an answer.
func (e *environment) answered(method string, status int) func() int {
	return func() int {
		requests := e.agora.Requests()
		others := slices.DeleteFunc(requests, func(r agorasim.Request) bool { return r.Method != method || r.Status != status })
		return len(others)
	}
}

// fault adds a fault at Agora, and returns a function that removes it.
func (e *environment) fault(fault faults.Fault) func() {
	GinkgoHelper()
	id, err := e.agora.AddFault(fault)
	Expect(err).NotTo(HaveOccurred())
	return func() {
		GinkgoHelper()
		Expect(e.agora.RemoveFault(id)).To(BeTrue())
	}
}

func haveCondition(conditionType string, status metav1.ConditionStatus, reason string) types.GomegaMatcher {
	return HaveField("Status.Conditions", ContainElement(gstruct.MatchFields(gstruct.IgnoreExtras, gstruct.Fields{
		"Type": Equal(conditionType), "Status": Equal(status), "Reason": Equal(reason),
	})))
}

// haveNamesOf matches an object whose status still names all of the files.
func haveNamesOf(files []v1alpha1.RecordedFile) types.GomegaMatcher {
	var names []any
	for _, file := range files {
		names = append(names, HaveField("FileName", file.FileName))
	}
	return HaveField("Status.FileList", ContainElements(names...))
}
