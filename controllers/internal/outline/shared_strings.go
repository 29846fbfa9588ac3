// SPDX-License-Identifier: Apache-2.0

package outline

import (
	"unique"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// shareStrings lets recordings in the cache share the texts that most of them have in
// common. The decoder gives each recording a copy of its own.
func shareStrings(recording *v1alpha1.CloudRecording) {
	share(&recording.APIVersion)
	share(&recording.Kind)
	share(&recording.Namespace)
	for i := range recording.Finalizers {
		share(&recording.Finalizers[i])
	}
	spec, status := &recording.Spec, &recording.Status
	share(&spec.AppID)
	share(&spec.Mode)
	share(&spec.State)
	share(&spec.DeletionPolicy)
	share(&spec.CredentialsSecretRef.Name)
	share(&status.Phase)
	share(&status.UploadingStatus)
	share(&status.FileListMode)
	for i := range status.Conditions {
		condition := &status.Conditions[i]
		share(&condition.Type)
		share(&condition.Status)
		share(&condition.Reason)
		share(&condition.Message)
	}
	for i := range status.FileList {
		share(&status.FileList[i].TrackType)
	}
	// Both name the same recording.
	if status.ResourceID == spec.ResourceID {
		status.ResourceID = spec.ResourceID
	}
	if status.SID == spec.SID {
		status.SID = spec.SID
	}
}

func share[Text ~string](text *Text) {
	*text = Text(unique.Make(string(*text)).Value())
}
