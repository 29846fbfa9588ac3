// SPDX-License-Identifier: Apache-2.0

package command

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/redaction"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

// canary is in the values of all Secrets in these specs.
const canary = "c4n4ry"

// planted returns all values of a Secret in the encodings of logs and objects.
func planted(data map[string][]byte) (text string) {
	for _, value := range data {
		text += fmt.Sprintf("%s %q %s ", value, value, base64.StdEncoding.EncodeToString(value))
	}
	return text
}

// createOperator creates a Deployment of the operator with these arguments.
func createOperator(ctx context.Context, namespace, note string, arguments ...string) *appsv1.Deployment {
	GinkgoHelper()
	labels := cluster.OperatorLabels()
	deployment := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels},
			Spec: corev1.PodSpec{ServiceAccountName: "operator", Containers: []corev1.Container{{
				Name: "manager", Image: "operator:v0", Args: arguments, Env: []corev1.EnvVar{{Name: "NOTE", Value: note}},
			}}},
		},
	}}
	deployment.Namespace, deployment.Name, deployment.Labels = namespace, "operator", labels
	Expect(admin.Create(ctx, deployment)).To(Succeed())
	return deployment
}

// createPod creates a pod of the operator on a node that serves a log.
func createPod(ctx context.Context, namespace, log string) {
	GinkgoHelper()
	kubelet := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, log) }))
	DeferCleanup(kubelet.Close)
	address, err := url.Parse(kubelet.URL)
	Expect(err).NotTo(HaveOccurred())
	port, err := strconv.ParseInt(address.Port(), 10, 32)
	Expect(err).NotTo(HaveOccurred())
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node-of-" + namespace}}
	Expect(admin.Create(ctx, node)).To(Succeed())
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: address.Hostname()}}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(port)
	Expect(admin.Status().Update(ctx, node)).To(Succeed())
	pod := &corev1.Pod{Spec: corev1.PodSpec{NodeName: node.Name, Containers: []corev1.Container{{Name: "manager", Image: "operator:v0"}}}}
	pod.Namespace, pod.Name, pod.Labels = namespace, "operator-1", cluster.OperatorLabels()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "default"}}
	Expect(client.IgnoreAlreadyExists(admin.Create(ctx, account))).To(Succeed())
	Expect(admin.Create(ctx, pod)).To(Succeed())
}

// unpack returns the files of an archive, by their names in its folder.
func unpack(archive []byte) map[string]string {
	GinkgoHelper()
	uncompressed, err := gzip.NewReader(bytes.NewReader(archive))
	Expect(err).NotTo(HaveOccurred())
	files := map[string]string{}
	for reader := tar.NewReader(uncompressed); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		Expect(err).NotTo(HaveOccurred())
		content, err := io.ReadAll(reader)
		Expect(err).NotTo(HaveOccurred())
		_, name, _ := strings.Cut(header.Name, "/")
		files[name] = string(content)
	}
}

