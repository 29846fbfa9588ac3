// SPDX-License-Identifier: Apache-2.0

package lifecycle

import "cloudrecording.dev/operator/api/v1alpha1"

// StartingKey returns the key of a channel and a user ID in an index of recordings that are
// being started.
func StartingKey(cname, uid string) string { return uid + "/" + cname }

// StartingKeys returns the StartingKey of a recording whose start may be notified while its
// sid is unknown or in doubt.
func StartingKeys(recording *v1alpha1.CloudRecording) []string {
	if !MayHaveStarted(recording) && !HasSIDInDoubt(recording) {
		return nil
	}
	return []string{StartingKey(recording.Spec.CName, UIDOf(recording.Spec.UID, &recording.Status.SessionStatus))}
}

// BeginningKeys returns the channel of a recording that may begin another session.
func BeginningKeys(recording *v1alpha1.CloudRecording) []string {
	if !StartsItself(recording) || !NeedsCredentials(recording) {
		return nil
	}
	return []string{recording.Spec.CName}
}
