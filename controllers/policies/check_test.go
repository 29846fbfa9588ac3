// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/prometheus/client_golang/prometheus/testutil"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/controlplane"
)

const (
	config      = "../../config"
	managerRole = "cloudrecording-manager-role"

	// policyTimeout is how long a policy may take to come into force on a loaded machine.
	policyTimeout = time.Minute
)

var (
	plane *controlplane.ControlPlane
	admin client.Client
)

func TestMain(m *testing.M) {
	code, err := startAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func startAndRun(m *testing.M) (code int, err error) {
	ctrl.SetLogger(funcr.New(func(string, string) {}, funcr.Options{}))
	ctx := context.Background()
	if plane, err = controlplane.Start(ctx, controlplane.Options{CRDPaths: []string{filepath.Join(config, "crd", "bases")}}); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, plane.Stop()) }()
	if admin, err = newClient(plane.Config); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func newClient(config *rest.Config) (client.Client, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	return client.New(config, client.Options{Scheme: scheme})
}

// create creates the objects in a file of config, with a change applied, and removes them
// with the test.
func create(t *testing.T, change func(*unstructured.Unstructured), path ...string) {
	t.Helper()
	g := NewWithT(t)
	content, err := os.ReadFile(filepath.Join(append([]string{config}, path...)...))
	g.Expect(err).NotTo(HaveOccurred())
	for reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content))); ; {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		g.Expect(err).NotTo(HaveOccurred())
		object := &unstructured.Unstructured{}
		g.Expect(yaml.Unmarshal(document, &object.Object)).To(Succeed())
		if object.GetKind() == "" {
			continue
		}
		if change != nil {
			change(object)
		}
		g.Expect(admin.Create(t.Context(), object)).To(Succeed())
		t.Cleanup(func() { g.Expect(admin.Delete(context.Background(), object)).To(Succeed()) })
	}
}

func createPolicies(t *testing.T, changeBinding func(*unstructured.Unstructured)) {
	t.Helper()
	for _, name := range []string{"secrets", "recordings", "deletions", "creations"} {
		create(t, nil, "policy", name+"_policy.yaml")
		create(t, changeBinding, "policy", name+"_policy_binding.yaml")
	}
}

// TestADeletionThatNoPolicyRefusesIsSaid leaves out only the policy on deletions.
func TestADeletionThatNoPolicyRefusesIsSaid(t *testing.T) {
	g := NewWithT(t)
	w := newWatched(t, nil)
	for _, name := range []string{"secrets", "recordings"} {
		create(t, nil, "policy", name+"_policy.yaml")
		create(t, nil, "policy", name+"_policy_binding.yaml")
	}
	recording := &v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{
		AppID: "app", CName: "lesson", UID: "1", Mode: v1alpha1.MixMode, ResourceID: "resource", SID: "sid",
		CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: "agora"},
	}}
	recording.Namespace, recording.Name = w.namespace, "lesson"
	g.Expect(admin.Create(t.Context(), recording)).To(Succeed())
	check := &Check{Reader: w.operator, Writer: w.operator}
	try := func() (Finding, error) { return check.tryDeletion(t.Context(), w.namespace) }
	g.Expect(try()).To(Equal(Changed))
	create(t, nil, "policy", "deletions_policy.yaml")
	create(t, nil, "policy", "deletions_policy_binding.yaml")
	g.Eventually(try).WithTimeout(policyTimeout).Should(Equal(Refused))
}

// TestACreationThatNoPolicyRefusesIsSaid leaves out only the policy on creations.
func TestACreationThatNoPolicyRefusesIsSaid(t *testing.T) {
	g := NewWithT(t)
	w := newWatched(t, nil)
	w.createObjects(t)
	for _, name := range []string{"secrets", "recordings", "deletions"} {
		create(t, nil, "policy", name+"_policy.yaml")
		create(t, nil, "policy", name+"_policy_binding.yaml")
	}
	check := &Check{Reader: w.operator, Writer: w.operator}
	try := func() (Finding, error) { return check.tryCreation(t.Context(), w.namespace) }
	g.Expect(try()).To(Equal(Changed))
	create(t, nil, "policy", "creations_policy.yaml")
	create(t, nil, "policy", "creations_policy_binding.yaml")
	g.Eventually(try).WithTimeout(policyTimeout).Should(Equal(Refused))
}

// watched is a namespace that an operator watches, as a user with the rights of its role.
type watched struct {
	namespace string
	operator  client.Client
	logs      *gbytes.Buffer
}

func newWatched(t *testing.T, changeRole func(*unstructured.Unstructured)) *watched {
	t.Helper()
	g := NewWithT(t)
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "watched-"}}
	g.Expect(admin.Create(t.Context(), ns)).To(Succeed())
	create(t, changeRole, "rbac", "manager", "role.yaml")
	user := "operator-of-" + ns.Name
	g.Expect(admin.Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "operator"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: managerRole},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	})).To(Succeed())
	impersonating := rest.CopyConfig(plane.Config)
	impersonating.Impersonate = rest.ImpersonationConfig{UserName: user}
	operator, err := newClient(impersonating)
	g.Expect(err).NotTo(HaveOccurred())
	g.Eventually(func() error {
		return operator.List(t.Context(), &v1alpha1.CloudRecordingList{}, client.InNamespace(ns.Name))
	}).WithTimeout(policyTimeout).Should(Succeed())
	return &watched{namespace: ns.Name, operator: operator, logs: gbytes.NewBuffer()}
}

