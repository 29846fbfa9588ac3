// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// profileResolvedMessage says which version of a profile is in effect.
func profileResolvedMessage(version v1alpha1.ProfileStatus) string {
	return fmt.Sprintf("The profile %q, generation %d, applies to this recording from now on: status.resolved shows its fields. Later changes to the profile do not affect the recording.",
		version.Name, version.Generation)
}

// profileMissingMessage says that the profile does not exist.
func profileMissingMessage(recording *v1alpha1.CloudRecording) string {
	return fmt.Sprintf("CloudRecordingProfile %q, which spec.profileRef names, does not exist in this namespace: create it, and the operator goes on at once.",
		recording.Spec.ProfileRef.Name)
}

// profileIncompleteMessage says what is wrong with the object and its profile together.
func profileIncompleteMessage(recording *v1alpha1.CloudRecording, detail string) string {
	return fmt.Sprintf("This object and its profile %q do not make a complete recording: %s. Correct one of them, and the operator goes on at once.",
		recording.Spec.ProfileRef.Name, detail)
}
