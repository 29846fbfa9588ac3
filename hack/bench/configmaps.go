// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// createConfigMaps creates ConfigMaps with some content, one after another, and
// returns how long each took. They are deleted again.
func (s *school) createConfigMaps(ctx context.Context, count int, content string) ([]time.Duration, error) {
	times := make([]time.Duration, 0, count)
	for i := range count {
		configMap := &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: fmt.Sprintf("plain-%d", i)},
			Data:       map[string]string{"content": content},
		}
		began := time.Now()
		if err := s.client.Create(ctx, configMap); err != nil {
			return nil, fmt.Errorf("create a ConfigMap: %w", err)
		}
		times = append(times, time.Since(began))
	}
	if err := s.client.DeleteAllOf(ctx, &corev1.ConfigMap{}, client.InNamespace(s.namespace)); err != nil {
		return nil, fmt.Errorf("delete the ConfigMaps: %w", err)
	}
	return times, nil
}

// awaitNoConfigMaps waits until the operator has deleted the ConfigMaps with
// accepted notifications, and returns how many are left after a while.
func (s *school) awaitNoConfigMaps(ctx context.Context, patience time.Duration) (int, error) {
	for deadline := time.Now().Add(patience); ; {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMapList"))
		if err := s.client.List(ctx, list, client.InNamespace(s.namespace), client.HasLabels{v1alpha1.NotificationsLabel}); err != nil {
			return 0, fmt.Errorf("list the ConfigMaps with accepted notifications: %w", err)
		}
		if len(list.Items) == 0 || time.Now().After(deadline) {
			return len(list.Items), nil
		}
		if err := sleep(ctx, configMapsInterval); err != nil {
			return 0, err
		}
	}
}

const configMapsInterval = 200 * time.Millisecond
