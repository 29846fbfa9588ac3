// SPDX-License-Identifier: Apache-2.0

package secrets

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/usererror"
	"cloudrecording.dev/operator/controllers/storage"
)

// StorageCredentials are what a Secret says about a bucket.
type StorageCredentials struct {
	storage.Credentials

	// Version stays the same as long as the credentials do. It does not reveal them.
	Version string
}

// NewStorageStore returns a store of the keys with which buckets are verified.
func NewStorageStore(metadata, secrets client.Reader) *Store[StorageCredentials] {
	return &Store[StorageCredentials]{
		metadata: metadata,
		secrets:  secrets,
		parse: func(_ context.Context, secret *corev1.Secret) (StorageCredentials, error) {
			return parseStorageCredentials(secret)
		},
		missing: func(name types.NamespacedName) usererror.Error {
			return usererror.Error(fmt.Sprintf("The bucket cannot be checked: Secret %q, which spec.storage names, does not exist in namespace %q. Create it with the keys %s and %s.",
				name.Name, name.Namespace, v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey))
		},
	}
}

func parseStorageCredentials(secret *corev1.Secret) (StorageCredentials, error) {
	values, missing := secretValues(secret, v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey)
	if len(missing) > 0 {
		return StorageCredentials{}, usererror.Error(fmt.Sprintf("The bucket cannot be checked: Secret %q lacks %s, or it is empty. Put a key that may list and read the bucket into its keys %s and %s.",
			secret.Name, strings.Join(missing, " and "), v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey))
	}
	token := strings.TrimSpace(string(secret.Data[v1alpha1.StsTokenKey]))
	return StorageCredentials{
		Credentials: storage.Credentials{AccessKey: values[0], SecretKey: values[1], StsToken: token},
		Version:     clientrequest.Digest(values[0], values[1], token),
	}, nil
}
