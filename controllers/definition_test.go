// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"os"

	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/yaml"
)

// definition returns the CustomResourceDefinition of this version, under the name of
// another group.
func definition(group string) *unstructured.Unstructured {
	GinkgoHelper()
	content, err := os.ReadFile("../config/crd/bases/cloudrecording.dev_cloudrecordings.yaml")
	Expect(err).NotTo(HaveOccurred())
	definition := &unstructured.Unstructured{}
	Expect(yaml.Unmarshal(content, &definition.Object)).To(Succeed())
	definition.SetName("cloudrecordings." + group)
	Expect(unstructured.SetNestedField(definition.Object, group, "spec", "group")).To(Succeed())
	return definition
}

// withoutStatusFields removes fields from the status of a definition, each with the
// path of properties that leads to it.
func withoutStatusFields(definition *unstructured.Unstructured, paths ...[]string) {
	GinkgoHelper()
	versions, ok, err := unstructured.NestedSlice(definition.Object, "spec", "versions")
	Expect(err).NotTo(HaveOccurred())
	Expect(ok).To(BeTrue())
	version, ok := versions[0].(map[string]any)
	Expect(ok).To(BeTrue())
	for _, path := range paths {
		path = append([]string{"schema", "openAPIV3Schema", "properties", "status", "properties"}, path...)
		_, found, err := unstructured.NestedFieldNoCopy(version, path...)
		Expect(err).NotTo(HaveOccurred())
		Expect(found).To(BeTrue(), "%v", path)
		unstructured.RemoveNestedField(version, path...)
	}
	Expect(unstructured.SetNestedSlice(definition.Object, versions, "spec", "versions")).To(Succeed())
}

// checkDefinition checks a definition, and returns what is logged and how many fields are missing.
func checkDefinition(ctx context.Context, reader client.Reader, name string, level int) (*gbytes.Buffer, float64) {
	GinkgoHelper()
	logs := gbytes.NewBuffer()
	logger := funcr.NewJSON(func(line string) { _, _ = logs.Write([]byte(line)) }, funcr.Options{Verbosity: level})
	check := &DefinitionCheck{
		Reader: reader, Logger: logger, name: name,
		missing: prometheus.NewGauge(prometheus.GaugeOpts{Name: "missing"}),
	}
	Expect(check.Start(ctx)).To(Succeed(), "nobody is kept from working")
	return logs, testutil.ToFloat64(check.missing)
}

var _ = Describe("the definition in the cluster", func() {
	It("lacks nothing if it is of this version", func(ctx context.Context) {
		logs, missing := checkDefinition(ctx, k8sClient, definitionName, 1)
		Expect(logs.Contents()).To(BeEmpty())
		Expect(missing).To(BeZero())
	})

	It("is said to be older if it lacks fields that the operator writes", func(ctx context.Context) {
		older := definition("older.example.com")
		withoutStatusFields(older,
			[]string{"uploadProgress"}, []string{"verification", "properties", "mp4s"},
			[]string{"fileList", "items", "properties", "discovered"},
			[]string{"sessions", "items", "properties", "failover"}, []string{"applied"})
		Expect(k8sClient.Create(ctx, older)).To(Succeed())
		DeferCleanup(func(ctx context.Context) { Expect(k8sClient.Delete(ctx, older)).To(Succeed()) })

		logs, missing := checkDefinition(ctx, k8sClient, older.GetName(), 0)
		Expect(missing).To(BeEquivalentTo(5))
		Expect(string(logs.Contents())).To(And(
			ContainSubstring(`"error":`), ContainSubstring("lacks fields that this operator writes"),
			ContainSubstring(`["status.applied","status.fileList[].discovered","status.sessions[].failover","status.uploadProgress","status.verification.mp4s"]`)))
	})

	It("that cannot be read is mentioned for debugging alone", func(ctx context.Context) {
		forbidden := interceptor.NewClient(k8sClient, interceptor.Funcs{
			Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
				return apierrors.NewForbidden(schema.GroupResource{Group: "apiextensions.k8s.io", Resource: "customresourcedefinitions"}, definitionName, nil)
			},
		})
		for _, reader := range []client.Reader{forbidden, k8sClient} {
			logs, _ := checkDefinition(ctx, reader, "cloudrecordings.nowhere.example.com", 0)
			Expect(logs.Contents()).To(BeEmpty())
			logs, _ = checkDefinition(ctx, reader, "cloudrecordings.nowhere.example.com", 1)
			Expect(logs).To(gbytes.Say("cannot be checked"))
		}
	})
})
