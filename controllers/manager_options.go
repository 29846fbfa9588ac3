// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// CacheOptions returns how the manager must cache objects: without what nobody
// reads. The annotations of a Secret may hold its content.
func CacheOptions() cache.Options {
	return cache.Options{DefaultTransform: dropUnread}
}

func dropUnread(object any) (any, error) {
	switch object := object.(type) {
	case *metav1.PartialObjectMetadata:
		object.Annotations = nil
		object.Labels = nil
		object.ManagedFields = nil
	case client.Object:
		object.SetManagedFields(nil)
	}
	return object, nil
}
