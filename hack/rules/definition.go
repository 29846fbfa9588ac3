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

// items is the suffix of a list in a path that continues with its items.
const items = "[]"

// step is a field on the path from an object to one of its fields.
type step struct {
	name     string
	optional bool
}

// field is a field with the path to it from an object.
type field struct {
	steps  []step
	schema apiextensionsv1.JSONSchemaProps
}

// find returns a field of an object. An empty path is the object itself. A path may contain
// lists if it continues with their items.
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

// readDefinition decodes a CRD, which must have a single version with a schema.
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

// schemaOf returns the schema of an encoded CRD.
func schemaOf(document []byte) (schema, error) {
	read, err := readDefinition(document)
	if err != nil {
		return schema{}, err
	}
	return *schemaIn(read), nil
}

// encode encodes a CRD without its status, which belongs to the API server.
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

// addRule adds a rule to the field at its path.
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

// sortedKeys returns the sorted keys of a map, so that the output is stable.
func sortedKeys[V any](values map[string]V) []string { return slices.Sorted(maps.Keys(values)) }