// createObjects creates an object of each kind that the policies guard.
func (w *watched) createObjects(t *testing.T) {
	t.Helper()
	g := NewWithT(t)
	g.Expect(admin.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "agora"},
		StringData: map[string]string{v1alpha1.CustomerIDKey: "id", v1alpha1.CustomerSecretKey: "secret"},
	})).To(Succeed())
	g.Expect(admin.Create(t.Context(), &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "lesson"},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: "app", CName: "lesson", UID: "1", Mode: v1alpha1.MixMode, ResourceID: "resource", SID: "sid",
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: "agora"},
		},
	})).To(Succeed())
}

// start starts a check with short intervals, and ends it with the test.
func (w *watched) start(t *testing.T, operator client.Client) *Check {
	t.Helper()
	check := &Check{
		Reader: operator, Writer: operator, Namespaces: []string{w.namespace},
		Logger:     funcr.NewJSON(func(line string) { _, _ = w.logs.Write([]byte(line + "\n")) }, funcr.Options{Verbosity: 1}),
		notInForce: newMetric(), soon: 10 * time.Millisecond, later: 20 * time.Millisecond,
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- check.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		NewWithT(t).Expect(<-ended).NotTo(HaveOccurred(), "nobody is kept from working")
	})
	return check
}

// expectSaid waits until the check has reported which kinds can be changed, and checks that
// it does so once.
func (w *watched) expectSaid(t *testing.T, check *Check, kinds string, count int) {
	t.Helper()
	g := NewWithT(t)
	g.Eventually(w.logs).WithTimeout(policyTimeout).Should(gbytes.Say(`"error":null,"kinds":\[` + kinds + `\]`))
	g.Expect(testutil.ToFloat64(check.notInForce)).To(BeEquivalentTo(count))
	g.Consistently(w.logs).ShouldNot(gbytes.Say(`"error":`))
}

func TestAbsentPoliciesAreSaidUntilTheyAreThere(t *testing.T) {
	w := newWatched(t, nil)
	w.createObjects(t)
	check := w.start(t, w.operator)
	w.expectSaid(t, check, `"Secret","CloudRecording"`, 2)
	secret := &corev1.Secret{}
	g := NewWithT(t)
	g.Expect(admin.Get(t.Context(), client.ObjectKey{Namespace: w.namespace, Name: "agora"}, secret)).To(Succeed())
	g.Expect(secret.Annotations).To(BeEmpty(), "it was a dry run")

	createPolicies(t, nil)

	g.Eventually(w.logs).WithTimeout(policyTimeout).Should(gbytes.Say("The policies keep this operator from changing more than its finalizers"))
	g.Expect(testutil.ToFloat64(check.notInForce)).To(BeZero())
}

func TestPoliciesForAnotherNamespaceAreSaid(t *testing.T) {
	w := newWatched(t, nil)
	w.createObjects(t)
	createPolicies(t, func(binding *unstructured.Unstructured) {
		labels := map[string]string{corev1.LabelMetadataName: "another"}
		if err := unstructured.SetNestedStringMap(binding.Object, labels, "spec", "matchResources", "namespaceSelector", "matchLabels"); err != nil {
			t.Fatal(err)
		}
	})
	w.expectSaid(t, w.start(t, w.operator), `"Secret","CloudRecording"`, 2)
}

func TestARoleByWhichNoPolicyKnowsTheOperatorIsSaid(t *testing.T) {
	w := newWatched(t, func(role *unstructured.Unstructured) {
		text, err := role.MarshalJSON()
		if err == nil {
			err = role.UnmarshalJSON(bytes.ReplaceAll(text, []byte(`"operate",`), nil))
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	w.createObjects(t)
	createPolicies(t, nil)
	w.expectSaid(t, w.start(t, w.operator), `"Secret","CloudRecording"`, 2)
}

func TestOneMissingPolicyIsSaid(t *testing.T) {
	w := newWatched(t, nil)
	w.createObjects(t)
	create(t, nil, "policy", "secrets_policy.yaml")
	create(t, nil, "policy", "secrets_policy_binding.yaml")
	check := &Check{Reader: w.operator, Writer: w.operator}
	NewWithT(t).Eventually(func() (Finding, error) { return check.tryOne(t.Context(), guardedKinds()[0], w.namespace) }).
		WithTimeout(policyTimeout).Should(Equal(Refused))
	w.expectSaid(t, w.start(t, w.operator), `"CloudRecording"`, 1)
}

// TestNothingIsSaidOfWhatIsNotKnown first has no objects to try the policies with, and then
// an operator without any rights.
func TestNothingIsSaidOfWhatIsNotKnown(t *testing.T) {
	w := newWatched(t, nil)
	check := w.start(t, w.operator)
	NewWithT(t).Consistently(w.logs).ShouldNot(gbytes.Say("."))
	NewWithT(t).Expect(testutil.ToFloat64(check.notInForce)).To(BeZero())

	w.createObjects(t)
	impersonating := rest.CopyConfig(plane.Config)
	impersonating.Impersonate = rest.ImpersonationConfig{UserName: "nobody"}
	nobody, err := newClient(impersonating)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	other := &watched{namespace: w.namespace, logs: gbytes.NewBuffer()}
	check = other.start(t, nobody)
	NewWithT(t).Eventually(other.logs).WithTimeout(policyTimeout).Should(gbytes.Say("The policies cannot be checked"))
	NewWithT(t).Consistently(other.logs).ShouldNot(gbytes.Say(`"error":`))
	NewWithT(t).Expect(testutil.ToFloat64(check.notInForce)).To(BeZero())
}
