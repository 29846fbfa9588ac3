// SPDX-License-Identifier: Apache-2.0

package outline

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/resolution"
)

// Transform keeps only what is read from an object: the annotations of a Secret may hold its
// content, and the metadata of a recording may be as large as the API server allows. It is
// a transform for client-go's caches.
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
			// Listed objects pass through here twice.
			return object, nil
		}
		resolution.Apply(object)
		Reduce(object, LargeBytes)
	case *v1alpha1.CloudRecordingSchedule:
		reduceSchedule(object)
	case metav1.Object:
		object.SetManagedFields(nil)
	}
	return object, nil
}

// ownFinalizer returns own, the operator's finalizer, if the object has it. Others may be
// as long as the API server allows.
func ownFinalizer(all, own []string) []string {
	if slices.Contains(all, own[0]) {
		return own
	}
	return nil
}

// inUseFinalizers is shared by the metadata of all Secrets in use.
var inUseFinalizers = []string{v1alpha1.InUseFinalizer}

// longestAnnotation is the longest that a time, a UID or a digest can be.
const longestAnnotation = 64

// readAnnotations returns the annotations of an object that are read. All that matters
// about a value is whether it has changed.
func readAnnotations(all map[string]string) map[string]string {
	var read map[string]string
	for _, name := range []string{v1alpha1.ReconcileAtAnnotation, v1alpha1.ScheduleUIDAnnotation, v1alpha1.TemplateDigestAnnotation} {
		value, ok := all[name]
		if !ok {
			continue
		}
		if len(value) > longestAnnotation {
			value = clientrequest.Digest(value)
		}
		if read == nil {
			read = map[string]string{}
		}
		read[name] = value
	}
	return read
}

// readLabels returns the labels of a recording that are read.
func readLabels(all map[string]string) map[string]string {
	if schedule, ok := all[v1alpha1.ScheduleLabel]; ok {
		return map[string]string{v1alpha1.ScheduleLabel: schedule}
	}
	return nil
}
