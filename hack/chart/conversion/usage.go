// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"text/template/parse"
)

// checkUsage returns an error for each value that no template uses, and for each use of an
// unknown value.
func checkUsage(values []value, templates map[string][]byte) error {
	used := map[string]bool{}
	for _, file := range slices.Sorted(maps.Keys(templates)) {
		if !strings.HasPrefix(file, templatesFolder) {
			continue
		}
		if err := addUses(used, file, string(templates[file])); err != nil {
			return err
		}
	}
	var problems []error
	for _, value := range values {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(used)), func(use string) bool { return isWithin(use, value.path) }) {
			problems = append(problems, fmt.Errorf("no template uses the value %s", value.path))
		}
	}
	for _, use := range slices.Sorted(maps.Keys(used)) {
		if !slices.ContainsFunc(values, func(v value) bool { return isWithin(use, v.path) }) {
			problems = append(problems, fmt.Errorf("a template uses %s, which is no value", use))
		}
	}
	return errors.Join(problems...)
}

// isWithin reports whether a path is the path of a value or of a part of it.
func isWithin(path, value string) bool {
	return path == value || strings.HasPrefix(path, value+".")
}

// addUses collects the paths after .Values in a template.
func addUses(used map[string]bool, file, text string) error {
	tree := parse.New(file)
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		return fmt.Errorf("parse a template: %w", err)
	}
	for _, parsed := range trees {
		walk(reflect.ValueOf(parsed.Root), func(names []string) {
			if i := slices.Index(names, "Values"); i >= 0 {
				used[strings.Join(names[i+1:], ".")] = true
			}
		})
	}
	return nil
}

// walk calls visit with the names of each chain of fields. It follows all fields of nodes, so
// it visits nodes of every kind.
func walk(node reflect.Value, visit func(names []string)) {
	switch node.Kind() {
	case reflect.Interface, reflect.Pointer:
		if node.IsNil() || node.Type() == reflect.TypeFor[*parse.Tree]() {
			return
		}
		switch found := node.Interface().(type) {
		case *parse.FieldNode:
			visit(found.Ident)
		case *parse.VariableNode:
			visit(found.Ident)
		}
		walk(node.Elem(), visit)
	case reflect.Struct:
		for i := range node.NumField() {
			if node.Type().Field(i).IsExported() {
				walk(node.Field(i), visit)
			}
		}
	case reflect.Slice:
		for i := range node.Len() {
			walk(node.Index(i), visit)
		}
	default:
		// Nothing else contains names.
	}
}
