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

func (a deleteNamespace) do(ctx context.Context, e *environment) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: a.name}}
	return e.persist(ctx, func(ctx context.Context) error {
		if err := client.IgnoreNotFound(e.Client.Delete(ctx, namespace)); err != nil {
			return err
		}
		for _, kind := range []client.Object{&corev1.Secret{}, &v1alpha1.CloudRecording{}, &corev1.ConfigMap{}} {
			if err := e.Client.DeleteAllOf(ctx, kind, client.InNamespace(a.name)); err != nil {
				return fmt.Errorf("delete what is in namespace %s: %w", a.name, err)
			}
		}
		return nil
	})
}

// awaitNamespace waits until nothing is left in a namespace that is being
// deleted, and lets it go.
func (e *environment) awaitNamespace(ctx context.Context, name string, limit time.Duration) error {
	var left []string
	var err error
	if !until(ctx, limit, userRetry, func() bool {
		left, err = e.leftIn(ctx, name)
		return err == nil && len(left) == 0
	}) {
		return errors.Join(fmt.Errorf("namespace %s still holds %s", name, strings.Join(left, ", ")), err)
	}
	return e.finalize(ctx, name)
}

// lookTimeout is how long a look into a namespace may take.
const lookTimeout = 10 * time.Second

// leftIn returns the names of what is in a namespace that was deleted.
func (e *environment) leftIn(ctx context.Context, namespace string) ([]string, error) {
	// The last look is not cut short, since it tells what is left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTimeout)
	defer cancel()
	var left []string
	for _, list := range []client.ObjectList{&corev1.SecretList{}, &v1alpha1.CloudRecordingList{}} {
		if err := e.Client.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
		if err := meta.EachListItem(list, func(item runtime.Object) error {
			named, err := meta.Accessor(item)
			if err == nil {
				left = append(left, named.GetName())
			}
			return err
		}); err != nil {
			return nil, err
		}
	}
	return left, nil
}

func (e *environment) finalize(ctx context.Context, name string) error {
	namespace := &corev1.Namespace{}
	if err := e.Client.Get(ctx, client.ObjectKey{Name: name}, namespace); err != nil {
		return client.IgnoreNotFound(err)
	}
	namespace.Spec.Finalizers = nil
	if err := e.Client.SubResource("finalize").Update(ctx, namespace); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("let namespace %s go: %w", name, err)
	}
	return nil
}
