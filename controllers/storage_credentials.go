// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/storage"
)

// storageCredentials are what a Secret says of a bucket.
type storageCredentials struct {
	storage.Credentials

	// version is the same as long as the credentials are. It does not reveal them.
	version string
}

func newStorageCredentialsStore(metadata, secrets client.Reader) *secretStore[storageCredentials] {
	return &secretStore[storageCredentials]{
		metadata: metadata,
		secrets:  secrets,
		parse: func(_ context.Context, secret *corev1.Secret) (storageCredentials, error) {
			return parseStorageCredentials(secret)
		},
		missing: func(name types.NamespacedName) secretError {
			return secretError(fmt.Sprintf("The bucket cannot be checked: Secret %q, which spec.storage names, does not exist in namespace %q. Create it with the keys %s and %s.",
				name.Name, name.Namespace, v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey))
		},
	}
}

func parseStorageCredentials(secret *corev1.Secret) (storageCredentials, error) {
	values, missing := secretValues(secret, v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey)
	if len(missing) > 0 {
		return storageCredentials{}, secretError(fmt.Sprintf("The bucket cannot be checked: Secret %q lacks %s, or it is empty. Put a key that may list and read the bucket into its keys %s and %s.",
			secret.Name, strings.Join(missing, " and "), v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey))
	}
	token := strings.TrimSpace(string(secret.Data[v1alpha1.StsTokenKey]))
	return storageCredentials{
		Credentials: storage.Credentials{AccessKey: values[0], SecretKey: values[1], StsToken: token},
		version:     digest(values[0], values[1], token),
	}, nil
}

// storageSecretName returns the name of the Secret with the key that the bucket
// is checked with; the name is empty if there is none.
func storageSecretName(recording *v1alpha1.CloudRecording) types.NamespacedName {
	name := types.NamespacedName{Namespace: recording.Namespace}
	spec := recording.Spec.Storage
	switch {
	case spec == nil:
	case spec.ReadCredentialsSecretRef != nil:
		name.Name = spec.ReadCredentialsSecretRef.Name
	case spec.CredentialsSecretRef != nil:
		name.Name = spec.CredentialsSecretRef.Name
	}
	return name
}
