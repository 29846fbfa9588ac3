// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/controllers/budget"
)

// secretHandler enqueues the recordings of a Secret that appears, changes or
// goes, so that a mended one counts at once.
func (r *CloudRecordingReconciler) secretHandler() handler.EventHandler {
	enqueueAll := func(ctx context.Context, secret client.Object, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
		recordings, err := recordingsInCache(ctx, r.Client, secretIndex, client.ObjectKeyFromObject(secret))
		if err != nil {
			log.FromContext(ctx).Error(err, "A changed Secret is noticed late")
			return
		}
		for i := range recordings {
			enqueue(q, &recordings[i], queuePriority(&recordings[i]))
		}
		if !r.hasProfiles {
			return
		}
		for _, request := range awaitingSecret(ctx, r.Client, client.ObjectKeyFromObject(secret)) {
			q.Add(request)
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q requests) {
			// Recordings are listed themselves at the start.
			if !e.IsInInitialList {
				enqueueAll(ctx, e.Object, q)
			}
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q requests) {
			if e.ObjectOld.GetResourceVersion() != e.ObjectNew.GetResourceVersion() {
				enqueueAll(ctx, e.ObjectNew, q)
			}
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q requests) {
			r.credentials.Forget(client.ObjectKeyFromObject(e.Object))
			r.storageCredentials.Forget(client.ObjectKeyFromObject(e.Object))
			r.startSecrets.Forget(client.ObjectKeyFromObject(e.Object))
			source := budget.Source(client.ObjectKeyFromObject(e.Object).String())
			r.budgets.Withdraw(source)
			r.places.Withdraw(source)
			enqueueAll(ctx, e.Object, q)
		},
	}
}
