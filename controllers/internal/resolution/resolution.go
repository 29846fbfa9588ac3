// SPDX-License-Identifier: Apache-2.0

// Package resolution makes one spec of that of a recording and that of its profile.
package resolution

import (
	"reflect"
	"slices"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Apply puts status.resolved of a recording into its spec, so that the spec is what holds.
// It does nothing more where that has been done.
func Apply(recording *v1alpha1.CloudRecording) {
	appendFileNamePrefix(&recording.Spec)
	if resolved := recording.Status.Resolved; resolved != nil {
		recording.Spec = merge(recording.Spec, *resolved)
		// What was resolved has it already.
		recording.Spec.FileNamePrefix, recording.Status.Resolved = nil, nil
	}
}

// With puts the fields of a profile into the spec of a recording for which no profile
// holds yet.
func With(recording *v1alpha1.CloudRecording, profile *v1alpha1.CloudRecordingProfile) {
	recording.Spec = merge(recording.Spec, profile.Spec)
	appendFileNamePrefix(&recording.Spec)
}

// Without leaves the spec of a recording as it is whose profile there is not. One that is
// to be started is told from one that is adopted by having a start.
func Without(recording *v1alpha1.CloudRecording) {
	if recording.Spec.Start == nil && !isAdopted(recording.Spec) {
		recording.Spec.Start = &v1alpha1.StartSpec{}
	}
}

// Awaits says whether a recording names a profile that does not hold for it yet.
func Awaits(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.ProfileRef != nil && recording.Status.Profile == nil
}

// Note records that a version of a profile holds for a recording from now on, whose spec
// is what it makes of it.
func Note(recording *v1alpha1.CloudRecording, version v1alpha1.ProfileStatus) {
	recording.Status.Profile = &version
	recording.Status.Resolved = shared(recording.Spec)
}

// merge returns a spec with the fields of a profile where it gives none itself.
func merge(own v1alpha1.CloudRecordingSpec, profile v1alpha1.CloudRecordingProfileSpec) v1alpha1.CloudRecordingSpec {
	if isAdopted(own) {
		profile.Start, profile.RestartPolicy = nil, ""
	}
	merged := reflect.ValueOf(&own).Elem()
	for field, value := range reflect.ValueOf(*profile.DeepCopy()).Fields() {
		if own := merged.FieldByName(field.Name); own.IsZero() {
			own.Set(value)
		}
	}
	return own
}

// shared returns the fields of a spec that a profile may give.
func shared(spec v1alpha1.CloudRecordingSpec) *v1alpha1.CloudRecordingProfileSpec {
	whole := reflect.ValueOf(spec)
	profile := &v1alpha1.CloudRecordingProfileSpec{}
	for field, value := range reflect.ValueOf(profile).Elem().Fields() {
		value.Set(whole.FieldByName(field.Name))
	}
	return profile.DeepCopy()
}

// isAdopted says whether a spec names a recording that runs.
func isAdopted(spec v1alpha1.CloudRecordingSpec) bool {
	return spec.SID != "" || spec.ResourceID != ""
}

// appendFileNamePrefix moves the recording's own folder to the end of the storage's.
func appendFileNamePrefix(spec *v1alpha1.CloudRecordingSpec) {
	if spec.Storage == nil || len(spec.FileNamePrefix) == 0 {
		return
	}
	storage := *spec.Storage
	storage.FileNamePrefix = append(slices.Clone(storage.FileNamePrefix), spec.FileNamePrefix...)
	spec.Storage, spec.FileNamePrefix = &storage, nil
}
