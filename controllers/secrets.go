// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/shard"
)

// secretIndex finds the recordings that need a Secret, for whatever, in the cache.
const secretIndex = "secret"

// heldIndex finds those that must keep a Secret.
const heldIndex = "held"

func indexBySecret(ctx context.Context, indexer client.FieldIndexer) error {
	return errors.Join(
		shard.IndexRecordings(ctx, indexer, secretIndex, clientrequest.NeededSecrets),
		shard.IndexRecordings(ctx, indexer, heldIndex, clientrequest.HeldSecrets),
	)
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
	for _, field := range secretFields() {
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

// isNeededBy asks the API server whether one of the recordings with a field, or of
// all if that is nil, may still need a Secret.
func isNeededBy(ctx context.Context, reader client.Reader, secret client.ObjectKey, field client.MatchingFields) (bool, error) {
	list := &v1alpha1.CloudRecordingList{}
	for {
		err := reader.List(ctx, list, client.InNamespace(secret.Namespace), field, client.Limit(shard.ListPage), client.Continue(list.Continue))
		if err != nil {
			return false, fmt.Errorf("list the recordings that use Secret %s: %w", secret, err)
		}
		for i := range list.Items {
			if slices.Contains(clientrequest.HeldSecrets(&list.Items[i]), secret.Name) {
				return true, nil
			}
		}
		if list.Continue == "" {
			return false, nil
		}
	}
}
