// SPDX-License-Identifier: Apache-2.0

package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/receiver"
	"cloudrecording.dev/operator/hack/kubectl-crec/checks"
)

const notificationSecret = "s3cr3t-of-notifications"

// knows is a RecipientFinder that finds one recording by its sid.
type knows struct {
	notifications.RecipientFinder
	sid    string
	secret string
}

func (k knows) Recipients(_ context.Context, sid string) ([]notifications.Recipient, error) {
	if sid != k.sid {
		return nil, nil
	}
	return []notifications.Recipient{{Secret: []byte(k.secret)}}, nil
}

// serve starts a server with a handler, and returns its address.
func serve(handler http.Handler) string {
	server := httptest.NewServer(handler)
	DeferCleanup(server.Close)
	return server.URL
}

// receive starts the operator's receiver, which knows one recording, and returns its
// address.
func receive(sid, secret string) string {
	GinkgoHelper()
	measured, err := receiver.NewMetrics(prometheus.NewRegistry())
	Expect(err).NotTo(HaveOccurred())
	return serve(receiver.New(receiver.Options{Finder: knows{sid: sid, secret: secret}, Metrics: measured, Logger: logr.Discard()}))
}

// apply creates the objects in a file of config.
func apply(ctx context.Context, path ...string) {
	GinkgoHelper()
	content, err := os.ReadFile(filepath.Join(append([]string{configFolder}, path...)...))
	Expect(err).NotTo(HaveOccurred())
	for reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content))); ; {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		Expect(err).NotTo(HaveOccurred())
		object := &unstructured.Unstructured{}
		Expect(yaml.Unmarshal(document, &object.Object)).To(Succeed())
		if object.GetKind() != "" {
			Expect(client.IgnoreAlreadyExists(admin.Create(ctx, object))).To(Succeed())
		}
	}
}

// hold writes the leader election lease with the time of its last renewal.
func hold(ctx context.Context, namespace string, renewed metav1.MicroTime) {
	GinkgoHelper()
	held := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "cloudrecording-operator"}}
	held.Spec = coordinationv1.LeaseSpec{HolderIdentity: ptr.To("operator-1"), RenewTime: &renewed, LeaseDurationSeconds: ptr.To(int32(60))}
	Expect(admin.Create(ctx, held)).To(Succeed())
}

