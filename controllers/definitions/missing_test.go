// SPDX-License-Identifier: Apache-2.0

package definitions_test

import (
	"reflect"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/config/crd"
	"cloudrecording.dev/operator/controllers/definitions"
)

func definitionOf(t *testing.T, content []byte) *unstructured.Unstructured {
	t.Helper()
	definition := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(content, &definition.Object); err != nil {
		t.Fatal(err)
	}
	return definition
}

func TestOwnDefinitionsLackNothing(t *testing.T) {
	t.Parallel()
	scheme := runtime.NewScheme()
	NewWithT(t).Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	kinds := definitions.Kinds(scheme)
	own := map[string]*unstructured.Unstructured{}
	for _, content := range [][]byte{crd.CloudRecordings, crd.CloudRecordingProfiles, crd.CloudRecordingSchedules} {
		definition := definitionOf(t, content)
		own[definition.GetName()] = definition
	}
	NewWithT(t).Expect(own).To(HaveLen(len(kinds)))
	for kind, of := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			g.Expect(own).To(HaveKey(definitions.NameOf(kind)))
			g.Expect(definitions.WrittenFields(of)).To(HaveKey("status"))
			for _, field := range []string{"Spec", "Status"} {
				top, _ := of.FieldByName(field)
				g.Expect(definitions.MissingFields(own[definitions.NameOf(kind)], strings.ToLower(field), top.Type)).To(BeEmpty())
			}
		})
	}
}

func TestMissingFieldsAreFoundInAnyDepth(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	definition := definitionOf(t, crd.CloudRecordings)
	versions, found, err := unstructured.NestedSlice(definition.Object, "spec", "versions")
	g.Expect(found, err).To(BeTrue())
	version, ok := versions[0].(map[string]any)
	g.Expect(ok).To(BeTrue())
	spec := []string{"schema", "openAPIV3Schema", "properties", "spec", "properties"}
	unstructured.RemoveNestedField(version, append(spec, "window")...)
	unstructured.RemoveNestedField(version, append(spec, "start", "properties", "recordingConfig", "properties", "maxIdleTime")...)
	g.Expect(unstructured.SetNestedSlice(definition.Object, versions, "spec", "versions")).To(Succeed())
	g.Expect(definitions.MissingFields(definition, "spec", reflect.TypeFor[v1alpha1.CloudRecordingSpec]())).
		To(Equal([]string{"spec.start.recordingConfig.maxIdleTime", "spec.window"}))
}

func TestAnotherVersionIsSaid(t *testing.T) {
	t.Parallel()
	_, err := definitions.MissingFields(&unstructured.Unstructured{Object: map[string]any{}}, "spec", reflect.TypeFor[v1alpha1.CloudRecordingSpec]())
	NewWithT(t).Expect(err).To(MatchError("the CustomResourceDefinition has no version v1alpha1"))
}
