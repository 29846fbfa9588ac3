// SPDX-License-Identifier: Apache-2.0

package check

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/config/crd"
	"cloudrecording.dev/operator/controllers/definitions"
)

// definition returns the CustomResourceDefinition of a kind of this version, under the name of
// another group.
func definition(manifest []byte, group string) *unstructured.Unstructured {
	GinkgoHelper()
	definition := &unstructured.Unstructured{}
	Expect(yaml.Unmarshal(manifest, &definition.Object)).To(Succeed())
	plural, _, err := unstructured.NestedString(definition.Object, "spec", "names", "plural")
	Expect(err).NotTo(HaveOccurred())
	definition.SetName(plural + "." + group)
	Expect(unstructured.SetNestedField(definition.Object, group, "spec", "group")).To(Succeed())
	return definition
}

// withoutFields removes fields from a definition, each with the path of properties that leads
// to it.
func withoutFields(definition *unstructured.Unstructured, paths ...[]string) {
	GinkgoHelper()
	versions, ok, err := unstructured.NestedSlice(definition.Object, "spec", "versions")
	Expect(err).NotTo(HaveOccurred())
	Expect(ok).To(BeTrue())
	version, ok := versions[0].(map[string]any)
	Expect(ok).To(BeTrue())
	// Rules may name what the definition lacks.
	unstructured.RemoveNestedField(version, "schema", "openAPIV3Schema", "x-kubernetes-validations")
	for _, path := range paths {
		path = append([]string{"schema", "openAPIV3Schema", "properties"}, path...)
		_, found, err := unstructured.NestedFieldNoCopy(version, path...)
		Expect(err).NotTo(HaveOccurred())
		Expect(found).To(BeTrue(), "%v", path)
		unstructured.RemoveNestedField(version, path...)
	}
	Expect(unstructured.SetNestedSlice(definition.Object, versions, "spec", "versions")).To(Succeed())
}

// checkDefinitions checks definitions, and returns what is logged and how many fields are missing.
func checkDefinitions(ctx context.Context, reader client.Reader, kinds map[string]reflect.Type, level int) (*gbytes.Buffer, float64) {
	GinkgoHelper()
	logs := gbytes.NewBuffer()
	logger := funcr.NewJSON(func(line string) { _, _ = logs.Write([]byte(line)) }, funcr.Options{Verbosity: level})
	check := &Check{
		Reader: reader, Logger: logger, kinds: kinds,
		missing: prometheus.NewGauge(prometheus.GaugeOpts{Name: "missing"}),
	}
	Expect(check.Start(ctx)).To(Succeed(), "nobody is kept from working")
	return logs, testutil.ToFloat64(check.missing)
}

// ownKinds returns the types of the operator's kinds by the names of their definitions in a group.
func ownKinds(group string) map[string]reflect.Type {
	kinds := map[string]reflect.Type{}
	for kind, of := range definitions.Kinds(k8sClient.Scheme()) {
		kinds[strings.TrimSuffix(definitions.NameOf(kind), v1alpha1.GroupVersion.Group)+group] = of
	}
	return kinds
}

var _ = Describe("the definitions in the cluster", func() {
	It("lack nothing if they are of this version", func(ctx context.Context) {
		logs, missing := checkDefinitions(ctx, k8sClient, ownKinds(v1alpha1.GroupVersion.Group), 1)
		Expect(logs.Contents()).To(BeEmpty())
		Expect(missing).To(BeZero())
	})

	It("may be read by the operator", func() {
		content, err := os.ReadFile(filepath.Join(config, "rbac", "manager", "role.yaml"))
		Expect(err).NotTo(HaveOccurred())
		var role rbacv1.ClusterRole
		Expect(yaml.Unmarshal(bytes.Split(content, []byte("---\n"))[1], &role)).To(Succeed())
		Expect(role.Name).To(Equal("cloudrecording-definition-reader"))
		Expect(role.Rules[0].ResourceNames).To(ConsistOf(slices.Collect(maps.Keys(ownKinds(v1alpha1.GroupVersion.Group)))))
	})

	It("are said to be older if they lack fields that the operator writes", func(ctx context.Context) {
		recordings, profiles := definition(crd.CloudRecordings, "older.example.com"), definition(crd.CloudRecordingProfiles, "older.example.com")
		schedules := definition(crd.CloudRecordingSchedules, "older.example.com")
		withoutFields(recordings,
			[]string{"status", "properties", "uploadProgress"}, []string{"status", "properties", "verification", "properties", "mp4s"},
			[]string{"status", "properties", "fileList", "items", "properties", "discovered"},
			[]string{"status", "properties", "sessions", "items", "properties", "failover"}, []string{"status", "properties", "applied"},
			[]string{"spec", "properties", "window"}, []string{"spec", "x-kubernetes-validations"})
		withoutFields(profiles, []string{"status", "properties", "recordings"})
		withoutFields(schedules, []string{"status", "properties", "blocked"}, []string{"status", "properties", "last"})
		for _, older := range []*unstructured.Unstructured{recordings, profiles, schedules} {
			Expect(k8sClient.Create(ctx, older)).To(Succeed())
			DeferCleanup(func(ctx context.Context) { Expect(k8sClient.Delete(ctx, older)).To(Succeed()) })
		}

		logs, missing := checkDefinitions(ctx, k8sClient, ownKinds("older.example.com"), 0)
		Expect(missing).To(BeEquivalentTo(9))
		Expect(string(logs.Contents())).To(And(
			ContainSubstring(`"error":`), ContainSubstring("lacks fields that this operator writes"),
			ContainSubstring(`["spec.window","status.applied","status.fileList[].discovered","status.sessions[].failover","status.uploadProgress","status.verification.mp4s"]`),
			ContainSubstring(`"definition":"cloudrecordingprofiles.older.example.com","fields":["status.recordings"]`),
			ContainSubstring(`"definition":"cloudrecordingschedules.older.example.com","fields":["status.blocked","status.last"]`)))
	})

	It("that cannot be read are mentioned for debugging alone", func(ctx context.Context) {
		forbidden := interceptor.NewClient(k8sClient, interceptor.Funcs{
			Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
				return apierrors.NewForbidden(schema.GroupResource{Group: "apiextensions.k8s.io", Resource: "customresourcedefinitions"}, "one", nil)
			},
		})
		for _, reader := range []client.Reader{forbidden, k8sClient} {
			logs, _ := checkDefinitions(ctx, reader, ownKinds("nowhere.example.com"), 0)
			Expect(logs.Contents()).To(BeEmpty())
			logs, _ = checkDefinitions(ctx, reader, ownKinds("nowhere.example.com"), 1)
			Expect(logs).To(gbytes.Say("cannot be checked"))
		}
	})
})
