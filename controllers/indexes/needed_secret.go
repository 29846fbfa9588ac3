// SPDX-License-Identifier: Apache-2.0

package indexes

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/fields"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/shard"
)

// IsSecretNeeded asks the API server whether a recording may still need a Secret. It reads all
// recordings that are not completed, because a recording's profile may name the Secret, which
// no selectable field shows.
func IsSecretNeeded(ctx context.Context, reader client.Reader, secret client.ObjectKey) (bool, error) {
	needed, err := isNeededBy(ctx, reader, secret, &client.ListOptions{FieldSelector: fields.ParseSelectorOrDie(lifecycle.NotCompleted)})
	if apierrors.IsBadRequest(err) {
		// In an older version of the CRD, the field cannot be selected.
		return isNeededBy(ctx, reader, secret, &client.ListOptions{})
	}
	return needed, err
}

// isNeededBy asks the API server whether any selected recording in the Secret's namespace may
// still need it.
func isNeededBy(ctx context.Context, reader client.Reader, secret client.ObjectKey, selected client.ListOption) (bool, error) {
	list := &v1alpha1.CloudRecordingList{}
	for {
		err := reader.List(ctx, list, selected, client.InNamespace(secret.Namespace), client.Limit(shard.ListPage), client.Continue(list.Continue))
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
