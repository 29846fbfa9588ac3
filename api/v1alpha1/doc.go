// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 contains the types of the cloudrecording.dev API: an Agora cloud recording
// as a Kubernetes object.
//
// Markers contain the validation rules of the API server, except those that are derived from
// tables and types: which fields are immutable (ImmutabilityRules), the regions of a storage
// service, the raw parameters that have a field, and the forms of cron expressions and dates.
// hack/rules adds these to the CRDs.
//
// +kubebuilder:object:generate=true
// +groupName=cloudrecording.dev
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the API group and version of the types in this package.
var GroupVersion = schema.GroupVersion{Group: "cloudrecording.dev", Version: "v1alpha1"}

// AddToScheme adds the types in this package to a scheme.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &CloudRecording{}, &CloudRecordingList{}, &CloudRecordingProfile{}, &CloudRecordingProfileList{},
		&CloudRecordingSchedule{}, &CloudRecordingScheduleList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
