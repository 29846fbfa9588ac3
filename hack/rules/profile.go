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

// completeProfile gives a profile the schema and the rules of a recording for each field
// that both have, and refuses with a message those that a recording alone has. A profile
// may change at any time.
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

// completeResolved gives status.resolved what Go must be able to read of the schema of the
// spec. Its rules held when the operator wrote it.
func completeResolved(recording schema) error {
	return copyFields(recording.Properties["status"].Properties["resolved"].Properties, recording.Properties["spec"].Properties, loosen)
}

// copyFields gives fields the schema that the fields of a recording's spec have, as far as
// is left of it.
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

// walk does something to a schema and to all within it.
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

// withoutTransitions takes the rules from a schema that compare with an old value.
func withoutTransitions(of *schema) {
	of.XValidations = slices.DeleteFunc(of.XValidations, func(rule apiextensionsv1.ValidationRule) bool {
		return strings.Contains(rule.Rule, "oldSelf")
	})
}

// longestWord is the length of the longest word of a list of some day.
const longestWord = 64

// loosen leaves of a schema what bounds the size of a value. A word of a list may be one
// that only a newer operator knows.
func loosen(of *schema) {
	if len(of.Enum) > 0 && of.Type == "string" {
		of.MaxLength = ptr.To[int64](longestWord)
	}
	of.Description, of.Enum, of.XValidations = "", nil, nil
}

// refusedField is the schema of a field that belongs to a single recording, and has a type
// there.
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
