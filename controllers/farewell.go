// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/events"
	"cloudrecording.dev/operator/controllers/internal/decision"
)

// announceRelease sends a last event before an object goes. It says what becomes of the
// recording and names its files, since no status will hold them any more.
func (w *statusWriter) announceRelease(recording *v1alpha1.CloudRecording) {
	farewell := decision.FarewellOf(recording)
	w.recorder.Eventf(recording, nil, farewell.Kind, farewell.Reason, events.ActionDelete, "%s", events.Note(farewell.Text))
}
