// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// stage is a stage in the life of a recording.
type stage string

const (
	created         stage = "created"
	running         stage = "running"
	betweenSessions stage = "between two sessions"
)

// statuses are the statuses at the stages.
var statuses = map[stage]string{
	created:         `{}`,
	running:         `{"status":{"startRequestedTime":"2026-05-04T12:00:00Z"}}`,
	betweenSessions: `{"status":{"sessions":[{"sid":"38f8e3cfdc474cd56fc1ceba380d7e1a"}]}}`,
}

// holding are the stages at which a field is immutable.
var holding = map[v1alpha1.Mutability][]stage{
	v1alpha1.Mutable:               {},
	v1alpha1.MutableByValue:        {},
	v1alpha1.ImmutableWhileRunning: {running},
	v1alpha1.ImmutableOnceStarted:  {running, betweenSessions},
	v1alpha1.Immutable:             {created, running, betweenSessions},
}

// owner is a kind of objects that have the same fields.
type owner string

const (
	adopted owner = "adopted"
	channel owner = "of a channel"
	page    owner = "of a page"
)

// owners are the changes that make an object of a kind.
var owners = map[owner]func(manifest){
	adopted: func(manifest) {},
	channel: starting("mix"),
	page:    starting("web", services(webRecorder(nil), publisher())),
}

// ownerOf returns the kind of objects that have a field, or may have it.
func ownerOf(path string) owner {
	switch {
	case path == "spec.resourceId" || path == "spec.sid":
		return adopted
	case strings.HasPrefix(path, "spec.start.extensionServiceConfig."):
		return page
	default:
		return channel
	}
}

// valuesOf returns values that a field can have according to its type and bounds. Other rules
// decide whether they make sense.
func valuesOf(schema apiextensionsv1.JSONSchemaProps) []any {
	var values []any
	for _, value := range schema.Enum {
		var decoded any
		Expect(json.Unmarshal(value.Raw, &decoded)).To(Succeed())
		values = append(values, decoded)
	}
	if len(values) > 0 {
		return values
	}
	switch schema.Type {
	case "boolean":
		return []any{true, false}
	case "integer", "number":
		least := 0.0
		if schema.Minimum != nil {
			least = *schema.Minimum
		}
		return []any{least, least + 1, least + 2}
	case "array":
		items := valuesOf(*schema.Items.Schema)
		return []any{[]any{items[0]}, []any{items[len(items)-1]}}
	case "object":
		return objectsOf(schema)
	default:
		length := 1
		if schema.MinLength != nil {
			length = int(*schema.MinLength)
		}
		return []any{strings.Repeat("3", length), strings.Repeat("4", length)}
	}
}

// objectsOf returns an object with the last value of each field, and for each field an object
// with its first value.
func objectsOf(schema apiextensionsv1.JSONSchemaProps) []any {
	whole := manifest{}
	for name, property := range schema.Properties {
		values := valuesOf(property)
		whole[name] = values[len(values)-1]
	}
	objects := []any{whole}
	for name, property := range schema.Properties {
		changed := manifest{}
		for other, value := range whole {
			changed[other] = value
		}
		changed[name] = valuesOf(property)[0]
		if !reflect.DeepEqual(changed, whole) {
			objects = append(objects, changed)
		}
	}
	return objects
}

// changesOf returns values that differ from the current value of a field. An absent field has
// its default.
func changesOf(schema apiextensionsv1.JSONSchemaProps, value any, isThere bool) []any {
	if !isThere && schema.Type == "boolean" {
		value = false
	}
	if !isThere && schema.Default != nil {
		Expect(json.Unmarshal(schema.Default.Raw, &value)).To(Succeed())
	}
	return slices.DeleteFunc(valuesOf(schema), func(other any) bool { return sameJSON(value, other) })
}

func sameJSON(value, other any) bool {
	one, err := json.Marshal(value)
	Expect(err).NotTo(HaveOccurred())
	two, err := json.Marshal(other)
	Expect(err).NotTo(HaveOccurred())
	return string(one) == string(two)
}

// put sets the value at a path of an object to each value in turn, within each item of the
// lists on the way, and calls try each time.
func put(object manifest, path []string, schema apiextensionsv1.JSONSchemaProps, try func()) {
	name, isList := strings.CutSuffix(path[0], "[]")
	before, isThere := object[name]
	defer func() {
		if isThere {
			object[name] = before
		} else {
			delete(object, name)
		}
	}()
	property := schema.Properties[name]
	switch {
	case len(path) == 1:
		for _, value := range changesOf(property, before, isThere) {
			object[name] = value
			try()
		}
		if isThere && property.Default == nil && !slices.Contains(schema.Required, name) {
			delete(object, name)
			try()
		}
	case isList:
		if !isThere {
			object[name] = []any{manifest{}}
		}
		list, ok := object[name].([]any)
		Expect(ok).To(BeTrue())
		for _, item := range list {
			item, ok := item.(manifest)
			Expect(ok).To(BeTrue())
			put(item, path[1:], *property.Items.Schema, try)
		}
	default:
		if !isThere {
			object[name] = manifest{}
		}
		inner, ok := object[name].(manifest)
		Expect(ok).To(BeTrue())
		put(inner, path[1:], property, try)
	}
}

const (
	// immutable matches a refusal by a rule of immutability.
	immutable = `cannot be changed|can change only in`

	// notAllAsked matches the message of an API server that has not evaluated all rules.
	notAllAsked = "some validation rules were not checked"
)

// refusalOf returns why the API server refuses an update, or nothing.
func refusalOf(ctx context.Context, object *unstructured.Unstructured) string {
	if err := api.Update(ctx, object.DeepCopy(), client.DryRunAll); err != nil {
		return err.Error()
	}
	return ""
}

// createAt creates an object at a stage.
func createAt(ctx context.Context, change func(manifest), status string) *unstructured.Unstructured {
	GinkgoHelper()
	object := recording(change)
	Expect(api.Create(ctx, object)).To(Succeed())
	writeStatus(ctx, object, status)
	Expect(api.Get(ctx, client.ObjectKeyFromObject(object), object)).To(Succeed())
	return object
}

var _ = Describe("each field of a CloudRecording", Ordered, ContinueOnFailure, func() {
	var schema apiextensionsv1.JSONSchemaProps
	objects := map[owner]map[stage]*unstructured.Unstructured{}

	BeforeAll(func(ctx context.Context) {
		var err error
		schema, err = readSchema()
		Expect(err).NotTo(HaveOccurred())
		for owner, change := range owners {
			objects[owner] = map[stage]*unstructured.Unstructured{}
			for stage, status := range statuses {
				objects[owner][stage] = createAt(ctx, change, status)
			}
		}
	})

	for _, rule := range v1alpha1.ImmutabilityRules() {
		It("is "+string(rule.Mutability)+": "+rule.Field, func(ctx context.Context) {
			for stage, object := range objects[ownerOf(rule.Field)] {
				object := object.DeepCopy()
				tries := 0
				put(object.Object, strings.Split(rule.Field, "."), schema, func() {
					tries++
					if slices.Contains(holding[rule.Mutability], stage) {
						Expect(refusalOf(ctx, object)).To(MatchRegexp(immutable), "%s: %v", stage, object.Object["spec"])
					} else {
						Expect(refusalOf(ctx, object)).NotTo(Or(MatchRegexp(immutable), ContainSubstring(notAllAsked)), "%s: %v", stage, object.Object["spec"])
					}
				})
				if rule.Mutability != v1alpha1.MutableByValue {
					Expect(tries).To(BeNumerically(">", 0), "nothing was changed")
				}
			}
		})
	}
})
