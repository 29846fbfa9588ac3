// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// deleteNamespace deletes a namespace with everything in it. No controller
// manager runs, so it does what that would do: it deletes the content, and lets
// the namespace go once nothing is left.
type deleteNamespace struct{ name string }

func (deleteNamespace) kind() string { return "namespace deleted" }

func (a deleteNamespace) do(ctx context.Context, s *stage) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: a.name}}
	return s.persist(ctx, func(ctx context.Context) error {
		if err := client.IgnoreNotFound(s.client.Delete(ctx, namespace)); err != nil {
			return err
		}
		for _, kind := range []client.Object{&corev1.Secret{}, &v1alpha1.CloudRecording{}, &corev1.ConfigMap{}} {
			if err := s.client.DeleteAllOf(ctx, kind, client.InNamespace(a.name)); err != nil {
				return fmt.Errorf("delete what is in namespace %s: %w", a.name, err)
			}
		}
		return nil
	})
}

// awaitNamespace waits until nothing is left in a namespace that is being
// deleted, and lets it go.
func (s *stage) awaitNamespace(ctx context.Context, name string, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		left, err := s.leftIn(ctx, name)
		if err == nil && len(left) == 0 {
			return s.finalize(ctx, name)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("namespace %s still holds %s: %w", name, strings.Join(left, ", "), errors.Join(ctx.Err(), err))
		}
		sleep(ctx, userRetry)
	}
}

// lookPatience is how long a look into a namespace may take.
const lookPatience = 10 * time.Second

// leftIn returns the names of what is in a namespace that was deleted.
func (s *stage) leftIn(ctx context.Context, namespace string) ([]string, error) {
	// The last look is not cut short, since it tells what is left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookPatience)
	defer cancel()
	var left []string
	for _, list := range []client.ObjectList{&corev1.SecretList{}, &v1alpha1.CloudRecordingList{}} {
		if err := s.client.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
		err := meta.EachListItem(list, func(item runtime.Object) error {
			named, err := meta.Accessor(item)
			if err == nil {
				left = append(left, named.GetName())
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return left, nil
}

func (s *stage) finalize(ctx context.Context, name string) error {
	namespace := &corev1.Namespace{}
	if err := s.client.Get(ctx, client.ObjectKey{Name: name}, namespace); err != nil {
		return client.IgnoreNotFound(err)
	}
	namespace.Spec.Finalizers = nil
	if err := s.client.SubResource("finalize").Update(ctx, namespace); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("let namespace %s go: %w", name, err)
	}
	return nil
}
