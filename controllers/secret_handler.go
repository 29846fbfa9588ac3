// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/indexes"
)

// secretHandler enqueues the recordings of a Secret that appears, changes or goes, so that a
// correction takes effect at once.
func (r *CloudRecordingReconciler) secretHandler() handler.EventHandler {
	enqueueAll := func(ctx context.Context, secret client.Object, q requests) (isNeeded bool) {
		recordings, err := indexes.RecordingsOf(ctx, r.Client, indexes.NeededSecret, client.ObjectKeyFromObject(secret))
		if err != nil {
			log.FromContext(ctx).Error(err, "Failed to list the recordings of a changed Secret")
			return true
		}
		for i := range recordings {
			enqueue(q, &recordings[i], queuePriority(&recordings[i]))
		}
		if !r.hasProfiles {
			return len(recordings) > 0
		}
		awaiting := awaitingSecret(ctx, r.Client, client.ObjectKeyFromObject(secret))
		for _, request := range awaiting {
			q.Add(request)
		}
		return len(recordings)+len(awaiting) > 0
	}
	withdrawLimits := func(secret client.Object) {
		source := budget.Source(client.ObjectKeyFromObject(secret).String())
		r.budgets.Withdraw(source)
		r.places.Withdraw(source)
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q requests) {
			// At the start, all recordings are listed anyway.
			if !e.IsInInitialList {
				enqueueAll(ctx, e.Object, q)
			}
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q requests) {
			if e.ObjectOld.GetResourceVersion() != e.ObjectNew.GetResourceVersion() {
				isNeeded := enqueueAll(ctx, e.ObjectNew, q)
				if !isNeeded && slices.Equal(e.ObjectOld.GetFinalizers(), e.ObjectNew.GetFinalizers()) {
					// Nobody reads the new limits, and the old ones may no longer hold.
					withdrawLimits(e.ObjectNew)
				}
			}
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q requests) {
			r.credentials.Forget(client.ObjectKeyFromObject(e.Object))
			r.storageCredentials.Forget(client.ObjectKeyFromObject(e.Object))
			r.startSecrets.Forget(client.ObjectKeyFromObject(e.Object))
			withdrawLimits(e.Object)
			enqueueAll(ctx, e.Object, q)
		},
	}
}
