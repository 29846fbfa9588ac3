// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
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

// definition is a CRD.
type definition struct {
	// plural is the name of what it defines.
	plural string

	// object is all of it.
	object map[string]any

	// schema is the one in the object, and typed the same before anything is added.
	schema map[string]any
	typed  apiextensionsv1.JSONSchemaProps
}

func readDefinition(document []byte) (*definition, error) {
	typed, err := schemaOf(document)
	if err != nil {
		return nil, err
	}
	read := &definition{object: map[string]any{}, typed: typed}
	if err := yaml.Unmarshal(document, &read.object); err != nil {
		return nil, fmt.Errorf("read the CRD: %w", err)
	}
	read.plural, _, err = unstructured.NestedString(read.object, "spec", "names", "plural")
	if err != nil {
		return nil, fmt.Errorf("read the names of the CRD: %w", err)
	}
	found, _, err := unstructured.NestedFieldNoCopy(read.object, "spec", "versions")
	versions, isList := found.([]any)
	if err != nil || !isList {
		return nil, fmt.Errorf("read the versions of the CRD: %w", err)
	}
	version, _ := versions[0].(map[string]any)
	found, _, err = unstructured.NestedFieldNoCopy(version, "schema", "openAPIV3Schema")
	schema, isObject := found.(map[string]any)
	if err != nil || !isObject {
		return nil, fmt.Errorf("read the schema of the CRD: %w", err)
	}
	read.schema = schema
	return read, nil
}

func (d *definition) encode() ([]byte, error) {
	encoded, err := yaml.Marshal(d.object)
	if err != nil {
		return nil, fmt.Errorf("write the CRD: %w", err)
	}
	return append([]byte("---\n"), encoded...), nil
}

// addRule adds a rule at its place in a schema.
func addRule(schema map[string]any, placed placedRule) error {
	place := schema
	if placed.path != "" {
		for name := range strings.SplitSeq(placed.path, ".") {
			name, isList := strings.CutSuffix(name, items)
			way := []string{"properties", name}
			if isList {
				way = append(way, "items")
			}
			for _, member := range way {
				next, ok := place[member].(map[string]any)
				if !ok {
					return fmt.Errorf("the CRD has no field %s for a rule: %s is not there", placed.path, name)
				}
				place = next
			}
		}
	}
	known, _ := place[validations].([]any)
	added := map[string]any{"rule": placed.rule.Rule}
	for name, text := range map[string]string{"message": placed.rule.Message, "messageExpression": placed.rule.MessageExpression} {
		if text != "" {
			added[name] = text
		}
	}
	place[validations] = append(known, added)
	return nil
}

// sortedKeys returns the keys of a map in their order, so that rules are the same each
// time that they are made.
func sortedKeys[V any](values map[string]V) []string { return slices.Sorted(maps.Keys(values)) }
