// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// IdentityOf returns what identifies the current recording to Agora.
func IdentityOf(recording *v1alpha1.CloudRecording) agora.Recording {
	identity := agora.Recording{
		AppID:      recording.Spec.AppID,
		CName:      recording.Spec.CName,
		UID:        recording.Spec.UID,
		Mode:       recording.Spec.Mode,
		ResourceID: recording.Spec.ResourceID,
		SID:        recording.Spec.SID,
	}
	if StartsItself(recording) {
		identity.UID = UIDOf(recording.Spec.UID, &recording.Status.SessionStatus)
		identity.ResourceID, identity.SID = recording.Status.ResourceID, recording.Status.SID
	}
	return identity
}
