// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/indexes"
)

// messageNoProfiles says what it means that the definition of profiles is missing.
const messageNoProfiles = "The cluster has no CustomResourceDefinition of CloudRecordingProfiles: recordings that name one are not started." +
	" Apply the one that belongs to this version of the operator, and restart it."

// findProfiles checks whether the cluster knows profiles, and indexes them if it does. An operator
// that is newer than the definitions still looks after recordings.
func (r *CloudRecordingReconciler) findProfiles(ctx context.Context, mgr manager.Manager) error {
	kind := v1alpha1.GroupVersion.WithKind("CloudRecordingProfile")
	_, err := mgr.GetRESTMapper().RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		mgr.GetLogger().Error(nil, messageNoProfiles)
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for the definition of profiles: %w", err)
	}
	r.hasProfiles = true
	return indexes.AddForProfiles(ctx, mgr.GetFieldIndexer())
}

// profileHandler enqueues the recordings that wait for a profile when it appears, changes or
// goes.
func (r *CloudRecordingReconciler) profileHandler() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, profile client.Object) []reconcile.Request {
		return awaiting(ctx, r.Client, client.ObjectKeyFromObject(profile))
	})
}

// awaiting returns the recordings that wait for a profile to take effect.
func awaiting(ctx context.Context, reader client.Reader, profile types.NamespacedName) []reconcile.Request {
	recordings, err := indexes.RecordingsOf(ctx, reader, indexes.AwaitedProfile, profile, client.UnsafeDisableDeepCopy)
	if err != nil {
		log.FromContext(ctx).Error(err, "Failed to list the recordings of a changed profile")
		return nil
	}
	requests := make([]reconcile.Request, len(recordings))
	for i := range recordings {
		requests[i].NamespacedName = client.ObjectKeyFromObject(&recordings[i])
	}
	return requests
}

// awaitingSecret returns the recordings that wait for a profile which names a Secret.
func awaitingSecret(ctx context.Context, reader client.Reader, secret types.NamespacedName) []reconcile.Request {
	named, err := indexes.ProfilesNaming(ctx, reader, secret)
	if err != nil {
		log.FromContext(ctx).Error(err, "Failed to list the profiles that name a changed Secret")
		return nil
	}
	var requests []reconcile.Request
	for i := range named {
		requests = append(requests, awaiting(ctx, reader, client.ObjectKeyFromObject(&named[i]))...)
	}
	return requests
}
