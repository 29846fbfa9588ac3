// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	clientevents "k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/events"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/tasks"
	"cloudrecording.dev/operator/controllers/metrics"
)

// statusWriter writes statuses, and announces their news.
type statusWriter struct {
	client   client.Client
	recorder clientevents.EventRecorder
	metrics  *metrics.Metrics
	clock    clock.PassiveClock
}

// record writes the status in one request if it has changed, and then announces the news. The
// write fails if the object has changed in the meantime, so that a list which may only grow is
// never replaced by one that was derived from an older version.
func (w *statusWriter) record(
	ctx context.Context, recording *v1alpha1.CloudRecording, decided decision.Decision,
) error {
	status := decided.Status
	if equality.Semantic.DeepEqual(recording.Status, status) {
		logUnlisted(ctx, decided.Unlisted)
		return nil
	}
	before := recording.DeepCopy()
	recording.Status = status
	if orphans(before, decided) {
		// The object must go even if its status cannot be written. The log has everything.
		logUnlisted(ctx, decided.Unlisted)
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, decision.StatusWriteTimeout)
	defer cancel()
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := w.client.Status().Patch(ctx, recording, patch); err != nil {
		return fmt.Errorf("write the status: %w", err)
	}
	logUnlisted(ctx, decided.Unlisted)
	log.FromContext(ctx).Info("Recorded",
		"phase", status.Phase, "uploadingStatus", status.UploadingStatus, "files", status.FileCount, "ready", decision.ReadyReason(status))
	w.metrics.Recorded(before, status, w.clock.Now())
	w.announce(recording, before.Status, status)
	for _, a := range decided.Announcements {
		w.recorder.Eventf(recording, sessionReference(recording, a.SID), a.Kind, a.Reason, events.ActionReconcile, "%s", events.Note(a.Text))
	}
	return nil
}

// orphans reports whether the object goes at once and its recording is left as it is.
func orphans(recording *v1alpha1.CloudRecording, decided decision.Decision) bool {
	return decided.Action == decision.ActionRelease && recording.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan
}

// logUnlisted logs the names of files for which the status has no room.
func logUnlisted(ctx context.Context, names []string) {
	if len(names) > 0 {
		log.FromContext(ctx).Info("The status has no room for more files", "files", names)
	}
}

// retry reconciles again after a failed write. A conflict is not an error.
func (r *CloudRecordingReconciler) retry(
	ctx context.Context, name types.NamespacedName, known tracked, err error,
) (reconcile.Result, error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		// The process ends, and run writes what is left.
		return reconcile.Result{}, nil
	}
	if !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
		return reconcile.Result{}, err
	}
	log.FromContext(ctx).V(1).Info("Retrying after a conflict", "cause", err.Error())
	known.conflicts++
	r.tracker.set(name, known)
	return reconcile.Result{RequeueAfter: conflictRetry(known.conflicts)}, nil
}

// conflictRetry returns how long to wait for the cache to show somebody else's write.
func conflictRetry(conflicts int) time.Duration {
	return min(staleRetry<<min(conflicts-1, 8), tasks.LongestErrorRetry)
}
