// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// items stands in a path for the items of a list.
const items = "[]"

// step is a step on the way from an object to one of its fields.
type step struct {
	name     string
	optional bool
}

// field is a field and the way to it from an object.
type field struct {
	steps  []step
	schema apiextensionsv1.JSONSchemaProps
}

// find returns a field of an object; an empty path is the object itself. The way leads
// through lists, if their items are meant.
func find(object apiextensionsv1.JSONSchemaProps, path string) (field, error) {
	found := field{schema: object}
	if path == "" {
		return found, nil
	}
	for name := range strings.SplitSeq(path, ".") {
		name, isList := strings.CutSuffix(name, items)
		property, ok := found.schema.Properties[name]
		if !ok {
			return field{}, fmt.Errorf("the CRD has no field %s: %s is not there", path, name)
		}
		found.steps = append(found.steps, step{name: name, optional: !slices.Contains(found.schema.Required, name)})
		found.schema = property
		if isList {
			if property.Items == nil || property.Items.Schema == nil {
				return field{}, fmt.Errorf("%s in %s is no list", name, path)
			}
			found.schema = *property.Items.Schema
		}
	}
	return found, nil
}

// readDefinition reads a CRD, which has one version with a schema.
func readDefinition(document []byte) (*apiextensionsv1.CustomResourceDefinition, error) {
	read := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(document, read); err != nil {
		return nil, fmt.Errorf("read the CRD: %w", err)
	}
	if len(read.Spec.Versions) != 1 || read.Spec.Versions[0].Schema == nil || read.Spec.Versions[0].Schema.OpenAPIV3Schema == nil {
		return nil, errors.New("the CRD has not one version with a schema")
	}
	return read, nil
}

// schemaIn returns the schema of the only version of a CRD.
func schemaIn(definition *apiextensionsv1.CustomResourceDefinition) *schema {
	return definition.Spec.Versions[0].Schema.OpenAPIV3Schema
}

// schemaOf returns the schema of a CRD.
func schemaOf(document []byte) (schema, error) {
	read, err := readDefinition(document)
	if err != nil {
		return schema{}, err
	}
	return *schemaIn(read), nil
}

// encode writes a CRD without its status, which is the API server's.
func encode(definition *apiextensionsv1.CustomResourceDefinition) ([]byte, error) {
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(definition)
	if err != nil {
		return nil, fmt.Errorf("convert the CRD: %w", err)
	}
	delete(object, "status")
	unstructured.RemoveNestedField(object, "metadata", "creationTimestamp")
	encoded, err := yaml.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("write the CRD: %w", err)
	}
	return append([]byte("---\n"), encoded...), nil
}

// addRule adds a rule at its place in a schema.
func addRule(to *schema, placed placedRule) error {
	name, rest, _ := strings.Cut(placed.path, ".")
	if name == "" {
		to.XValidations = append(to.XValidations, placed.rule)
		return nil
	}
	name, isList := strings.CutSuffix(name, items)
	property, ok := to.Properties[name]
	if !ok || (isList && (property.Items == nil || property.Items.Schema == nil)) {
		return fmt.Errorf("the CRD has no field %s for a rule", name)
	}
	place := &property
	if isList {
		place = property.Items.Schema
	}
	if err := addRule(place, placedRule{rest, placed.rule}); err != nil {
		return err
	}
	to.Properties[name] = property
	return nil
}

// sortedKeys returns the keys of a map in their order, so that rules are the same each
// time that they are made.
func sortedKeys[V any](values map[string]V) []string { return slices.Sorted(maps.Keys(values)) }
