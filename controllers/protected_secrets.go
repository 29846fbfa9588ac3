// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/secrets"
)

// protectionRetry gives a finalizer that was just removed time to come back.
const protectionRetry = 100 * time.Millisecond

// findUnprotected returns a Secret of the start whose finalizer is missing or unreliable.
func (o *observer) findUnprotected(ctx context.Context, recording *v1alpha1.CloudRecording) (decision.UnprotectedSecret, error) {
	for _, name := range clientrequest.SecretsOfStart(recording) {
		metadata := secrets.Metadata()
		key := types.NamespacedName{Namespace: recording.Namespace, Name: name}
		err := o.client.Get(ctx, key, metadata)
		switch {
		case apierrors.IsNotFound(err):
			return decision.UnprotectedSecret{Name: name, IsGoing: true}, nil
		case err != nil:
			return decision.UnprotectedSecret{}, fmt.Errorf("read the metadata of Secret %q: %w", name, err)
		case !controllerutil.ContainsFinalizer(metadata, v1alpha1.InUseFinalizer):
			return decision.UnprotectedSecret{Name: name, IsGoing: !metadata.DeletionTimestamp.IsZero()}, nil
		case o.releases.Concerns(key, metadata.ResourceVersion):
			return decision.UnprotectedSecret{Name: name}, nil
		}
	}
	return decision.UnprotectedSecret{}, nil
}

// mayBegin reports, right before a start, whether its Secrets are still protected. A start that
// may have taken effect is repeated in any case, because that is the only way to learn its sid.
func (r *CloudRecordingReconciler) mayBegin(ctx context.Context, recording *v1alpha1.CloudRecording, d decision.Decision) (bool, error) {
	if !d.Memory.StartsKnown {
		return true, nil
	}
	unprotected, err := r.observer.findUnprotected(ctx, recording)
	return unprotected.Name == "", err
}
