// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"reflect"
	"strings"
)

// fieldNames returns the names of a type's fields in JSON.
func fieldNames(fields any) map[string]bool {
	names := map[string]bool{}
	structure := reflect.TypeOf(fields)
	for i := range structure.NumField() {
		name, _, _ := strings.Cut(structure.Field(i).Tag.Get("json"), ",")
		names[name] = true
	}
	return names
}

// objectOf returns a member that must be an object.
func objectOf(name string, value any) (members, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s is not an object", name)
	}
	return object, nil
}
