// SPDX-License-Identifier: Apache-2.0

package lifecycle

import "cloudrecording.dev/operator/api/v1alpha1"

// OpenSessions counts the sessions of a recording that run or may run. Each of them counts
// against Agora's limit for the App ID.
func OpenSessions(status *v1alpha1.CloudRecordingStatus) int {
	open := 0
	for _, session := range Sessions(status) {
		// For a settled session, the cache may keep nothing that says that it has ended.
		if !HasEnded(session) && !IsSettled(session) && (session.SID != "" || session.StartRequestedTime != nil) {
			open++
		}
	}
	return open
}
