// SPDX-License-Identifier: Apache-2.0

package definitions

import (
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Kinds returns the types of the operator's kinds of objects that a scheme knows, by the kind.
func Kinds(scheme *runtime.Scheme) map[string]reflect.Type {
	kinds := map[string]reflect.Type{}
	for kind, of := range scheme.KnownTypes(v1alpha1.GroupVersion) {
		_, hasSpec := of.FieldByName("Spec")
		if hasSpec && !strings.HasSuffix(kind, "List") {
			kinds[kind] = of
		}
	}
	return kinds
}

// NameOf returns the name of the CustomResourceDefinition of a kind.
func NameOf(kind string) string {
	plural, _ := meta.UnsafeGuessKindToResource(v1alpha1.GroupVersion.WithKind(kind))
	return plural.Resource + "." + plural.Group
}

// WrittenFields returns the types of the fields at the top of a kind that the operator writes:
// each status, and the spec of what schedules make.
func WrittenFields(of reflect.Type) map[string]reflect.Type {
	written := map[string]reflect.Type{}
	if status, ok := of.FieldByName("Status"); ok {
		written["status"] = status.Type
	}
	made, _ := reflect.TypeFor[v1alpha1.CloudRecordingTemplate]().FieldByName("Spec")
	if spec, ok := of.FieldByName("Spec"); ok && spec.Type == made.Type {
		written["spec"] = spec.Type
	}
	return written
}
