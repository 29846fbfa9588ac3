// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	definitionName = "cloudrecordings.cloudrecording.dev"

	// definitionSettles is how long the API server takes at the most until it
	// serves by a changed definition.
	definitionSettles = 5 * time.Second
)

// withoutChecks does something while the API server takes objects as they come,
// with their status and without looking into them: what is copied has passed
// before, and many are created several times as fast.
func (l *laboratory) withoutChecks(ctx context.Context, do func() error) (err error) {
	definition := &unstructured.Unstructured{}
	definition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	if err := l.client.Get(ctx, types.NamespacedName{Name: definitionName}, definition); err != nil {
		return fmt.Errorf("read the definition of recordings: %w", err)
	}
	original, _, err := unstructured.NestedSlice(definition.Object, "spec", "versions")
	if err != nil {
		return fmt.Errorf("read the definition of recordings: %w", err)
	}
	lenient := map[string]any{
		"name": v1alpha1.GroupVersion.Version, "served": true, "storage": true,
		"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
	}
	if err := l.redefine(ctx, definition, []any{lenient}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.redefine(ctx, definition, original)) }()
	return do()
}

func (l *laboratory) redefine(ctx context.Context, definition *unstructured.Unstructured, versions []any) error {
	if err := unstructured.SetNestedSlice(definition.Object, versions, "spec", "versions"); err != nil {
		return fmt.Errorf("change the definition of recordings: %w", err)
	}
	if err := l.client.Update(ctx, definition); err != nil {
		return fmt.Errorf("change the definition of recordings: %w", err)
	}
	return sleep(ctx, definitionSettles)
}
