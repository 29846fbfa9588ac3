// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// messageWindowPassed says why nothing is done for an object that was created too late.
const messageWindowPassed = "Nothing was started, since spec.window.end had passed before this object was created."

// scheduledMessage says when a recording begins.
func scheduledMessage(recording *v1alpha1.CloudRecording) string {
	return fmt.Sprintf("The recording begins at %s, by spec.window.start.", lifecycle.OpensAt(recording).UTC().Format(time.RFC3339))
}

// windowMissedMessage says that nothing was recorded, and how the last attempt to start the
// recording ended.
func windowMissedMessage(session *v1alpha1.SessionStatus) string {
	return "Nothing was recorded: the recording could not be started before spec.window was over" + lastAnswer(session) +
		". Create another CloudRecording, with a window that is still to come."
}
