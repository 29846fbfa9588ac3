// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const validations = "x-kubernetes-validations"

// completeProfile gives a profile the schema and the rules of a recording for each field
// that both have, and refuses with a message those that a recording alone has.
func completeProfile(profile, recording map[string]any) error {
	shared, err := propertiesOf(profile, "spec")
	if err != nil {
		return err
	}
	all, err := propertiesOf(recording, "spec")
	if err != nil {
		return err
	}
	if err := copyFields(shared, all); err != nil {
		return err
	}
	for _, name := range sortedKeys(all) {
		if shared[name] == nil {
			field, _ := all[name].(map[string]any)
			shared[name] = refusedField(name, field)
		}
	}
	return nil
}

// completeResolved gives status.resolved what Go must be able to read of the schema of the
// spec. Its rules held when the operator wrote it.
func completeResolved(recording map[string]any) error {
	resolved, err := propertiesOf(recording, "status", "properties", "resolved")
	if err != nil {
		return err
	}
	all, err := propertiesOf(recording, "spec")
	if err != nil {
		return err
	}
	if err := copyFields(resolved, all); err != nil {
		return err
	}
	for _, name := range sortedKeys(resolved) {
		if field, ok := resolved[name].(map[string]any); ok {
			loosen(field)
		}
	}
	return nil
}

// copyFields gives fields the schema that the fields of a recording's spec have.
func copyFields(to, from map[string]any) error {
	for _, name := range sortedKeys(to) {
		field, isThere := from[name].(map[string]any)
		if !isThere {
			return fmt.Errorf("a profile has the field %s, and the spec of a recording has none", name)
		}
		to[name] = withoutTransitions(field)
	}
	return nil
}

// propertiesOf returns the properties of an object in a schema.
func propertiesOf(schema map[string]any, path ...string) (map[string]any, error) {
	path = append(append([]string{"properties"}, path...), "properties")
	found, _, err := unstructured.NestedFieldNoCopy(schema, path...)
	properties, isObject := found.(map[string]any)
	if err != nil || !isObject {
		return nil, fmt.Errorf("the CRD has no %s: %w", strings.Join(path, "."), err)
	}
	return properties, nil
}

// withoutTransitions returns a schema without the rules that compare with an old value: a
// profile may change at any time.
func withoutTransitions(schema map[string]any) map[string]any {
	left := map[string]any{}
	for name, value := range schema {
		switch value := value.(type) {
		case map[string]any:
			left[name] = withoutTransitions(value)
		case []any:
			if name == validations {
				value = rulesOfOneVersion(value)
			}
			if len(value) > 0 || name != validations {
				left[name] = slices.Clone(value)
			}
		default:
			left[name] = value
		}
	}
	return left
}

func rulesOfOneVersion(rules []any) (left []any) {
	for _, rule := range rules {
		written, _ := rule.(map[string]any)
		if text, _ := written["rule"].(string); !strings.Contains(text, "oldSelf") {
			left = append(left, rule)
		}
	}
	return left
}

// refusedField is the schema of a field that belongs into the recording, and has a type
// there.
func refusedField(name string, recordings map[string]any) map[string]any {
	message := fmt.Sprintf("spec.%s is one recording's own: give it in the CloudRecording, not in a profile", name)
	refused := map[string]any{
		"description": "is one recording's own and belongs into the CloudRecording",
		"type":        recordings["type"],
		validations:   []any{map[string]any{"rule": "false", "message": message}},
	}
	switch refused["type"] {
	case "object":
		refused["x-kubernetes-preserve-unknown-fields"] = true
	case "array":
		refused["items"] = map[string]any{"type": "string"}
	}
	return refused
}

// loosen leaves of a schema and all within it what bounds the size of a value. A word of a
// list may be one that only a newer operator knows.
func loosen(schema map[string]any) {
	if schema["enum"] != nil && schema["type"] == "string" {
		schema["maxLength"] = longestWord
	}
	for _, member := range []string{"description", "enum", validations} {
		delete(schema, member)
	}
	properties, _ := schema["properties"].(map[string]any)
	for _, property := range properties {
		if property, ok := property.(map[string]any); ok {
			loosen(property)
		}
	}
	if items, ok := schema["items"].(map[string]any); ok {
		loosen(items)
	}
}

// longestWord is the length of the longest word of a list of some day.
const longestWord = int64(64)
