// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/decision"
)

// announceRelease says what becomes of a recording whose object is about to go, and
// names its files: no status will hold them any more.
func (w *statusWriter) announceRelease(recording *v1alpha1.CloudRecording) {
	farewell := decision.FarewellOf(recording)
	w.recorder.Eventf(recording, nil, farewell.Kind, farewell.Reason, actionDelete, "%s", note(farewell.Text))
}
