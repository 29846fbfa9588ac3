// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// completesEmpty is the same for what is known now.
func (d *decider) completesEmpty() bool {
	return !d.wantsStop() && !lifecycle.IsDeleting(d.recording) && lifecycle.CompletesEmpty(&d.recording.Spec, &d.recording.Status)
}

// concludeNothingInChannel notes that nothing was recorded in a channel that was empty:
// nobody named a file, and the bucket has held none for as long as files may take to
// arrive. No answer to a stop says so of a recorder that ended by itself.
func (d *decider) concludeNothingInChannel() {
	if !d.isStopped() || d.isUploaded() || len(d.recording.Status.FileList) > 0 || !lifecycle.WasChannelEmpty(&d.recording.Spec, &d.recording.Status) {
		return
	}
	verified := meta.FindStatusCondition(d.recording.Status.Conditions, v1alpha1.VerifiedCondition)
	if verified == nil || verified.Reason != v1alpha1.NoFilesFoundReason {
		return
	}
	if over := d.stoppedTime().Add(d.settings.UploadSettleTime); over.After(d.observed.Now) {
		d.requeueAt(over)
		return
	}
	d.setUploaded(v1alpha1.NoRecordedDataReason, messageNothingInChannel)
}
