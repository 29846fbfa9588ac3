// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/config/crd"
)

// TestTheCRDHasTheRules fails if a table or a type has changed since the CRD was generated.
func TestTheCRDHasTheRules(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	schema, err := schemaOf(crd.CloudRecordings)
	g.Expect(err).NotTo(HaveOccurred())
	rules, err := rulesFor(schema)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(rules)).To(BeNumerically(">", 20))
	for _, placed := range rules {
		at, err := find(schema, placed.path)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(at.schema.XValidations).To(ContainElement(placed.rule), "run make manifests")
	}
}

// inOrder is an object with several fields, of which the last two are required.
func inOrder() apiextensionsv1.JSONSchemaProps {
	text := apiextensionsv1.JSONSchemaProps{Type: "string"}
	count := apiextensionsv1.JSONSchemaProps{Type: "integer", Minimum: ptr.To(0.0)}
	withDefault := count
	withDefault.Default = &apiextensionsv1.JSON{Raw: []byte("30")}
	inner := apiextensionsv1.JSONSchemaProps{Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"size": withDefault, "name": text}}
	return apiextensionsv1.JSONSchemaProps{Type: "object", Required: []string{"id", "keyed"}, Properties: map[string]apiextensionsv1.JSONSchemaProps{
		"id": text, "text": text, "count": count, "size": withDefault, "inner": inner,
		"flag":    {Type: "boolean"},
		"integer": {Type: "integer"},
		"choice":  {Type: "integer", Enum: []apiextensionsv1.JSON{{Raw: []byte("0")}, {Raw: []byte("1")}}},
		"list":    {Type: "array", Items: &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &text}},
		"keyed": {Type: "array", XListMapKeys: []string{"id"}, Items: &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &apiextensionsv1.JSONSchemaProps{
			Type: "object", Required: []string{"id"}, Properties: map[string]apiextensionsv1.JSONSchemaProps{"id": text, "flag": {Type: "boolean"}},
		}}},
	}}
}

func TestUnchanged(t *testing.T) {
	t.Parallel()
	for path, expected := range map[string]string{
		"id":         "self.id == old.id",
		"text":       "(has(self.text) ? has(old.text) && self.text == old.text : !(has(old.text)))",
		"count":      "self.?count.orValue(-1) == old.?count.orValue(-1)",
		"integer":    "(has(self.integer) ? has(old.integer) && self.integer == old.integer : !(has(old.integer)))",
		"choice":     "self.?choice.orValue(-1) == old.?choice.orValue(-1)",
		"size":       "self.?size.orValue(30) == old.?size.orValue(30)",
		"inner.size": "self.?inner.?size.orValue(30) == old.?inner.?size.orValue(30)",
		"inner.name": "(has(self.inner) && has(self.inner.name) ? has(old.inner) && has(old.inner.name) && self.inner.name == old.inner.name : !(has(old.inner) && has(old.inner.name)))",
		"flag":       "self.?flag.orValue(false) == old.?flag.orValue(false)",
		"list":       "(has(self.list) ? self.list : []) == (has(old.list) ? old.list : [])",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			field, err := find(inOrder(), path)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(field.unchanged("self", "old")).To(Equal(expected))
		})
	}
}

func TestUnchangedItems(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	g.Expect(unchangedItems(inOrder(), "keyed", "self", "old", []string{"id", "flag"})).
		To(Equal("self.keyed.size() == old.keyed.size() && self.keyed.all(item, old.keyed.exists(was, was.id == item.id && item.?flag.orValue(false) == was.?flag.orValue(false)))"))
	_, err := unchangedItems(inOrder(), "list", "self", "old", []string{"id"})
	g.Expect(err).To(MatchError(ContainSubstring("give the whole list one rule")))
	_, err = unchangedItems(inOrder(), "keyed", "self", "old", []string{"inner[].id"})
	g.Expect(err).To(MatchError(ContainSubstring("give that list one rule")))
}

// TestWhatCannotBeARuleIsSaid checks the errors for an invalid row or field.
func TestWhatCannotBeARuleIsSaid(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	_, err := find(inOrder(), "inner.other")
	g.Expect(err).To(MatchError(ContainSubstring("the CRD has no field inner.other")))
	_, err = onceStarted(inOrder(), []v1alpha1.ImmutabilityRule{{Field: "spec.upload.confirmTimeout", Mutability: v1alpha1.ImmutableOnceStarted}})
	g.Expect(err).To(MatchError(ContainSubstring("only fields of spec, spec.storage and spec.window can")))
	_, err = immutabilityRules(inOrder(), []v1alpha1.ImmutabilityRule{{Field: "spec.cname", Mutability: v1alpha1.ImmutableWhileRunning}})
	g.Expect(err).To(MatchError(ContainSubstring("only fields of spec.start can")))
	g.Expect(addRule(&schema{}, placedRule{path: "spec"})).To(MatchError(ContainSubstring("the CRD has no field spec for a rule")))
}

