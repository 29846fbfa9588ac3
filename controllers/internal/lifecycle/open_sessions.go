// SPDX-License-Identifier: Apache-2.0

package lifecycle

import "cloudrecording.dev/operator/api/v1alpha1"

// OpenSessions counts the sessions of a recording that run or may run: each of them counts
// against what Agora allows for the App ID.
func OpenSessions(status *v1alpha1.CloudRecordingStatus) int {
	open := 0
	for _, session := range Sessions(status) {
		// Of one that is settled, the cache may keep nothing that says that it has ended.
		if !HasEnded(session) && !IsSettled(session) && (session.SID != "" || session.StartRequestedTime != nil) {
			open++
		}
	}
	return open
}
