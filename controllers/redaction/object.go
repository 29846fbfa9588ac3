// SPDX-License-Identifier: Apache-2.0

package redaction

import (
	"maps"
	"slices"
)

// An annotation that repeats the whole object, and a field that only says who wrote what.
const (
	lastApplied   = "kubectl.kubernetes.io/last-applied-configuration"
	managedFields = "managedFields"
)

// Object removes secrets from an object in JSON form. Of the data of a Secret, only the
// keys remain. It changes the object in place.
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
		// Data in an unexpected form is removed completely.
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
		// The name itself may contain a secret.
		delete(object, name)
		object[r.Text(name)] = r.value(value, isSecret)
	}
}

// value redacts a value. A value with a secret name is removed completely, unless it is
// an object, because such an object names a Secret rather than contains it.
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
