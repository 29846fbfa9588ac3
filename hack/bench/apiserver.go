// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// requestsMetric is the API server's own count of requests.
const requestsMetric = "apiserver_request_total{"

// served is what an API server has served so far, as lines of its metrics.
type served []string

// served returns what the API server has served so far.
func (l *laboratory) served(ctx context.Context) (served, error) {
	clientset, err := kubernetes.NewForConfig(l.plane.Config)
	if err != nil {
		return nil, fmt.Errorf("create a client: %w", err)
	}
	content, err := clientset.RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the metrics of the API server: %w", err)
	}
	var lines served
	for line := range strings.Lines(string(content)) {
		if strings.HasPrefix(line, requestsMetric) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines, nil
}

// count adds up the requests of a kind.
func (s served) count(verb, resource, subresource string) (int, error) {
	wanted := []string{
		fmt.Sprintf("verb=%q", verb), fmt.Sprintf(",resource=%q", resource), fmt.Sprintf("subresource=%q", subresource),
	}
	total := 0
	for _, line := range s {
		if !containsAll(line, wanted) {
			continue
		}
		value, err := strconv.ParseFloat(line[strings.LastIndex(line, " ")+1:], 64)
		if err != nil {
			return 0, fmt.Errorf("read the metrics of the API server: %w", err)
		}
		total += int(value)
	}
	return total, nil
}

// countBetween counts the requests of a kind between two times.
func countBetween(before, after served, verb, resource, subresource string) (int, error) {
	earlier, err := before.count(verb, resource, subresource)
	if err != nil {
		return 0, err
	}
	total, err := after.count(verb, resource, subresource)
	return total - earlier, err
}

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

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
