// SPDX-License-Identifier: Apache-2.0

// Package resolution merges the spec of a recording with that of its profile.
package resolution

import (
	"reflect"
	"slices"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Apply turns a recording's spec into its effective spec by merging what its profile gave.
// Applying it again changes nothing.
// It assigns fields and changes nothing behind pointers, which a cache may share.
func Apply(recording *v1alpha1.CloudRecording) {
	status := &recording.Status
	switch {
	case recording.Spec.ProfileRef == nil || status.Profile == nil:
	case status.Resolved != nil:
		recording.Spec = merge(recording.Spec, *status.Resolved)
	case recording.Spec.Start == nil && !isAdopted(recording.Spec):
		// Somebody has removed from the status what the recording was started with, so the
		// profile is read again.
		status.Profile = nil
	}
	if recording.Spec.ProfileRef == nil || status.Profile != nil {
		appendFileNamePrefix(&recording.Spec)
	}
}

// With merges the fields of a profile into the spec of a recording for which no profile is
// in effect yet.
func With(recording *v1alpha1.CloudRecording, profile v1alpha1.CloudRecordingProfileSpec) {
	recording.Spec = merge(recording.Spec, Shared(recording, profile))
	appendFileNamePrefix(&recording.Spec)
}

// Without completes a recording without the fields of a profile. If the recording is to be
// started, it gets an empty start, which distinguishes it from an adopted one.
func Without(recording *v1alpha1.CloudRecording) {
	if recording.Spec.Start == nil && !isAdopted(recording.Spec) {
		recording.Spec.Start = &v1alpha1.StartSpec{}
	}
}

// Awaits reports whether a recording names a profile that is not in effect for it yet.
func Awaits(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.ProfileRef != nil && recording.Status.Profile == nil
}

// Shared returns what a recording takes from a profile where it gives nothing itself.
func Shared(recording *v1alpha1.CloudRecording, profile v1alpha1.CloudRecordingProfileSpec) v1alpha1.CloudRecordingProfileSpec {
	profile = *profile.DeepCopy()
	if isAdopted(recording.Spec) {
		profile.Start, profile.RestartPolicy = nil, ""
	}
	return profile
}

// merge returns a spec with the fields of a profile where the spec gives nothing itself.
func merge(own v1alpha1.CloudRecordingSpec, profile v1alpha1.CloudRecordingProfileSpec) v1alpha1.CloudRecordingSpec {
	merged := reflect.ValueOf(&own).Elem()
	for field, value := range reflect.ValueOf(profile).Fields() {
		if own := merged.FieldByName(field.Name); own.IsZero() {
			own.Set(value)
		}
	}
	return own
}

// isAdopted reports whether a spec names a running recording.
func isAdopted(spec v1alpha1.CloudRecordingSpec) bool {
	return spec.SID != "" || spec.ResourceID != ""
}

// appendFileNamePrefix moves the recording's own folder to the end of the storage's prefix.
func appendFileNamePrefix(spec *v1alpha1.CloudRecordingSpec) {
	if spec.Storage == nil || len(spec.FileNamePrefix) == 0 {
		return
	}
	storage := *spec.Storage
	storage.FileNamePrefix = append(slices.Clone(storage.FileNamePrefix), spec.FileNamePrefix...)
	spec.Storage, spec.FileNamePrefix = &storage, nil
}
