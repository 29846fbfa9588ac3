// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/events"
)

// failedWrite is a reconcile whose status could not be written.
type failedWrite struct {
	step
	begun time.Time
	cause error
}

// actUnwritten continues after the status could not be written. Once writes have failed for
// a while, it carries out the decision anyway, unless the decision must be recorded first, and
// keeps the outcome in memory until it can be written.
func (r *CloudRecordingReconciler) actUnwritten(
	ctx context.Context, recording *v1alpha1.CloudRecording, failed failedWrite,
) (reconcile.Result, error) {
	name, known, observed := client.ObjectKeyFromObject(recording), failed.known, failed.observed
	if apierrors.IsConflict(failed.cause) || apierrors.IsNotFound(failed.cause) || errors.Is(ctx.Err(), context.Canceled) {
		return r.retry(ctx, name, known, failed.cause)
	}
	now := r.Clock.Now()
	known.unwritten = known.unwritten.Failed(failed.begun)
	again := reconcile.Result{RequeueAfter: known.unwritten.RetryAfter(now), Priority: ptr.To(queuePriority(recording))}
	log.FromContext(ctx).V(1).Info("The status cannot be written", "cause", failed.cause.Error(), "failures", known.unwritten.Failures)
	if !known.unwritten.IsOverdue(now) {
		r.tracker.set(name, known)
		return again, nil
	}
	if !known.unwritten.Reported {
		known.unwritten.Reported = true
		r.statuses.reportUnwritten(ctx, recording, failed.cause)
	}
	if observed.Answer != nil || observed.Verification != nil {
		known.unwritten = known.unwritten.With(observed)
	}
	r.tracker.set(name, known)
	r.settleTasks(recording.UID, observed)
	if failed.decided.Action.NeedsRecord() {
		return again, nil
	}
	return r.actThenKeep(ctx, recording, failed, again)
}

// actThenKeep carries out the decision, and remembers that it was begun.
func (r *CloudRecordingReconciler) actThenKeep(
	ctx context.Context, recording *v1alpha1.CloudRecording, failed failedWrite, again reconcile.Result,
) (reconcile.Result, error) {
	name, observed := client.ObjectKeyFromObject(recording), failed.observed
	recording.Status = failed.decided.Status
	result, err := r.act(ctx, recording, step{decided: failed.decided, keys: failed.keys})
	if err != nil {
		return again, fmt.Errorf("act without having written the status: %w", err)
	}
	wasIdle := observed.Answer == nil && observed.Verification == nil && observed.InFlight == nil && !observed.Verifying
	if known, ok := r.tracker.get(name); ok && wasIdle && (r.calls.Holds(recording.UID) || r.verifications.Holds(recording.UID)) {
		known.unwritten = known.unwritten.With(observed)
		r.tracker.set(name, known)
	}
	if result.RequeueAfter == 0 || again.RequeueAfter < result.RequeueAfter {
		return again, nil
	}
	return result, nil
}

// reportUnwritten logs and announces that a status cannot be written. It is called once for a
// series of failed attempts.
func (w *statusWriter) reportUnwritten(ctx context.Context, recording *v1alpha1.CloudRecording, cause error) {
	log.FromContext(ctx).Error(cause, "The status cannot be written. The recording is still stopped when that is wanted, "+
		"and what is learnt is kept in memory until it can be written")
	w.recorder.Eventf(recording, nil, corev1.EventTypeWarning, v1alpha1.StatusNotWrittenReason, events.ActionReconcile, "%s", events.Note(messageUnwritten(cause)))
}

// messageUnwritten says what to do about a status that cannot be written. It leaves out the
// API server's text, which may differ between attempts. The log has it.
func messageUnwritten(cause error) string {
	reason := ""
	if known := apierrors.ReasonForError(cause); known != "" {
		reason = fmt.Sprintf(" (%s)", known)
	}
	return "The API server has not taken the status of this object for 10 seconds" + reason + "." +
		" The recording is still stopped when that is wanted, and what is learnt of it is kept in the operator's memory until it can be written, but nothing is started." +
		" Check admission webhooks and policies, the size of the object, and that the CRD is not older than the operator."
}
