// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// pathsOfSecrets returns the paths of all fields that name a Secret, within a type.
func pathsOfSecrets(path string, in reflect.Type) []string {
	switch in.Kind() {
	case reflect.Pointer:
		return pathsOfSecrets(path, in.Elem())
	case reflect.Slice:
		return pathsOfSecrets(path+"[]", in.Elem())
	case reflect.Struct:
	default:
		return nil
	}
	if strings.HasSuffix(in.Name(), "SecretReference") {
		return []string{path + ".name"}
	}
	var paths []string
	for i := range in.NumField() {
		name, _, _ := strings.Cut(in.Field(i).Tag.Get("json"), ",")
		if name == "" {
			paths = append(paths, pathsOfSecrets(path, in.Field(i).Type)...)
			continue
		}
		paths = append(paths, pathsOfSecrets(path+"."+name, in.Field(i).Type)...)
	}
	return paths
}

// TestSecretFieldsAreAllThatNameASecret has whoever adds a field that names a Secret have
// the API server find the recordings that name one by it: the Secret would be let go of
// otherwise while a recording needs it.
func TestSecretFieldsAreAllThatNameASecret(t *testing.T) {
	g := NewWithT(t)
	paths := pathsOfSecrets("spec", reflect.TypeFor[v1alpha1.CloudRecordingSpec]())
	// A list has no selectable fields. A recording can be stopped without what it holds.
	paths = slices.DeleteFunc(paths, func(path string) bool { return strings.Contains(path, "[].rtmpUrlSecretRef") })
	g.Expect(secretFields).To(ConsistOf(paths))
}
