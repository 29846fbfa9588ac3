// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// SecretName returns the name of the Secret with the recording's credentials.
func SecretName(recording *v1alpha1.CloudRecording) types.NamespacedName {
	return types.NamespacedName{
		Namespace: recording.Namespace,
		Name:      recording.Spec.CredentialsSecretRef.Name,
	}
}

// StorageSecretName returns the name of the Secret with the key for checking the bucket.
// Its Name is empty if there is none.
func StorageSecretName(recording *v1alpha1.CloudRecording) types.NamespacedName {
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
