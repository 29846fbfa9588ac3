// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// profileHandler enqueues the recordings for which a profile does not hold yet when it
// appears, changes or goes.
func (r *CloudRecordingReconciler) profileHandler() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, profile client.Object) []reconcile.Request {
		return r.awaiting(ctx, client.ObjectKeyFromObject(profile))
	})
}

// awaiting returns the recordings for which a profile does not hold yet.
func (r *CloudRecordingReconciler) awaiting(ctx context.Context, profile types.NamespacedName) []reconcile.Request {
	recordings, err := recordingsInCache(ctx, r.Client, awaitedIndex, profile)
	if err != nil {
		log.FromContext(ctx).Error(err, "A changed profile is noticed late")
		return nil
	}
	requests := make([]reconcile.Request, len(recordings))
	for i := range recordings {
		requests[i].NamespacedName = client.ObjectKeyFromObject(&recordings[i])
	}
	return requests
}

// awaitingSecret returns the recordings that await a profile which names a Secret.
func (r *CloudRecordingReconciler) awaitingSecret(ctx context.Context, secret types.NamespacedName) []reconcile.Request {
	named, err := profilesNaming(ctx, r.Client, secret)
	if err != nil {
		log.FromContext(ctx).Error(err, "A changed Secret is noticed late")
		return nil
	}
	var requests []reconcile.Request
	for i := range named {
		requests = append(requests, r.awaiting(ctx, client.ObjectKeyFromObject(&named[i]))...)
	}
	return requests
}