var _ = Describe("report", func() {
	var in, operatorIn string
	var data map[string][]byte
	BeforeEach(func(ctx context.Context) {
		in, operatorIn = namespace(ctx), namespace(ctx)
		data = map[string][]byte{}
		for i, key := range append(redaction.Keys(), "token-527842", "foreign") {
			data[key] = fmt.Appendf(nil, `%s/%d+"=`, canary, i)
		}
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: in, Name: "agora"}, Data: data}
		Expect(admin.Create(ctx, secret)).To(Succeed())
		text := planted(data)

		recording := create(ctx, in, "lesson", nil)
		recording.Annotations = map[string]string{"example.com/note": text}
		Expect(admin.Update(ctx, recording)).To(Succeed())
		write(ctx, recording, func(status *v1alpha1.CloudRecordingStatus) {
			short := string(data["foreign"])
			status.FileList = []v1alpha1.RecordedFile{{FileName: "before " + short}}
			status.LastError = &v1alpha1.CallError{Operation: "stop", Reason: short, Since: metav1.NewTime(noon)}
			status.Conditions = conditions(metav1.ConditionFalse, v1alpha1.InvalidRequestReason, text, v1alpha1.ReadyCondition)
		})
		profile := &v1alpha1.CloudRecordingProfile{ObjectMeta: metav1.ObjectMeta{Namespace: in, Name: "lessons", Annotations: map[string]string{"example.com/note": text}}}
		Expect(admin.Create(ctx, profile)).To(Succeed())
		event := &corev1.Event{
			ObjectMeta: metav1.ObjectMeta{Namespace: in, Name: "event"}, InvolvedObject: corev1.ObjectReference{Namespace: in, Name: "lesson"}, Message: text,
		}
		Expect(admin.Create(ctx, event)).To(Succeed())
		createOperator(ctx, operatorIn, text, "--note="+text)
		createPod(ctx, operatorIn, "begin "+text+"end\n")
		held := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: operatorIn, Name: "cloudrecording-operator"}}
		holder := "operator-1 " + text
		held.Spec.HolderIdentity = &holder
		Expect(admin.Create(ctx, held)).To(Succeed())
		keepUnowned(ctx, operatorIn, map[string]string{"sid-of-nobody": `{"sid":"sid-of-nobody","cname":"physics"}`, "note": text})
	})

	It("has what is needed to help, and nothing that Secrets hold", func(ctx context.Context) {
		made := run(ctx, in, "report", "--operator-namespace", operatorIn, "--file", "-")
		Expect(made.Code).To(Equal(exitDone), made.Errors)
		files := unpack([]byte(made.Output))
		operator := "operators/" + operatorIn + "/operator/"
		namespaced := "namespaces/" + in + "/"
		for name, part := range map[string]string{
			"README.txt": "What was removed", "versions.txt": "API server: v1.",
			namespaced + "cloudrecordings.yaml": "before [redacted]", namespaced + "cloudrecordingprofiles.yaml": "name: lessons",
			namespaced + "secrets.yaml": "customerSecret: '[redacted]'", namespaced + "events.yaml": "name: event",
			operator + "deployments.yaml": "image: operator:v0", operator + "pods.yaml": "name: operator-1", operator + "leases.yaml": "operator-1 ",
			operator + "unowned.yaml":                             "sid-of-nobody",
			operator + "operator-1/manager.log":                   "begin [redacted]",
			"definitions/cloudrecordings.cloudrecording.dev.yaml": "storedVersions", "definitions/cloudrecordingprofiles.cloudrecording.dev.yaml": "storedVersions",
		} {
			Expect(files).To(HaveKeyWithValue(name, ContainSubstring(part)), made.Errors)
		}
		for name, content := range files {
			Expect(content).NotTo(ContainSubstring(canary), name)
			Expect(content).NotTo(ContainSubstring(base64.StdEncoding.EncodeToString([]byte(canary))), name)
		}
		Expect(made.Errors).NotTo(ContainSubstring(canary))
	})

	It("says what could not be read", func(ctx context.Context) {
		made := run(ctx, in, "report", "--operator-namespace", operatorIn, "--file", "-", "--as", "nobody")
		Expect(made.Code).To(Equal(exitDone), made.Errors)
		Expect(made.Errors).To(ContainSubstring("The report lacks what could not be read"))
		Expect(unpack([]byte(made.Output))).To(HaveKeyWithValue("missing.txt", ContainSubstring("what they hold is taken out only where it looks secret")))
	})

	It("is a file that its owner alone can read, and replaces none", func(ctx context.Context) {
		file := filepath.Join(GinkgoT().TempDir(), "report.tar.gz")
		made := run(ctx, in, "report", "--operator-namespace", operatorIn, "-f", file)
		Expect(made.Code).To(Equal(exitDone), made.Errors)
		Expect(made.Output).To(Equal(file + "\n"))
		found, err := os.Stat(file)
		Expect(err).NotTo(HaveOccurred())
		Expect(found.Mode().Perm()).To(BeEquivalentTo(0o600))
		again := run(ctx, in, "report", "--operator-namespace", operatorIn, "-f", file)
		Expect(again.Code).To(Equal(exitFailed))
		Expect(again.Errors).To(ContainSubstring("name another one by --file"))
	})
})
