// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/controllers/lease"
)

// OperatorLabels are the labels of the operator's Deployment and pods in config/.
func OperatorLabels() map[string]string {
	return map[string]string{"app.kubernetes.io/name": lease.Operator, "app.kubernetes.io/component": "controller-manager"}
}

// Operator is a Deployment of the operator.
type Operator struct{ *appsv1.Deployment }

// Operators returns the Deployments of the operator in a namespace. If the namespace is
// empty, it searches all namespaces.
func (c *Cluster) Operators(ctx context.Context, namespace string) ([]Operator, error) {
	list := &appsv1.DeploymentList{}
	err := c.List(ctx, list, client.InNamespace(namespace), client.MatchingLabels(OperatorLabels()))
	switch {
	case apierrors.IsForbidden(err) && namespace == "":
		return nil, fmt.Errorf("cannot look for the operator in all namespaces: you may not. Name its namespace by --operator-namespace: %w", err)
	case err != nil:
		return nil, fmt.Errorf("cannot look for the operator's Deployment: %w", err)
	}
	operators := make([]Operator, len(list.Items))
	for i := range list.Items {
		list.Items[i].SetGroupVersionKind(appsv1.SchemeGroupVersion.WithKind("Deployment"))
		operators[i] = Operator{&list.Items[i]}
	}
	return operators, nil
}

// Flag returns the value of a flag in the operator's command line, or nothing if the flag
// is not set. If the flag is repeated, the last value counts.
func (o Operator) Flag(name string) (value string) {
	for _, container := range o.Spec.Template.Spec.Containers {
		for _, argument := range append(container.Command, container.Args...) {
			if given, ok := strings.CutPrefix(strings.TrimLeft(argument, "-"), name+"="); ok {
				value = given
			}
		}
	}
	return value
}

// LeaseNamespace returns the namespace of the leader election lease.
func (o Operator) LeaseNamespace() string {
	if namespace := o.Flag("leader-election-namespace"); namespace != "" {
		return namespace
	}
	return o.Namespace
}

// User returns the operator's user name in the API server.
func (o Operator) User() string {
	name := o.Spec.Template.Spec.ServiceAccountName
	if name == "" {
		name = metav1.NamespaceDefault
	}
	return "system:serviceaccount:" + o.Namespace + ":" + name
}
