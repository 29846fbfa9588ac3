// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"reflect"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// ruledFields compares the fields of the spec with the rules of their mutability.
type ruledFields struct {
	rules map[string]v1alpha1.Mutability

	// met are the fields with a rule, and wrong describes the problems of others.
	met   map[string]bool
	wrong []string
}

// visit checks a field and everything below it.
func (f *ruledFields) visit(path string, of reflect.Type) {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	mutability, hasRule := f.rules[path]
	switch {
	case hasRule && isObject(of) && (mutability == v1alpha1.Mutable || mutability == v1alpha1.MutableByValue):
		f.wrong = append(f.wrong, path+" is an object with one rule: give each of its fields one, or a new one would be mutable by accident")
	case hasRule:
		f.met[path] = true
	case isObject(of):
		f.visitObject(path, of)
	case of.Kind() == reflect.Slice && f.hasRuleWithin(path+"[]."):
		f.visit(path+"[]", of.Elem())
	default:
		f.wrong = append(f.wrong, path+" has no rule: say in ImmutabilityRules of api/v1alpha1/immutability_rules.go until when it may change, and run make manifests")
	}
}

func (f *ruledFields) visitObject(path string, object reflect.Type) {
	for field := range object.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		f.visit(path+"."+name, field.Type)
	}
}

func (f *ruledFields) hasRuleWithin(prefix string) bool {
	for path := range f.rules {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// isObject reports whether a type has fields of this API that may have rules. A reference to a
// Secret is a single value.
func isObject(of reflect.Type) bool {
	return of.Kind() == reflect.Struct && of.PkgPath() == reflect.TypeFor[v1alpha1.CloudRecordingSpec]().PkgPath() &&
		!strings.HasSuffix(of.Name(), "SecretReference")
}

// wrongRules returns the problems of rules for the fields of a type.
func wrongRules(of reflect.Type, rules []v1alpha1.ImmutabilityRule) []string {
	fields := &ruledFields{rules: map[string]v1alpha1.Mutability{}, met: map[string]bool{}}
	for _, rule := range rules {
		if _, twice := fields.rules[rule.Field]; twice {
			fields.wrong = append(fields.wrong, rule.Field+" has two rules")
		}
		fields.rules[rule.Field] = rule.Mutability
	}
	fields.visitObject("spec", of)
	for path := range fields.rules {
		if !fields.met[path] {
			fields.wrong = append(fields.wrong, path+" has a rule, and is no field, or one within another that has a rule")
		}
	}
	return fields.wrong
}

// TestEveryFieldHasAnImmutabilityRule makes authors of a new field decide when it may change.
// Otherwise it would remain editable although Agora cannot change it.
func TestEveryFieldHasAnImmutabilityRule(t *testing.T) {
	t.Parallel()
	NewWithT(t).Expect(wrongRules(reflect.TypeFor[v1alpha1.CloudRecordingSpec](), v1alpha1.ImmutabilityRules())).To(BeEmpty())
}

// TestMissingImmutabilityRulesAreFound checks that the test above finds problems.
func TestMissingImmutabilityRulesAreFound(t *testing.T) {
	t.Parallel()
	type spec struct {
		Name   string               `json:"name"`
		Upload *v1alpha1.UploadSpec `json:"upload"`
	}
	for name, test := range map[string]struct {
		rules    []v1alpha1.ImmutabilityRule
		expected OmegaMatcher
	}{
		"none": {nil, ContainElements(HavePrefix("spec.name has no rule"), HavePrefix("spec.upload.confirmTimeout has no rule"))},
		"one for a mutable object": {
			[]v1alpha1.ImmutabilityRule{{Field: "spec.upload", Mutability: v1alpha1.Mutable}},
			ContainElement(HavePrefix("spec.upload is an object with one rule")),
		},
		"one for an immutable object": {
			[]v1alpha1.ImmutabilityRule{{Field: "spec.upload", Mutability: v1alpha1.ImmutableWhileRunning}},
			Not(ContainElement(HavePrefix("spec.upload"))),
		},
		"one for what is no field": {
			[]v1alpha1.ImmutabilityRule{{Field: "spec.other", Mutability: v1alpha1.Mutable}},
			ContainElement(HavePrefix("spec.other has a rule, and is no field")),
		},
		"one within another": {
			[]v1alpha1.ImmutabilityRule{
				{Field: "spec.upload", Mutability: v1alpha1.Immutable}, {Field: "spec.upload.confirmTimeout", Mutability: v1alpha1.Mutable},
			},
			ContainElement(HavePrefix("spec.upload.confirmTimeout has a rule, and is no field")),
		},
		"two": {
			[]v1alpha1.ImmutabilityRule{{Field: "spec.name", Mutability: v1alpha1.Mutable}, {Field: "spec.name", Mutability: v1alpha1.Immutable}},
			ContainElement("spec.name has two rules"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			NewWithT(t).Expect(wrongRules(reflect.TypeFor[spec](), test.rules)).To(test.expected)
		})
	}
}
