// SPDX-License-Identifier: Apache-2.0

// Package resolution makes one spec of that of a recording and that of its profile.
package resolution

import (
	"reflect"
	"slices"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Apply puts what the profile of a recording said into its spec, so that the spec is what
// holds. It does nothing more where that has been done.
func Apply(recording *v1alpha1.CloudRecording) {
	status := &recording.Status
	switch {
	case recording.Spec.ProfileRef == nil || status.Profile == nil:
	case status.Resolved != nil:
		recording.Spec = merge(recording.Spec, *status.Resolved)
	case recording.Spec.Start == nil && !isAdopted(recording.Spec):
		// Somebody has taken from the status what it was started by: the profile is asked again.
		status.Profile = nil
	}
	if recording.Spec.ProfileRef == nil || status.Profile != nil {
		appendFileNamePrefix(&recording.Spec)
	}
}

// With puts the fields of a profile into the spec of a recording for which no profile
// holds yet.
func With(recording *v1alpha1.CloudRecording, profile v1alpha1.CloudRecordingProfileSpec) {
	recording.Spec = merge(recording.Spec, Shared(recording, profile))
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

// Shared returns what a recording takes of a profile where it does not give it itself.
func Shared(recording *v1alpha1.CloudRecording, profile v1alpha1.CloudRecordingProfileSpec) v1alpha1.CloudRecordingProfileSpec {
	profile = *profile.DeepCopy()
	if isAdopted(recording.Spec) {
		profile.Start, profile.RestartPolicy = nil, ""
	}
	return profile
}

// merge returns a spec with the fields of a profile where it gives none itself.
func merge(own v1alpha1.CloudRecordingSpec, profile v1alpha1.CloudRecordingProfileSpec) v1alpha1.CloudRecordingSpec {
	merged := reflect.ValueOf(&own).Elem()
	for field, value := range reflect.ValueOf(profile).Fields() {
		if own := merged.FieldByName(field.Name); own.IsZero() {
			own.Set(value)
		}
	}
	return own
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
