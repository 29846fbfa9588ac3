// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications/unowned"
)

// Unowned are the recordings that an operator has heard of and that no object owns.
type Unowned struct {
	Recordings []unowned.Recording

	// Remark explains why recordings may be missing. It is empty if there is nothing to
	// explain.
	Remark string
}

// Unowned returns the recordings that the operator in a namespace tracks because no
// object owns them.
func (c *Cluster) Unowned(ctx context.Context, operatorNamespace string) (Unowned, error) {
	configMap := &corev1.ConfigMap{}
	err := c.Get(ctx, client.ObjectKey{Namespace: operatorNamespace, Name: v1alpha1.UnownedConfigMapName}, configMap)
	switch {
	case apierrors.IsNotFound(err):
		remark, err := c.whyNoneIsKept(ctx, operatorNamespace)
		return Unowned{Remark: remark}, err
	case apierrors.IsForbidden(err):
		return Unowned{}, fmt.Errorf("cannot read the ConfigMap %s in namespace %q: you may not. Ask for the Role cloudrecording-unowned-viewer-role there: %w",
			v1alpha1.UnownedConfigMapName, operatorNamespace, err)
	case err != nil:
		return Unowned{}, fmt.Errorf("cannot read the ConfigMap %s in namespace %q: %w", v1alpha1.UnownedConfigMapName, operatorNamespace, err)
	}
	recordings, unreadable := unowned.ReadAll(configMap)
	kept := Unowned{Recordings: recordings}
	if unreadable > 0 {
		kept.Remark = fmt.Sprintf("%d of the entries in the ConfigMap %s in namespace %q make no sense, and are left out.", unreadable, configMap.Name, operatorNamespace)
	}
	return kept, nil
}

// whyNoneIsKept explains why there is no ConfigMap. The operator creates it with the
// first unowned recording that it hears of.
func (c *Cluster) whyNoneIsKept(ctx context.Context, operatorNamespace string) (string, error) {
	err := c.Get(ctx, client.ObjectKey{Name: operatorNamespace}, &corev1.Namespace{})
	if apierrors.IsNotFound(err) {
		return "", fmt.Errorf("there is no namespace %q: name the operator's by --operator-namespace", operatorNamespace)
	}
	operators, err := c.Operators(ctx, operatorNamespace)
	switch {
	case apierrors.IsForbidden(err):
		return fmt.Sprintf("There is no ConfigMap %s in namespace %q. Its operator may have heard of no such recording, receive no notifications, or be in another namespace.",
			v1alpha1.UnownedConfigMapName, operatorNamespace), nil
	case err != nil:
		return "", err
	case len(operators) == 0:
		return "", fmt.Errorf("there is no Deployment of the operator in namespace %q: name its namespace by --operator-namespace", operatorNamespace)
	}
	for _, operator := range operators {
		if operator.Flag("notifications-bind-address") != "" {
			return "", nil
		}
	}
	return fmt.Sprintf("The operator in namespace %q receives no notifications, so it hears of no recording that it has not got: config/notifications installs it with a receiver.", operatorNamespace), nil
}
