// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"sync"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// secretFields returns the selectable fields in which the API server finds the recordings
// that name a Secret: all that name one, so that no Secret is let go of while a recording
// needs it. What most recordings name comes first.
var secretFields = sync.OnceValue(func() []string {
	paths := pathsOfSecrets("spec", reflect.TypeFor[v1alpha1.CloudRecordingSpec]())
	slices.SortStableFunc(paths, func(a, b string) int { return cmp.Compare(strings.Count(a, "."), strings.Count(b, ".")) })
	return paths
})

// pathsOfSecrets returns the paths of all fields that name a Secret, within a type. Those
// in lists are left out: a list has no selectable fields. The one that there is holds an
// address to push to, without which a recording can be stopped.
func pathsOfSecrets(path string, in reflect.Type) (paths []string) {
	if in.Kind() == reflect.Pointer {
		in = in.Elem()
	}
	if in.Kind() != reflect.Struct {
		return nil
	}
	if strings.HasSuffix(in.Name(), "SecretReference") {
		return []string{path + ".name"}
	}
	for field := range in.Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			paths = append(paths, pathsOfSecrets(path+"."+name, field.Type)...)
		}
	}
	return paths
}
