// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// The times of a window are plain strings for the API server, so that a validation rule can say
// what is wrong with one. The rules accept only what Go can decode, because a single object
// that it cannot decode would keep the operator from listing any.

// RecordingWindow says when to record, by absolute times.
//
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:XValidation:rule="!has(self.start) || !has(self.end) || ![self.start, self.end].all(time, time.matches('^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$')) || timestamp(self.start) < timestamp(self.end)",message="spec.window.end must be after spec.window.start: check the dates and the offsets from UTC"
type RecordingWindow struct {
	// start is the time to begin, such as 2030-12-02T09:00:00+01:00. Without it, the
	// recording begins once this object exists. A recording that could not be started in
	// time is started late, as long as one minute of the window is left, or half of a
	// window shorter than two minutes. You can change it until the recording has begun.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$') && timestamp(self) > timestamp('2000-01-01T00:00:00Z')",message="spec.window.start must be a time in whole seconds with its offset from UTC, such as 2030-12-02T09:00:00+01:00"
	Start *metav1.Time `json:"start,omitempty"`

	// end is the time at which the recording is stopped, which is its normal end. You can
	// change it as long as the recording goes on. Nothing is started once it has passed.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$') && timestamp(self) > timestamp('2000-01-01T00:00:00Z')",message="spec.window.end must be a time in whole seconds with its offset from UTC, such as 2030-12-02T09:00:00+01:00"
	End *metav1.Time `json:"end,omitempty"`
}
