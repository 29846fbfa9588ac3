// SPDX-License-Identifier: Apache-2.0

// Package definitions compares CustomResourceDefinitions with the types that are written by
// them: what a definition lacks, the API server drops. It is pure.
package definitions

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// MissingFields returns the fields of a type for which a definition has no schema, sorted.
// The type is that of a field at the top of the object, such as status.
func MissingFields(definition *unstructured.Unstructured, field string, of reflect.Type) ([]string, error) {
	schema, err := schemaOf(definition, field)
	if err != nil {
		return nil, err
	}
	missing := fieldsWithoutSchema(field, of, schema)
	slices.Sort(missing)
	return missing, nil
}

// schemaOf returns the schema of a field at the top, in the version that the operator uses.
func schemaOf(definition *unstructured.Unstructured, field string) (map[string]any, error) {
	versions, _, err := unstructured.NestedSlice(definition.Object, "spec", "versions")
	if err != nil {
		return nil, fmt.Errorf("read the versions of the CustomResourceDefinition: %w", err)
	}
	for _, version := range versions {
		version, ok := version.(map[string]any)
		if !ok || version["name"] != v1alpha1.GroupVersion.Version {
			continue
		}
		schema, _, err := unstructured.NestedMap(version, "schema", "openAPIV3Schema", "properties", field)
		if err != nil {
			return nil, fmt.Errorf("read the schema of the CustomResourceDefinition: %w", err)
		}
		return schema, nil
	}
	return nil, fmt.Errorf("the CustomResourceDefinition has no version %s", v1alpha1.GroupVersion.Version)
}

// fieldsWithoutSchema returns the fields of a type, and of what is in it, for which a
// schema has no property.
func fieldsWithoutSchema(path string, of reflect.Type, schema map[string]any) (missing []string) {
	if keepsAll, _ := schema["x-kubernetes-preserve-unknown-fields"].(bool); keepsAll {
		return nil
	}
	switch of.Kind() {
	case reflect.Pointer:
		return fieldsWithoutSchema(path, of.Elem(), schema)
	case reflect.Slice:
		items, _ := schema["items"].(map[string]any)
		return fieldsWithoutSchema(path+"[]", of.Elem(), items)
	case reflect.Struct:
		if of == reflect.TypeFor[metav1.Time]() || of == reflect.TypeFor[metav1.MicroTime]() {
			return nil
		}
	default:
		return nil
	}
	properties, _ := schema["properties"].(map[string]any)
	for i := range of.NumField() {
		field := of.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			missing = append(missing, fieldsWithoutSchema(path, field.Type, schema)...)
			continue
		}
		property, ok := properties[name].(map[string]any)
		if !ok {
			missing = append(missing, path+"."+name)
			continue
		}
		missing = append(missing, fieldsWithoutSchema(path+"."+name, field.Type, property)...)
	}
	return missing
}
