// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// SetWindow sets the recording's window in an object, if it has one.
func (r Recording) SetWindow(made *v1alpha1.CloudRecording, now time.Time) {
	if r.lasts == 0 {
		return
	}
	// Times in an object have a resolution of one second.
	opens := now.Add(r.opens).Truncate(time.Second)
	made.Spec.Window = &v1alpha1.RecordingWindow{Start: &metav1.Time{Time: opens}, End: &metav1.Time{Time: opens.Add(r.lasts.Round(time.Second))}}
}

// TakeProfile moves the fields that a profile can provide from an object to a profile.
func (r Recording) TakeProfile(made *v1alpha1.CloudRecording) *v1alpha1.CloudRecordingProfile {
	spec := &made.Spec
	profile := r.ProfileReference()
	profile.Spec = v1alpha1.CloudRecordingProfileSpec{
		Start: spec.Start, Storage: spec.Storage, CredentialsSecretRef: spec.CredentialsSecretRef, Upload: spec.Upload, AsyncStop: spec.AsyncStop,
	}
	spec.Start, spec.Storage, spec.AsyncStop = nil, nil, nil
	spec.CredentialsSecretRef, spec.Upload = v1alpha1.CredentialsSecretReference{}, v1alpha1.UploadSpec{}
	spec.ProfileRef = &v1alpha1.ProfileReference{Name: profile.Name}
	return profile
}

// ProfileReference returns an empty profile with the name of the recording's profile.
func (r Recording) ProfileReference() *v1alpha1.CloudRecordingProfile {
	profile := &v1alpha1.CloudRecordingProfile{}
	profile.Namespace, profile.Name = r.Place.Secret.Namespace, r.Name()
	return profile
}

// Profile returns the recording's profile as it was created.
func (r Recording) Profile(bucket *v1alpha1.StorageSpec) *v1alpha1.CloudRecordingProfile {
	return r.TakeProfile(r.NewObject(bucket))
}

// How the profile of a recording changes that runs, or that should run by then. ProfileMended
// restores the original profile for a recording that needs it.
const (
	ProfileEdited  Variant = "edited"
	ProfileDeleted Variant = "deleted"
	ProfileMended  Variant = "mended"
)

// MendProfile restores the profile of a recording as it was created.
func MendProfile(r Recording) Action {
	return Action{Kind: DoChangeProfile, Recording: r, How: ProfileMended}
}

// EditedProfile is a patch after which a profile allows neither recording nor stopping.
const EditedProfile = `{"spec":{"credentialsSecretRef":{"name":"nobody"},"start":null,"storage":null}}`

// disturbProfile plans a change of a recording's profile after its start. If the start takes
// too long, the profile is changed all the same.
func (p *planner) disturbProfile(r Recording, begin time.Duration) {
	if !r.Profiled || p.random.IntN(3) == 0 {
		return
	}
	change := Action{Kind: DoChangeProfile, Recording: r, How: one(p.random, []Variant{ProfileEdited, ProfileDeleted})}
	p.at(begin, Action{Kind: DoOnceBegun, Recording: r}.with(change))
}
