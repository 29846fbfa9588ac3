// SPDX-License-Identifier: Apache-2.0

package clientrequest

import (
	"maps"
	"slices"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// UpdateSecretNames returns the names of the Secrets with values that an update may have to
// send to Agora.
func UpdateSecretNames(recording *v1alpha1.CloudRecording) []string {
	if !lifecycle.MayUpdate(recording) {
		return nil
	}
	names := map[string]bool{}
	for _, need := range (&Secrets{}).Needs(recording) {
		if _, ok := SectionOf(need); ok {
			names[need.Secret] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// StartSecretNames returns the names of the Secrets that the recording's start needs, as
// long as the recording may still have to be started.
func StartSecretNames(recording *v1alpha1.CloudRecording) []string {
	if !lifecycle.AwaitsStart(recording) {
		return nil
	}
	names := map[string]bool{}
	for _, need := range (&Secrets{}).Needs(recording) {
		names[need.Secret] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// SecretsOfStart returns the names of the Secrets that must stay once the recording may
// have been started: the credentials to stop it, and what is needed to repeat the start if
// its answer is lost. Secrets with an address to push to are left out, as in HeldSecrets.
func SecretsOfStart(recording *v1alpha1.CloudRecording) []string {
	var names []string
	if name := recording.Spec.CredentialsSecretRef.Name; name != "" {
		names = append(names, name)
	}
	for _, need := range (&Secrets{}).Needs(recording) {
		if need.Key != v1alpha1.RTMPURLKey && !slices.Contains(names, need.Secret) {
			names = append(names, need.Secret)
		}
	}
	return names
}

// NamedSecrets returns the names of all Secrets that a recording names.
func NamedSecrets(recording *v1alpha1.CloudRecording) []string {
	names := map[string]bool{
		recording.Spec.CredentialsSecretRef.Name: true, lifecycle.StorageSecretName(recording).Name: true,
	}
	for _, need := range (&Secrets{}).Needs(recording) {
		names[need.Secret] = true
	}
	delete(names, "")
	return slices.Sorted(maps.Keys(names))
}

// NeededSecrets returns the names of the Secrets that a recording may still need. A change
// to one of them wakes the recording.
func NeededSecrets(recording *v1alpha1.CloudRecording) []string {
	names := HeldSecrets(recording)
	for _, name := range append(UpdateSecretNames(recording), StartSecretNames(recording)...) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// HeldSecrets returns the names of the Secrets that must not be deleted while a recording
// may still need them. Secrets with an address to push to are left out: the API server
// cannot find the recordings that name them.
func HeldSecrets(recording *v1alpha1.CloudRecording) []string {
	var names []string
	// This Secret also holds what signs the notifications that prove the upload.
	if name := recording.Spec.CredentialsSecretRef.Name; name != "" && (lifecycle.NeedsCredentials(recording) || !lifecycle.IsOver(recording.Status.Phase)) {
		names = append(names, name)
	}
	if name := lifecycle.StorageSecretName(recording).Name; name != "" && lifecycle.MayNeedVerification(recording) && !slices.Contains(names, name) {
		names = append(names, name)
	}
	if !lifecycle.StartsItself(recording) {
		return names
	}
	// A start whose answer was lost is repeated, and no start is made before its Secrets are
	// held.
	mayStart, mayTell := lifecycle.IsAboutToStart(recording) || lifecycle.MayHaveStarted(recording), lifecycle.MayUpdate(recording)
	for _, need := range (&Secrets{}).Needs(recording) {
		_, isForUpdate := SectionOf(need)
		isHeld := mayStart || (isForUpdate && mayTell)
		if isHeld && need.Key != v1alpha1.RTMPURLKey && !slices.Contains(names, need.Secret) {
			names = append(names, need.Secret)
		}
	}
	return names
}
