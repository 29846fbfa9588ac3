// SPDX-License-Identifier: Apache-2.0

package outline

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/resolution"
)

// Transform keeps of an object what is read: the annotations of a Secret may hold its
// content, and what a recording has beside its spec and status may be as large as the API
// server allows. It is a transform of client-go's caches.
func Transform(object any) (any, error) {
	switch object := object.(type) {
	case *metav1.PartialObjectMetadata:
		object.Annotations = nil
		object.Labels = nil
		object.OwnerReferences = nil
		object.ManagedFields = nil
		object.Finalizers = ownFinalizer(object.Finalizers, inUseFinalizers)
	case *v1alpha1.CloudRecording:
		if IsOutline(object) {
			// What is listed passes here twice.
			return object, nil
		}
		resolution.Apply(object)
		Reduce(object, LargeBytes)
	case metav1.Object:
		object.SetManagedFields(nil)
	}
	return object, nil
}

// ownFinalizer returns the operator's finalizer of an object, own, if it is there.
// Others may be as long as the API server allows.
func ownFinalizer(all, own []string) []string {
	if slices.Contains(all, own[0]) {
		return own
	}
	return nil
}

// inUseFinalizers is shared by the metadata of all Secrets in use.
var inUseFinalizers = []string{v1alpha1.InUseFinalizer}

// longestReconcileAt is more than a time takes.
const longestReconcileAt = 64

// readAnnotations returns the annotations of a recording that are read. All that
// counts of a value is whether it is another.
func readAnnotations(all map[string]string) map[string]string {
	value, ok := all[v1alpha1.ReconcileAtAnnotation]
	if !ok {
		return nil
	}
	if len(value) > longestReconcileAt {
		value = clientrequest.Digest(value)
	}
	return map[string]string{v1alpha1.ReconcileAtAnnotation: value}
}
