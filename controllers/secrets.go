// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
)

// secretIndex finds the recordings that need a Secret in the cache. In the API
// server it is a selectable field, for all recordings that name the Secret.
const secretIndex = "spec.credentialsSecretRef.name"

func indexBySecret(ctx context.Context, indexer client.FieldIndexer) error {
	err := indexer.IndexField(ctx, &v1alpha1.CloudRecording{}, secretIndex, func(object client.Object) []string {
		recording, ok := object.(*v1alpha1.CloudRecording)
		if !ok || !needsCredentials(recording) {
			return nil
		}
		return []string{recording.Spec.CredentialsSecretRef.Name}
	})
	if err != nil {
		return fmt.Errorf("index recordings by their Secret: %w", err)
	}
	return nil
}

// recordingsOf lists the recordings that name a Secret and may still need it.
func recordingsOf(
	ctx context.Context, reader client.Reader, secret client.ObjectKey, options ...client.ListOption,
) ([]v1alpha1.CloudRecording, error) {
	list := &v1alpha1.CloudRecordingList{}
	options = append(options, client.InNamespace(secret.Namespace), client.MatchingFields{secretIndex: secret.Name})
	err := reader.List(ctx, list, options...)
	if err != nil {
		return nil, fmt.Errorf("list the recordings that use Secret %s: %w", secret, err)
	}
	var needing []v1alpha1.CloudRecording
	for _, recording := range list.Items {
		if needsCredentials(&recording) {
			needing = append(needing, recording)
		}
	}
	return needing, nil
}

// secretHandler enqueues the recordings of a Secret that appears, changes or
// goes, so that a mended one counts at once.
func (r *CloudRecordingReconciler) secretHandler() handler.EventHandler {
	enqueueAll := func(ctx context.Context, secret client.Object, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
		recordings, err := recordingsOf(ctx, r.Client, client.ObjectKeyFromObject(secret))
		if err != nil {
			log.FromContext(ctx).Error(err, "A changed Secret is noticed late")
			return
		}
		for i := range recordings {
			enqueue(q, &recordings[i], queuePriority(&recordings[i]))
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
			r.credentials.forget(client.ObjectKeyFromObject(e.Object))
			r.budgets.Withdraw(budget.Source(client.ObjectKeyFromObject(e.Object).String()))
			enqueueAll(ctx, e.Object, q)
		},
	}
}
