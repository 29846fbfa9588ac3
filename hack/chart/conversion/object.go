// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Object is a Kubernetes object as decoded from JSON.
type Object map[string]any

// identity identifies an object in an installation.
type identity struct{ kind, namespace, name string }

func (o Object) identity() identity {
	metadata := o.section("metadata")
	return identity{o.kind(), text(metadata["namespace"]), text(metadata["name"])}
}

func (o Object) kind() string { return text(o["kind"]) }

func (o Object) name() string { return o.identity().name }

// section returns the map at a path of fields. It creates missing maps.
func (o Object) section(path ...string) map[string]any {
	current := map[string]any(o)
	for _, field := range path {
		next, ok := current[field].(map[string]any)
		if !ok {
			next = map[string]any{}
			current[field] = next
		}
		current = next
	}
	return current
}

// fileName is the file name of the object's template.
func (o Object) fileName() string {
	return strings.ToLower(o.kind()) + "-" + strings.NewReplacer(".", "-", ":", "-").Replace(o.name()) + ".yaml"
}

func text(value any) string {
	s, _ := value.(string)
	return s
}

// replaceStrings replaces each string in a tree that equals one of the given ones.
func replaceStrings(tree any, replacements map[string]string) any {
	switch value := tree.(type) {
	case map[string]any:
		for key, child := range value {
			value[key] = replaceStrings(child, replacements)
		}
	case []any:
		for i, child := range value {
			value[i] = replaceStrings(child, replacements)
		}
	case string:
		if replacement, ok := replacements[value]; ok {
			return replacement
		}
	}
	return tree
}

// copyTree returns a deep copy.
func copyTree(tree any) any {
	switch value := tree.(type) {
	case map[string]any:
		copied := maps.Clone(value)
		for key, child := range copied {
			copied[key] = copyTree(child)
		}
		return copied
	case []any:
		copied := slices.Clone(value)
		for i, child := range copied {
			copied[i] = copyTree(child)
		}
		return copied
	}
	return tree
}

func (o Object) copy() Object {
	copied, _ := copyTree(map[string]any(o)).(map[string]any)
	return copied
}

// only returns the single object of a kind.
func only(objects []Object, kind string) (Object, error) {
	var found []Object
	for _, object := range objects {
		if object.kind() == kind {
			found = append(found, object)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("there are %d objects of kind %s, where one was expected", len(found), kind)
	}
	return found[0], nil
}
