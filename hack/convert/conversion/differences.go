// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// encode returns a text that is equal for values that an API server considers equal.
func encode(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		// All of it was decoded from JSON.
		return fmt.Sprintf("%#v", value)
	}
	return string(encoded)
}

func allEqual(values []any) bool {
	first := encode(values[0])
	return !slices.ContainsFunc(values[1:], func(value any) bool { return encode(value) != first })
}

// differences returns the paths of the members that differ between values.
func differences(path string, values []any) (paths []string) {
	if allEqual(values) {
		return nil
	}
	if strings.HasSuffix(path, "SecretRef") {
		return []string{path}
	}
	objects := make([]members, len(values))
	names := members{}
	for i, value := range values {
		object, isObject := value.(members)
		if !isObject {
			return []string{path}
		}
		objects[i] = object
		maps.Copy(names, object)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		inner := make([]any, len(objects))
		for i, object := range objects {
			inner[i] = object[name]
		}
		paths = append(paths, differences(path+"."+name, inner)...)
	}
	return paths
}
