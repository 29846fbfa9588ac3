// SPDX-License-Identifier: Apache-2.0

package secrets

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// NewUsefulStore returns a store that keeps, for each Secret, only whether it holds a pair
// of credentials or something with which a start may have to be repeated.
func NewUsefulStore(metadata, secrets client.Reader) *Store[bool] {
	return NewStore(metadata, secrets, func(_ context.Context, secret *corev1.Secret) (bool, error) {
		_, forAgora := secretValues(secret, v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey)
		_, forBucket := secretValues(secret, v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey)
		return len(forAgora) == 0 || len(forBucket) == 0 || valuesForStart(secret).opensChannel(), nil
	})
}
