// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// store reads and deletes the ConfigMaps of the journal.
type store struct {
	client    client.Client
	reader    client.Reader
	namespace string
}

// fetch returns a ConfigMap of the journal, or nil if there is none.
func (s store) fetch(ctx context.Context, name string) (*corev1.ConfigMap, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	list := &corev1.ConfigMapList{}
	// Listing needs no permission that the cache does not need anyway.
	err := s.reader.List(ctx, list, client.InNamespace(s.namespace), client.MatchingFields{"metadata.name": name})
	if err != nil {
		return nil, fmt.Errorf("read accepted notifications: %w", err)
	}
	if len(list.Items) == 0 {
		return nil, nil
	}
	return &list.Items[0], nil
}

// delete deletes a ConfigMap if it still exists.
func (s store) delete(ctx context.Context, key batchKeyed) error {
	ctx, cancel := context.WithTimeout(ctx, deleteTimeout)
	defer cancel()
	configMap := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: key.name}}
	err := s.client.Delete(ctx, configMap, client.Preconditions{UID: &key.uid})
	if apierrors.IsConflict(err) {
		// Either there is another ConfigMap of that name, or the API server reported a
		// false conflict.
		if current, lookErr := s.fetch(ctx, key.name); lookErr == nil && (current == nil || current.UID != key.uid) {
			return nil
		}
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete recorded notifications: %w", err)
	}
	return nil
}
