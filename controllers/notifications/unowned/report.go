// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// actionReport is the action of the events.
const actionReport = "Report"

// report sends the event of an unowned recording. The event regards the recording's own
// entry, because events about the same object with the same reason are merged.
func (t *Tracker) report(recording Recording) {
	entry := &corev1.ObjectReference{
		APIVersion: "v1", Kind: "ConfigMap", Namespace: t.options.Namespace, Name: v1alpha1.UnownedConfigMapName,
		FieldPath: fmt.Sprintf("data[%s]", t.store.prefix+recording.SID),
	}
	t.options.Recorder.Eventf(entry, nil, corev1.EventTypeWarning, v1alpha1.UnownedRecordingReason, actionReport, "%s", message(recording))
}

// message tells users what an unowned recording means, and what to do.
func message(recording Recording) string {
	return fmt.Sprintf("Agora notifies of a recording that no CloudRecording has: sid %s, channel %q, user ID %s."+
		" Its notifications are signed with a secret of the namespace %s. It goes on, and is billed."+
		" Stop it where it was started, or create a CloudRecording with its resourceId and sid, which can stop it.",
		recording.SID, recording.CName, recording.UID, recording.Namespace)
}
