// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/decision"
)

// act carries out the decision, and says when to reconcile again.
func (r *CloudRecordingReconciler) act(
	ctx context.Context, recording *v1alpha1.CloudRecording, s step,
) (reconcile.Result, error) {
	d := s.decided
	switch d.Action {
	case decision.ActionAddFinalizer:
		return reconcile.Result{}, r.addFinalizer(ctx, recording)
	case decision.ActionDelete:
		return reconcile.Result{}, r.delete(ctx, recording)
	case decision.ActionRelease:
		return reconcile.Result{}, r.release(ctx, recording)
	case decision.ActionStart:
		return r.start(ctx, recording, s)
	case decision.ActionUpdate, decision.ActionUpdateLayout:
		if current, err := r.isCurrent(ctx, recording); err != nil || !current {
			return reconcile.Result{RequeueAfter: currentRetry}, err
		}
		return r.caller.call(ctx, recording, s), nil
	case decision.ActionAcquire, decision.ActionQuery, decision.ActionStop:
		return r.caller.call(ctx, recording, s), nil
	case decision.ActionVerify:
		r.caller.verify(ctx, d.Target(recording), s.keys.storage)
		return r.caller.requeue(recording, d.RequeueAt), nil
	default:
		r.caller.giveUpTurn(recording, d, s.keys.agora)
		return r.caller.requeue(recording, d.RequeueAt), nil
	}
}

// start starts the recording. If its token is minted, it is minted now.
func (r *CloudRecordingReconciler) start(
	ctx context.Context, recording *v1alpha1.CloudRecording, s step,
) (result reconcile.Result, err error) {
	if current, err := r.isCurrent(ctx, recording); err != nil || !current {
		return reconcile.Result{RequeueAfter: currentRetry}, err
	}
	if protected, err := r.mayBegin(ctx, recording, s.decided); err != nil || !protected {
		return reconcile.Result{RequeueAfter: protectionRetry}, err
	}
	if s.keys.start, err = s.keys.start.withToken(recording); err != nil {
		return reconcile.Result{}, err
	}
	return r.caller.call(ctx, recording, s), nil
}

func (r *CloudRecordingReconciler) addFinalizer(ctx context.Context, recording *v1alpha1.CloudRecording) error {
	before := recording.DeepCopy()
	controllerutil.AddFinalizer(recording, v1alpha1.StopFinalizer)
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Patch(ctx, recording, patch); err != nil {
		return fmt.Errorf("add the finalizer: %w", err)
	}
	// Until the cache shows the finalizer, it must not be written again.
	name := client.ObjectKeyFromObject(recording)
	known, _ := r.tracker.get(name)
	known.written = recording.ResourceVersion
	r.tracker.set(name, known)
	return nil
}

// delete deletes the version of the object that the decision was based on. The finalizer
// keeps the object until everything known about it is logged and announced.
func (r *CloudRecordingReconciler) delete(ctx context.Context, recording *v1alpha1.CloudRecording) error {
	log.FromContext(ctx).Info("Deleting the object, because spec.ttlSecondsAfterFinished is over")
	only := client.Preconditions{UID: &recording.UID, ResourceVersion: &recording.ResourceVersion}
	if err := r.Client.Delete(ctx, recording, only); err != nil {
		return fmt.Errorf("delete the object: %w", err)
	}
	return nil
}

// release removes the finalizer of a deleted object. It logs and announces everything known
// about the recording, since the status is lost with the object.
func (r *CloudRecordingReconciler) release(ctx context.Context, recording *v1alpha1.CloudRecording) error {
	if len(r.Inbox.Pending(recording.UID)) > 0 {
		// They arrived after the observation, and cause another reconcile.
		return nil
	}
	log.FromContext(ctx).Info("Releasing the object", "status", recording.Status)
	before := recording.DeepCopy()
	controllerutil.RemoveFinalizer(recording, v1alpha1.StopFinalizer)
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Patch(ctx, recording, patch); err != nil {
		return fmt.Errorf("remove the finalizer: %w", err)
	}
	r.tracker.release(client.ObjectKeyFromObject(recording), recording.UID)
	r.statuses.announceRelease(before)
	return nil
}

// forget drops everything that is held in memory for an object that is gone.
func (r *CloudRecordingReconciler) forget(name types.NamespacedName) {
	known, ok := r.tracker.forget(name)
	if !ok {
		return
	}
	r.calls.Forget(known.uid)
	r.verifications.Forget(known.uid)
	r.budgets.Forget(known.account, budget.Owner(known.uid))
	r.places.Forget(budget.Owner(known.uid))
}
