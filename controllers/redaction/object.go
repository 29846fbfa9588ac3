// SPDX-License-Identifier: Apache-2.0

package redaction

import (
	"maps"
	"slices"
)

// Annotations that repeat a whole object, and fields that only say who wrote what.
const (
	lastApplied   = "kubectl.kubernetes.io/last-applied-configuration"
	managedFields = "managedFields"
)

// Object removes from an object, as JSON has it, what is secret. Of a Secret it leaves which
// keys it has. The object is changed.
func (r *Redactor) Object(object map[string]any) {
	if object["kind"] == "Secret" {
		hideValues(object, "data")
		hideValues(object, "stringData")
	}
	r.members(object)
}

func hideValues(secret map[string]any, field string) {
	values, ok := secret[field].(map[string]any)
	if !ok {
		// What is not of its form is not shown at all.
		delete(secret, field)
		return
	}
	for key := range values {
		values[key] = Redacted
	}
}

func (r *Redactor) members(object map[string]any) {
	delete(object, managedFields)
	delete(object, lastApplied)
	named, _ := object["name"].(string)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		value, isSecret := object[name], isSecretName(name) || (name == "value" && isSecretName(named))
		// A name may have been made of what is secret.
		delete(object, name)
		object[r.Text(name)] = r.value(value, isSecret)
	}
}

// value redacts a value. What is secret by its name goes whole, unless it is an object, which
// names a Secret rather than repeats it.
func (r *Redactor) value(value any, isSecret bool) any {
	switch value := value.(type) {
	case map[string]any:
		r.members(value)
		return value
	case []any:
		for i := range value {
			value[i] = r.value(value[i], isSecret)
		}
		return value
	case string:
		if isSecret && value != "" {
			return Redacted
		}
		return r.Text(value)
	default:
		if isSecret && value != nil {
			return Redacted
		}
		return value
	}
}
