// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/definitions"
	"cloudrecording.dev/operator/controllers/lease"
	"cloudrecording.dev/operator/hack/kubectl-crec/checks"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

// Options say what to collect.
type Options struct {
	// AllNamespaces collects the recordings of all namespaces.
	AllNamespaces bool

	// OperatorNamespace is the operator's namespace. If it is empty, all namespaces are
	// searched.
	OperatorNamespace string

	// Version is the version of the plugin.
	Version string
}

// collector collects from a cluster.
type collector struct {
	*Bundle
	at        *cluster.Cluster
	clientset kubernetes.Interface
	options   Options
	operators []cluster.Operator
}

// Collect collects everything that can be read, and records what cannot be.
func Collect(ctx context.Context, at *cluster.Cluster, options Options) (*Bundle, error) {
	clientset, err := kubernetes.NewForConfig(at.Config)
	if err != nil {
		return nil, fmt.Errorf("reach the cluster: %w", err)
	}
	c := &collector{Bundle: newBundle(), at: at, clientset: clientset, options: options}
	if c.operators, err = at.Operators(ctx, options.OperatorNamespace); err != nil {
		c.lack("the operator", err)
	}
	// The values of Secrets must be known before anything else is added.
	c.collectSecrets(ctx)
	c.collectVersions()
	c.collectKinds(ctx)
	for _, namespace := range c.namespaces() {
		c.collect(ctx, fileAt("namespaces", namespace, "events.yaml"), corev1.SchemeGroupVersion.WithKind("Event"), client.InNamespace(namespace))
	}
	c.collectOperators(ctx)
	c.collectInstallation(ctx)
	return c.Bundle, nil
}

// fileAt returns a path in the archive. It skips empty parts, which stand for all
// namespaces.
func fileAt(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "/")
}

// recordingsIn returns the namespace of the recordings to collect. It is empty for all
// namespaces.
func (c *collector) recordingsIn() string {
	if c.options.AllNamespaces {
		return ""
	}
	return c.at.Namespace
}

// namespaces returns the namespaces of the recordings and of the operators.
func (c *collector) namespaces() []string {
	if c.options.AllNamespaces {
		return []string{""}
	}
	namespaces := map[string]bool{c.at.Namespace: true}
	for _, operator := range c.operators {
		namespaces[operator.Namespace] = true
	}
	return slices.Sorted(maps.Keys(namespaces))
}

// collectSecrets learns the values of Secrets, and adds the Secrets' names and keys.
func (c *collector) collectSecrets(ctx context.Context) {
	for _, namespace := range c.namespaces() {
		secrets := &corev1.SecretList{}
		if err := c.at.List(ctx, secrets, client.InNamespace(namespace)); err != nil {
			c.lack("Secrets, so that what they hold is taken out only where it looks secret", err)
			continue
		}
		var objects []map[string]any
		for i := range secrets.Items {
			secret := &secrets.Items[i]
			c.redactor.Learn(secret.Data)
			objects = append(objects, keysOf(secret))
		}
		if len(objects) > 0 {
			c.add(fileAt("namespaces", namespace, "secrets.yaml"), objects...)
		}
	}
}

// keysOf returns a Secret with its keys and without its values. Its labels and
// annotations are omitted because they may repeat a value.
func keysOf(secret *corev1.Secret) map[string]any {
	data := map[string]any{}
	for key := range secret.Data {
		data[key] = ""
	}
	return map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": string(secret.Type), "data": data,
		"metadata": map[string]any{"namespace": secret.Namespace, "name": secret.Name, "finalizers": finalizersOf(secret)},
	}
}

func finalizersOf(secret *corev1.Secret) []any {
	finalizers := []any{}
	for _, finalizer := range secret.Finalizers {
		finalizers = append(finalizers, finalizer)
	}
	return finalizers
}

func (c *collector) collectVersions() {
	text := "plugin: " + c.options.Version + "\n"
	server, err := c.clientset.Discovery().ServerVersion()
	if err != nil {
		c.lack("the version of the API server", err)
	} else {
		text += "API server: " + server.GitVersion + "\n"
	}
	for _, operator := range c.operators {
		for _, container := range operator.Spec.Template.Spec.Containers {
			text += "operator in " + operator.Namespace + ": " + container.Image + "\n"
		}
	}
	c.addText("versions.txt", []byte(text))
}

// collectKinds adds the objects of the operator's own kinds.
func (c *collector) collectKinds(ctx context.Context) {
	for _, kind := range slices.Sorted(maps.Keys(definitions.Kinds(c.at.Scheme()))) {
		plural, _ := meta.UnsafeGuessKindToResource(v1alpha1.GroupVersion.WithKind(kind))
		c.collect(ctx, fileAt("namespaces", c.recordingsIn(), plural.Resource+".yaml"), v1alpha1.GroupVersion.WithKind(kind), client.InNamespace(c.recordingsIn()))
	}
}

// collectInstallation adds what exists once per cluster.
func (c *collector) collectInstallation(ctx context.Context) {
	for _, kind := range slices.Sorted(maps.Keys(definitions.Kinds(c.at.Scheme()))) {
		c.collectDefinition(ctx, definitions.NameOf(kind))
	}
	admission := admissionregistrationv1.SchemeGroupVersion
	ofOperator := client.MatchingLabels{"app.kubernetes.io/name": lease.Operator}
	c.collect(ctx, "policies.yaml", admission.WithKind("ValidatingAdmissionPolicy"), ofOperator)
	c.collect(ctx, "policy-bindings.yaml", admission.WithKind("ValidatingAdmissionPolicyBinding"), ofOperator)
}

// collectDefinition adds the versions and the status of a CRD without its schema. The
// schema is long, and the check reports what is missing in it.
func (c *collector) collectDefinition(ctx context.Context, name string) {
	definition := &unstructured.Unstructured{}
	definition.SetGroupVersionKind(checks.DefinitionKind())
	if err := c.at.Get(ctx, client.ObjectKey{Name: name}, definition); err != nil {
		c.lack("the CustomResourceDefinition "+name, err)
		return
	}
	versions, _, _ := unstructured.NestedSlice(definition.Object, "spec", "versions")
	for _, version := range versions {
		if version, ok := version.(map[string]any); ok {
			delete(version, "schema")
		}
	}
	_ = unstructured.SetNestedSlice(definition.Object, versions, "spec", "versions") // it was read from there
	c.add(fileAt("definitions", name+".yaml"), definition.Object)
}

// add adds objects, or records that they could not be added.
func (c *collector) add(name string, objects ...map[string]any) {
	if err := c.addObjects(name, objects...); err != nil {
		c.lack(name, err)
	}
}

// collect adds the objects of a kind if there are any.
func (c *collector) collect(ctx context.Context, name string, kind schema.GroupVersionKind, options ...client.ListOption) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	if err := c.at.List(ctx, list, options...); err != nil {
		c.lack(name, err)
		return
	}
	var objects []map[string]any
	for i := range list.Items {
		objects = append(objects, list.Items[i].Object)
	}
	if len(objects) > 0 {
		c.add(name, objects...)
	}
}

// leasesKind is the kind of the leader election leases.
func leasesKind() schema.GroupVersionKind { return coordinationv1.SchemeGroupVersion.WithKind("Lease") }
