// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/utils/ptr"
)

type schema = apiextensionsv1.JSONSchemaProps

// completeProfile copies the schema and rules of a recording to each field of a profile that
// both have. A profile refuses the other fields with a message. A profile may change at any
// time.
func completeProfile(profile, recording schema) error {
	shared, all := profile.Properties["spec"].Properties, recording.Properties["spec"].Properties
	if err := copyFields(shared, all, withoutTransitions); err != nil {
		return err
	}
	for name, field := range all {
		if _, isShared := shared[name]; !isShared {
			shared[name] = refusedField(name, field.Type)
		}
	}
	return nil
}

// completeResolved copies the spec's schema to status.resolved, as far as Go needs it for
// decoding. The rules were already checked when the operator wrote the status.
func completeResolved(recording schema) error {
	return copyFields(recording.Properties["status"].Properties["resolved"].Properties, recording.Properties["spec"].Properties, loosen)
}

// copyFields copies the schemas of fields of a recording's spec, reduced by a function.
func copyFields(to, from map[string]schema, leave func(*schema)) error {
	for name := range to {
		field, isThere := from[name]
		if !isThere {
			return fmt.Errorf("a profile has the field %s, and the spec of a recording has none", name)
		}
		left := *field.DeepCopy()
		walk(&left, leave)
		to[name] = left
	}
	return nil
}

// walk calls a function for a schema and all schemas in it.
func walk(of *schema, do func(*schema)) {
	do(of)
	for name, property := range of.Properties {
		walk(&property, do)
		of.Properties[name] = property
	}
	if of.Items != nil && of.Items.Schema != nil {
		walk(of.Items.Schema, do)
	}
}

// withoutTransitions removes the rules that refer to an old value.
func withoutTransitions(of *schema) {
	of.XValidations = slices.DeleteFunc(of.XValidations, func(rule apiextensionsv1.ValidationRule) bool {
		return strings.Contains(rule.Rule, "oldSelf")
	})
}

// longestWord is the maximum length of an enumerated value, including future ones.
const longestWord = 64

// loosen keeps only the bounds on the size of a value. An enumerated value may be one that only
// a newer operator knows.
func loosen(of *schema) {
	if len(of.Enum) > 0 && of.Type == "string" {
		of.MaxLength = ptr.To[int64](longestWord)
	}
	of.Description, of.Enum, of.XValidations = "", nil, nil
}

// refusedField is the schema of a field that only a single recording may set. It has the same
// type as in a recording.
func refusedField(name, of string) schema {
	refused := schema{
		Description: "belongs to a single recording: set it in the CloudRecording", Type: of,
		XValidations: apiextensionsv1.ValidationRules{{
			Rule:    "false",
			Message: fmt.Sprintf("spec.%s is one recording's own: give it in the CloudRecording, not in a profile", name),
		}},
	}
	switch of {
	case "object":
		refused.XPreserveUnknownFields = ptr.To(true)
	case "array":
		refused.Items = &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &schema{Type: "string"}}
	}
	return refused
}
