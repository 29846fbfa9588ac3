// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"k8s.io/apimachinery/pkg/api/meta"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// completesEmpty is the same for what is known now.
func completesEmpty(recording *v1alpha1.CloudRecording) bool {
	return !lifecycle.WantsStop(recording) && !lifecycle.IsDeleting(recording) && lifecycle.CompletesEmpty(&recording.Spec, &recording.Status)
}

// concludeNothingInChannel notes that nothing was recorded in a channel that was empty:
// nobody named a file, and the bucket has held none for as long as files may take to
// arrive. No answer to a stop says so of a recorder that ended by itself.
func concludeNothingInChannel(recording *v1alpha1.CloudRecording, now time.Time, settings Settings, plan *Plan) {
	if !lifecycle.HasEnded(&recording.Status.SessionStatus) || lifecycle.HasUploaded(&recording.Status.SessionStatus) || len(recording.Status.FileList) > 0 || !lifecycle.WasChannelEmpty(&recording.Spec, &recording.Status) {
		return
	}
	verified := meta.FindStatusCondition(recording.Status.Conditions, v1alpha1.VerifiedCondition)
	if verified == nil || verified.Reason != v1alpha1.NoFilesFoundReason {
		return
	}
	if over := stoppedTime(&recording.Status.SessionStatus, now).Add(settings.UploadSettleTime); over.After(now) {
		plan.requeueAt(now, over)
		return
	}
	setUploaded(recording, now, v1alpha1.NoRecordedDataReason, messageNothingInChannel)
}
