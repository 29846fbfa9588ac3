// SPDX-License-Identifier: Apache-2.0

package recordingtest

import (
	"reflect"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// NamingEverySecret returns a recording that should be started, with the name of a Secret
// in each field that can name one. It also returns these names, which are the paths of the
// fields.
func NamingEverySecret() (recording *v1alpha1.CloudRecording, names []string) {
	recording = ToStart(nil)
	nameSecrets("spec", reflect.ValueOf(&recording.Spec).Elem(), &names)
	return recording, names
}

// nameSecrets sets all names of Secrets within a value, and creates the values that contain
// them.
func nameSecrets(path string, value reflect.Value, names *[]string) {
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() && canNameSecret(value.Type()) {
			value.Set(reflect.New(value.Type().Elem()))
		}
		if !value.IsNil() {
			nameSecrets(path, value.Elem(), names)
		}
	case reflect.Slice:
		if value.Len() == 0 && canNameSecret(value.Type()) {
			value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		}
		for i := range value.Len() {
			nameSecrets(path+"[]", value.Index(i), names)
		}
	case reflect.Struct:
		if isSecretReference(value.Type()) {
			value.FieldByName("Name").SetString(path)
			*names = append(*names, path)
			return
		}
		for field, inner := range value.Fields() {
			if canNameSecret(field.Type) {
				name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
				nameSecrets(path+"."+name, inner, names)
			}
		}
	default:
	}
}

func isSecretReference(of reflect.Type) bool { return strings.HasSuffix(of.Name(), "SecretReference") }

// canNameSecret reports whether a value of a type can hold the name of a Secret.
func canNameSecret(of reflect.Type) bool {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice:
		return canNameSecret(of.Elem())
	case reflect.Struct:
		if isSecretReference(of) {
			return true
		}
		for field := range of.Fields() {
			if canNameSecret(field.Type) {
				return true
			}
		}
	default:
	}
	return false
}
