// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// record writes the status if it changed, in one write, and then tells of it.
// The write fails if the object has changed meanwhile: a list that only ever
// grows must not be replaced by one that was made from an older one.
func (r *CloudRecordingReconciler) record(
	ctx context.Context, recording *v1alpha1.CloudRecording, decided decision,
) error {
	status := decided.status
	if equality.Semantic.DeepEqual(recording.Status, status) {
		logUnlisted(ctx, decided.unlisted)
		return nil
	}
	before := recording.DeepCopy()
	recording.Status = status
	if orphans(before, decided) {
		// It must go even if nothing can be written of it. The log keeps what is known.
		logUnlisted(ctx, decided.unlisted)
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, statusWriteTimeout)
	defer cancel()
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Status().Patch(ctx, recording, patch); err != nil {
		return fmt.Errorf("write the status: %w", err)
	}
	logUnlisted(ctx, decided.unlisted)
	log.FromContext(ctx).Info("Recorded",
		"phase", status.Phase, "uploadingStatus", status.UploadingStatus, "files", status.FileCount, "ready", readyReason(status))
	r.Metrics.recorded(before.Status, status)
	r.announce(recording, before.Status, status)
	for _, a := range decided.announcements {
		r.Recorder.Eventf(recording, nil, a.kind, a.reason, actionReconcile, "%s", note(a.text))
	}
	return nil
}

// orphans says whether the object goes at once and leaves its recording as it is.
func orphans(recording *v1alpha1.CloudRecording, decided decision) bool {
	return decided.action == actionRelease && recording.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan
}

// logUnlisted keeps the names of files for which a status has no room.
func logUnlisted(ctx context.Context, names []string) {
	if len(names) > 0 {
		log.FromContext(ctx).Info("The status has no room for more files", "files", names)
	}
}