var _ = Describe("check", func() {
	var in, operatorIn string
	BeforeEach(func(ctx context.Context) { in, operatorIn = namespace(ctx), namespace(ctx) })

	// install creates an installation without problems.
	install := func(ctx context.Context) {
		GinkgoHelper()
		for _, name := range []string{"secrets", "recordings", "deletions", "creations"} {
			apply(ctx, "policy", name+"_policy.yaml")
			apply(ctx, "policy", name+"_policy_binding.yaml")
		}
		apply(ctx, "rbac", "manager", "role.yaml")
		Expect(admin.Create(ctx, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: in, Name: "operator"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cloudrecording-manager-role"},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: operatorIn, Name: "operator"}},
		})).To(Succeed())
		deployment := createOperator(ctx, operatorIn, "", "--agora-endpoints=https://unused.invalid",
			"--agora-endpoints="+serve(http.NotFoundHandler()), "--notifications-bind-address=:8082")
		deployment.Status.Replicas, deployment.Status.ReadyReplicas = 2, 2
		Expect(admin.Status().Update(ctx, deployment)).To(Succeed())
		hold(ctx, operatorIn, metav1.NewMicroTime(noon))
		Expect(admin.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: in, Name: "agora"},
			StringData: map[string]string{
				v1alpha1.CustomerIDKey: "id", v1alpha1.CustomerSecretKey: "secret", v1alpha1.NotificationSecretKey: notificationSecret,
			},
		})).To(Succeed())
		write(ctx, create(ctx, in, "lesson", nil), func(status *v1alpha1.CloudRecordingStatus) { status.SID = "sid-of-lesson" })
	}

	// findings checks the installation, and returns the findings by check.
	findings := func(ctx context.Context, arguments ...string) (int, map[string]checks.Finding) {
		GinkgoHelper()
		checked := run(ctx, in, append([]string{"check", "-o", "json", "--operator-namespace", operatorIn}, arguments...)...)
		var list []checks.Finding
		Expect(json.Unmarshal([]byte(checked.Output), &list)).To(Succeed(), checked.Errors)
		found := map[string]checks.Finding{}
		for _, finding := range list {
			found[finding.Check] = finding
		}
		Expect(found).To(HaveLen(len(list)), "each name is there once")
		return checked.Code, found
	}

	It("finds that all is well", func(ctx context.Context) {
		install(ctx)
		address := receive("sid-of-lesson", notificationSecret)
		Eventually(ctx, func(g Gomega) {
			code, found := findings(ctx, "--notifications-url", address)
			for _, finding := range found {
				g.Expect(finding.Result).To(Equal(checks.OK), "%v", finding)
			}
			g.Expect(code).To(Equal(exitDone))
			for _, name := range []string{
				"definition of CloudRecording", "definition of CloudRecordingProfile", "definition of CloudRecordingSchedule", "operator", "leader in " + operatorIn, "Secrets",
				"policies for " + operatorIn + ", Secret", "policies for " + operatorIn + ", CloudRecording", "notifications of " + operatorIn,
			} {
				g.Expect(found).To(HaveKey(name))
			}
			g.Expect(found).To(HaveLen(10), "and the endpoint")
		}).Should(Succeed(), "a policy counts a moment after it was written")
	})

	It("shows people what is wrong within the width of a terminal", func(ctx context.Context) {
		create(ctx, in, "lesson", nil)
		checked := run(ctx, in, "check", "--operator-namespace", operatorIn)
		Expect(checked.Code).To(Equal(exitNeedsPerson))
		Expect(checked.Errors).To(Equal("kubectl crec: something must be fixed\n"))
		Expect(checked.Output).To(And(
			HavePrefix("ok       definition of CloudRecording: The CustomResourceDefinition has all\n         fields of this version.\n"),
			ContainSubstring("failed   operator: There is no Deployment of the operator:"),
			ContainSubstring(`failed   Secrets of recording lesson: Secret "agora",`),
		))
		for line := range bytes.Lines([]byte(checked.Output)) {
			Expect(len(line)).To(BeNumerically("<=", 81))
		}
	})

	It("finds a lease that nobody renews, and an endpoint that does not answer", func(ctx context.Context) {
		// The address of a server that is closed could be anybody's.
		const dead = "http://127.0.0.1:1"
		createOperator(ctx, operatorIn, "", "--agora-endpoints="+dead)
		hold(ctx, operatorIn, metav1.NewMicroTime(noon.Add(-61*time.Second)))
		code, found := findings(ctx)
		Expect(code).To(Equal(exitNeedsPerson))
		Expect(found["leader in "+operatorIn]).To(And(HaveField("Result", checks.Failed), HaveField("Message", ContainSubstring("Nobody holds the lease"))))
		Expect(found["endpoint "+dead]).To(And(HaveField("Result", checks.Failed), HaveField("Message", ContainSubstring("cannot be reached from here"))))
		Expect(found["operator"]).To(HaveField("Result", checks.Failed))
		Expect(found["notifications of "+operatorIn]).To(HaveField("Result", checks.Skipped))
	})

	DescribeTable("finds a receiver that is not as it should be", func(ctx context.Context, address func() string, message string) {
		install(ctx)
		_, found := findings(ctx, "--notifications-url", address())
		Expect(found["notifications of "+operatorIn]).To(And(HaveField("Result", checks.Failed), HaveField("Message", ContainSubstring(message))))
	},
		Entry("with another secret", func() string { return receive("sid-of-lesson", "another") }, "changes the body"),
		Entry("of another operator", func() string { return receive("other", notificationSecret) }, "does not know a recording"),
		Entry("that is something else", func() string { return serve(http.NotFoundHandler()) }, "not the answer of a receiver"),
		Entry("that takes everything", func() string {
			return serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, `{"result":"nothing_to_learn"}`)
			}))
		}, `"nothing_to_learn" of what is not`),
	)

	It("says what it may not find out", func(ctx context.Context) {
		code, found := findings(ctx, "--as", "nobody")
		Expect(code).To(Equal(exitDone), "nothing is known to be wrong")
		Expect(found["definition of CloudRecording"]).To(HaveField("Result", checks.Unknown))
		Expect(found["Secrets"]).To(HaveField("Result", checks.Unknown))
		Expect(found["operator"]).To(HaveField("Result", checks.Unknown))
	})

	It("finds what profiles lack", func(ctx context.Context) {
		profile := &v1alpha1.CloudRecordingProfile{ObjectMeta: metav1.ObjectMeta{Namespace: in, Name: "lessons"}}
		profile.Spec.CredentialsSecretRef.Name = "missing"
		Expect(admin.Create(ctx, profile)).To(Succeed())
		_, found := findings(ctx)
		Expect(found["Secrets of profile lessons"].Message).To(ContainSubstring(`Secret "missing", which spec.credentialsSecretRef names, does not exist`))
		recording := &v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{CName: "c", ProfileRef: &v1alpha1.ProfileReference{Name: "other"}}}
		recording.Namespace, recording.Name = in, "lesson"
		Expect(admin.Create(ctx, recording)).To(Succeed())
		_, found = findings(ctx)
		Expect(found["Secrets of recording lesson"].Message).To(ContainSubstring(`CloudRecordingProfile "other", which spec.profileRef names, does not exist`))
	})
})
