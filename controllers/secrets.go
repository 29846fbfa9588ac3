// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
)

// secretIndex finds the recordings that need a Secret, for whatever, in the cache.
const secretIndex = "secret"

// secretFields are the selectable fields in which the API server finds the
// recordings that name a Secret.
var secretFields = []string{
	"spec.credentialsSecretRef.name",
	"spec.storage.readCredentialsSecretRef.name",
	"spec.storage.credentialsSecretRef.name",
	"spec.start.tokenSecretRef.name",
	"spec.start.recordingConfig.decryptionSecretRef.name",
}

// heldIndex finds those that must keep a Secret.
const heldIndex = "held"

func indexBySecret(ctx context.Context, indexer client.FieldIndexer) error {
	return errors.Join(
		indexRecordings(ctx, indexer, secretIndex, neededSecrets),
		indexRecordings(ctx, indexer, heldIndex, heldSecrets),
	)
}

// neededSecrets returns the names of the Secrets that a recording may still need: a
// change of one of them wakes it.
func neededSecrets(recording *v1alpha1.CloudRecording) []string {
	names := heldSecrets(recording)
	for _, name := range append(updateSecretNames(recording), startSecretNames(recording)...) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// heldSecrets returns the names of the Secrets that must not go while a recording
// may still need them. Those with an address to push to are left out: the API server
// cannot find the recordings that name them.
func heldSecrets(recording *v1alpha1.CloudRecording) []string {
	var names []string
	// Notifications that prove the upload are signed with what it holds, too.
	if needsCredentials(recording) || !isOver(recording.Status.Phase) {
		names = append(names, recording.Spec.CredentialsSecretRef.Name)
	}
	if name := storageSecretName(recording).Name; name != "" && mayNeedLook(recording) && !slices.Contains(names, name) {
		names = append(names, name)
	}
	if !startsItself(recording) {
		return names
	}
	// A start whose answer was lost is repeated. None is made before its Secrets are held.
	mayStart, mayTell := isAboutToStart(recording) || mayHaveStarted(recording), mayUpdate(recording)
	for _, need := range (&startSecrets{}).needs(recording) {
		_, isForUpdate := partOf(need)
		isHeld := mayStart || (isForUpdate && mayTell)
		if isHeld && need.key != v1alpha1.RTMPURLKey && !slices.Contains(names, need.secret) {
			names = append(names, need.secret)
		}
	}
	return names
}

// recordingsInCache lists the recordings in the cache that an index has for a Secret.
func recordingsInCache(
	ctx context.Context, reader client.Reader, index string, secret client.ObjectKey, options ...client.ListOption,
) ([]v1alpha1.CloudRecording, error) {
	list := &v1alpha1.CloudRecordingList{}
	options = append(options, client.InNamespace(secret.Namespace), client.MatchingFields{index: secret.Name})
	if err := reader.List(ctx, list, options...); err != nil {
		return nil, fmt.Errorf("list the recordings that use Secret %s: %w", secret, err)
	}
	return list.Items, nil
}

// isNeeded asks the API server whether a recording may still need a Secret.
func isNeeded(ctx context.Context, reader client.Reader, secret client.ObjectKey) (bool, error) {
	for _, field := range secretFields {
		needed, err := isNeededBy(ctx, reader, secret, client.MatchingFields{field: secret.Name})
		if apierrors.IsBadRequest(err) {
			// The CRD is of an older version, in which the field cannot be selected.
			return isNeededBy(ctx, reader, secret, nil)
		}
		if needed || err != nil {
			return needed, err
		}
	}
	return false, nil
}

// listPage is how many recordings are read at once: any of them may be as large
// as the API server allows.
const listPage = 100

// isNeededBy asks the API server whether one of the recordings with a field, or of
// all if that is nil, may still need a Secret.
func isNeededBy(ctx context.Context, reader client.Reader, secret client.ObjectKey, field client.MatchingFields) (bool, error) {
	list := &v1alpha1.CloudRecordingList{}
	for {
		err := reader.List(ctx, list, client.InNamespace(secret.Namespace), field, client.Limit(listPage), client.Continue(list.Continue))
		if err != nil {
			return false, fmt.Errorf("list the recordings that use Secret %s: %w", secret, err)
		}
		for i := range list.Items {
			if slices.Contains(heldSecrets(&list.Items[i]), secret.Name) {
				return true, nil
			}
		}
		if list.Continue == "" {
			return false, nil
		}
	}
}

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
			r.storageCredentials.forget(client.ObjectKeyFromObject(e.Object))
			r.startSecrets.forget(client.ObjectKeyFromObject(e.Object))
			r.budgets.Withdraw(budget.Source(client.ObjectKeyFromObject(e.Object).String()))
			enqueueAll(ctx, e.Object, q)
		},
	}
}
