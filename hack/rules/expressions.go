// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// of returns the expression for the field of a variable.
func (f field) of(variable string) string {
	for _, step := range f.steps {
		variable += "." + step.name
	}
	return variable
}

// present returns the expression for whether a variable has the field. It is empty if the field
// is required.
func (f field) present(variable string) string {
	var conditions []string
	for _, step := range f.steps {
		variable += "." + step.name
		if step.optional {
			conditions = append(conditions, "has("+variable+")")
		}
	}
	return strings.Join(conditions, " && ")
}

// orElse returns the expression for the field of a variable, with a value for an absent field.
func (f field) orElse(variable, value string) string {
	if f.present(variable) == "" {
		return f.of(variable)
	}
	for _, step := range f.steps {
		variable += "."
		if step.optional {
			variable += "?"
		}
		variable += step.name
	}
	return variable + ".orValue(" + value + ")"
}

// unchanged returns the expression for whether two variables have the same value in the field.
// An absent field has its default. Without a default, an absent list is empty, and an absent
// Boolean is false. For fields that may be long, the expression compares the fields directly,
// because the API server estimates the cost of a rule from the bounds of fields.
func (f field) unchanged(variable, old string) string {
	if absent := f.absent(); absent != "" {
		return f.orElse(variable, absent) + " == " + f.orElse(old, absent)
	}
	here, before := f.present(variable), f.present(old)
	same := f.of(variable) + " == " + f.of(old)
	switch {
	case here == "":
		return same
	case f.schema.Type == "array":
		return fmt.Sprintf("(%s ? %s : []) == (%s ? %s : [])", here, f.of(variable), before, f.of(old))
	default:
		return fmt.Sprintf("(%s ? %s && %s : !(%s))", here, before, same, before)
	}
}

// absent returns the value that stands for an absent number or Boolean: the default, or a value
// that the field cannot have. It is empty for other fields.
func (f field) absent() string {
	const noNumber = "-1"
	switch {
	case f.schema.Type != "boolean" && f.schema.Type != "integer":
		return ""
	case f.schema.Default != nil:
		return string(f.schema.Default.Raw)
	case f.schema.Type == "boolean":
		return "false"
	case f.schema.Minimum != nil && *f.schema.Minimum >= 0:
		return noNumber
	case len(f.schema.Enum) > 0 && !slices.ContainsFunc(f.schema.Enum, func(value apiextensionsv1.JSON) bool { return string(value.Raw) == noNumber }):
		return noNumber
	default:
		return ""
	}
}

// listed joins words as in a sentence.
func listed(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
