// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/utils/ptr"
)

// runJobs runs each Job once as its ServiceAccount.
func (c *cluster) runJobs(ctx context.Context) error {
	jobs := &batchv1.JobList{}
	if err := c.client.List(ctx, jobs); err != nil {
		return fmt.Errorf("list Jobs: %w", err)
	}
	for i := range jobs.Items {
		job := &jobs.Items[i]
		if c.ended[string(job.UID)] || job.DeletionTimestamp != nil {
			continue
		}
		if err := c.runJob(ctx, job); err != nil {
			return err
		}
		c.ended[string(job.UID)] = true
	}
	return nil
}

func (c *cluster) runJob(ctx context.Context, job *batchv1.Job) error {
	pod := job.Spec.Template.Spec
	kubeconfig, err := c.kubeconfig(ctx, job.Namespace, pod.ServiceAccountName)
	if err != nil {
		return err
	}
	binary, err := operatorPath()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, binary, append(slices.Clone(pod.Containers[0].Args), "--kubeconfig="+kubeconfig)...)
	command.Stdout, command.Stderr = c.logs, c.logs
	failure := command.Run()
	condition := func(kind batchv1.JobConditionType) batchv1.JobCondition {
		return batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()}
	}
	job.Status = batchv1.JobStatus{StartTime: ptr.To(metav1.Now()), UncountedTerminatedPods: &batchv1.UncountedTerminatedPods{}}
	if failure == nil {
		job.Status.CompletionTime = ptr.To(metav1.Now())
		job.Status.Conditions = []batchv1.JobCondition{condition(batchv1.JobSuccessCriteriaMet), condition(batchv1.JobComplete)}
	} else {
		job.Status.Conditions = []batchv1.JobCondition{condition(batchv1.JobFailureTarget), condition(batchv1.JobFailed)}
	}
	if err := c.client.Status().Update(ctx, job); err != nil {
		return fmt.Errorf("write the status of a Job: %w", err)
	}
	return nil
}

// endNamespaces deletes the content of namespaces that are being deleted, and finalizes them.
func (c *cluster) endNamespaces(ctx context.Context) error {
	namespaces := &corev1.NamespaceList{}
	if err := c.client.List(ctx, namespaces); err != nil {
		return fmt.Errorf("list namespaces: %w", err)
	}
	for i := range namespaces.Items {
		namespace := &namespaces.Items[i]
		if namespace.DeletionTimestamp == nil {
			continue
		}
		left, err := c.empty(ctx, namespace.Name)
		if err != nil {
			return err
		}
		if left {
			continue
		}
		namespace.Spec.Finalizers = nil
		if err := c.client.SubResource("finalize").Update(ctx, namespace); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("let a namespace go: %w", err)
		}
	}
	return nil
}

// empty deletes the content of a namespace, and reports whether something is left.
func (c *cluster) empty(ctx context.Context, namespace string) (left bool, err error) {
	kinds, err := discovery.NewDiscoveryClientForConfigOrDie(c.plane.Config).ServerPreferredNamespacedResources()
	if err != nil {
		return false, fmt.Errorf("ask for the kinds that there are: %w", err)
	}
	deletable := discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list", "deletecollection"}}, kinds)
	resources, err := discovery.GroupVersionResources(deletable)
	if err != nil {
		return false, fmt.Errorf("read the kinds that there are: %w", err)
	}
	objects := dynamic.NewForConfigOrDie(c.plane.Config)
	var failures []error
	for resource := range resources {
		there, err := c.emptyOf(ctx, objects, resource, namespace)
		left = left || there
		failures = append(failures, err)
	}
	return left, errors.Join(failures...)
}

func (c *cluster) emptyOf(ctx context.Context, objects *dynamic.DynamicClient, resource schema.GroupVersionResource, namespace string) (bool, error) {
	list, err := objects.Resource(resource).Namespace(namespace).List(ctx, metav1.ListOptions{})
	if err != nil || len(list.Items) == 0 {
		return false, err
	}
	err = objects.Resource(resource).Namespace(namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
	if err != nil {
		return true, fmt.Errorf("delete %s of a namespace: %w", resource.Resource, err)
	}
	return true, nil
}