// TestGroupsNameWhatMayChange checks which fields the message names if a person changes another
// one.
func TestGroupsNameWhatMayChange(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	free := map[string][]string{}
	partlyFree := map[string][]string{}
	for _, group := range groupsOf(v1alpha1.ImmutabilityRules()) {
		free[group.path], partlyFree[group.path] = group.free, group.partlyFree
	}
	g.Expect(free["spec.start"]).To(Equal([]string{"tokenSecretRef", "appCertificateSecretRef", "onExpiry", "alternateUids"}))
	g.Expect(partlyFree["spec.start"]).To(Equal([]string{"recordingConfig", "extensionServiceConfig"}))
	g.Expect(partlyFree["spec.start.recordingConfig"]).To(Equal([]string{"transcodingConfig"}))
	g.Expect(free["spec.start.extensionServiceConfig"]).To(ConsistOf(
		"extensionServices[].serviceParam.onhold", "extensionServices[].serviceParam.outputs[].rtmpUrlSecretRef"))
}

func TestRanges(t *testing.T) {
	t.Parallel()
	for expected, numbers := range map[string][]int32{
		"0": {0}, "0 to 2": {0, 1, 2}, "0 to 2, or 5": {0, 1, 2, 5}, "1, or 3 to 4": {1, 3, 4},
	} {
		NewWithT(t).Expect(ranges(numbers)).To(Equal(expected))
	}
}

func TestListed(t *testing.T) {
	t.Parallel()
	for expected, words := range map[string][]string{"": {}, "a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"}} {
		NewWithT(t).Expect(listed(words)).To(Equal(expected))
	}
}

// TestRun checks that nothing is written after an error, so that the CRDs remain unchanged.
func TestRun(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	folder := t.TempDir()
	all := string(crd.CloudRecordings) + string(crd.CloudRecordingProfiles) + string(crd.CloudRecordingSchedules)
	g.Expect(run(strings.NewReader(all), "")).To(MatchError(ContainSubstring("give --output")))
	for _, definition := range []string{"", "a: [", "kind: CustomResourceDefinition", string(crd.CloudRecordings)} {
		g.Expect(run(strings.NewReader(definition), folder)).NotTo(Succeed())
	}
	g.Expect(os.ReadDir(folder)).To(BeEmpty())
	g.Expect(run(strings.NewReader(all), folder)).To(Succeed())
	written, err := os.ReadFile(filepath.Join(folder, "cloudrecording.dev_cloudrecordingprofiles.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(written)).To(HavePrefix("---\napiVersion: apiextensions.k8s.io/v1\n"))
}

// TestObjectsOfAStartAreNamed checks that the handwritten rules of rawParameters name all
// objects of start's clientRequest. For start, the object must exist, and acquire has none of
// them.
func TestObjectsOfAStartAreNamed(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	schema, err := schemaOf(crd.CloudRecordings)
	g.Expect(err).NotTo(HaveOccurred())
	start, err := find(schema, "spec.start")
	g.Expect(err).NotTo(HaveOccurred())
	parameter, err := find(start.schema, "rawParameters[]")
	g.Expect(err).NotTo(HaveOccurred())
	objects := 0
	for name, object := range start.schema.Properties {
		if !isOfAgora(name, object) {
			continue
		}
		objects++
		g.Expect(start.schema.XValidations).To(ContainElement(HaveField("Rule", ContainSubstring("startsWith('"+name+".')"))), name)
		g.Expect(parameter.schema.XValidations).To(ContainElement(HaveField("Rule", MatchRegexp(`method != 'acquire' .*[(|]`+strings.ToLower(name)+"[|)]"))), name)
	}
	g.Expect(objects).To(BeNumerically(">", 3))
}

// TestGeographiesAreThoseOfTheSpec compares the geographies of buckets with the regions in
// which a recording can be kept.
func TestGeographiesAreThoseOfTheSpec(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	schema, err := schemaOf(crd.CloudRecordings)
	g.Expect(err).NotTo(HaveOccurred())
	region, err := find(schema, "spec.start.region")
	g.Expect(err).NotTo(HaveOccurred())
	var known []string
	for _, each := range geographies() {
		known = append(known, string(each.geography))
	}
	var allowed []string
	for _, value := range region.schema.Enum {
		allowed = append(allowed, strings.Trim(string(value.Raw), `"`))
	}
	g.Expect(known).To(ConsistOf(allowed))
}
