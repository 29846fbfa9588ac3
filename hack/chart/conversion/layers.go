// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// without returns the objects that are not among others.
func without(objects, others []Object) []Object {
	known := map[identity]bool{}
	for _, object := range others {
		known[object.identity()] = true
	}
	var left []Object
	for _, object := range objects {
		if !known[object.identity()] {
			left = append(left, object)
		}
	}
	return left
}

// merge adds to a tree what a layer adds to its base. The addition depends on a condition. A
// layer cannot change or remove anything, because the template would then contain it twice.
func (d *document) merge(tree, base, layered any, condition, path string) (any, error) {
	if reflect.DeepEqual(base, layered) {
		return tree, nil
	}
	switch added := layered.(type) {
	case map[string]any:
		before, ok := base.(map[string]any)
		current, isMap := tree.(map[string]any)
		if ok && isMap {
			return d.mergeMap(current, before, added, condition, path)
		}
	case []any:
		before, ok := base.([]any)
		current, isList := tree.([]any)
		if ok && isList && len(added) >= len(before) {
			return d.mergeList(current, before, added, condition, path)
		}
	}
	return nil, fmt.Errorf("a layer changes %s, where the chart can only add", path)
}

func (d *document) mergeMap(tree, base, layered map[string]any, condition, path string) (any, error) {
	for field := range base {
		if _, ok := layered[field]; !ok {
			return nil, fmt.Errorf("a layer takes %s.%s away, where the chart can only add", path, field)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(layered)) {
		value := layered[field]
		before, ok := base[field]
		if !ok && isMarked(tree, field) {
			return nil, fmt.Errorf("two layers add %s.%s, which the chart would hold twice", path, field)
		}
		if !ok {
			tree[field+d.mark(d.conditional(condition, map[string]any{field: value}))] = nil
			continue
		}
		merged, err := d.merge(tree[field], before, value, condition, path+"."+field)
		if err != nil {
			return nil, err
		}
		tree[field] = merged
	}
	return tree, nil
}

func (d *document) mergeList(tree, base, layered []any, condition, path string) (any, error) {
	for i, before := range base {
		merged, err := d.merge(tree[i], before, layered[i], condition, fmt.Sprintf("%s[%d]", path, i))
		if err != nil {
			return nil, err
		}
		tree[i] = merged
	}
	if added := layered[len(base):]; len(added) > 0 {
		tree = append(tree, d.mark(d.conditional(condition, added)))
	}
	return tree, nil
}
