// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"context"
	"fmt"
	"io"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

// longestLog limits the bytes that are collected of a log.
const longestLog = 16 << 20

// metricsPort is the name of the port with the operator's metrics.
const metricsPort = "metrics"

// collectOperators adds the operators with their logs and metrics.
func (c *collector) collectOperators(ctx context.Context) {
	for _, operator := range c.operators {
		folder := fileAt("operators", operator.Namespace, operator.Name)
		in, matching := client.InNamespace(operator.Namespace), client.MatchingLabels(cluster.OperatorLabels())
		c.collect(ctx, fileAt(folder, "deployments.yaml"), appsv1.SchemeGroupVersion.WithKind("Deployment"), in, matching)
		c.collect(ctx, fileAt(folder, "pods.yaml"), corev1.SchemeGroupVersion.WithKind("Pod"), in, matching)
		c.collect(ctx, fileAt(folder, "leases.yaml"), leasesKind(), client.InNamespace(operator.LeaseNamespace()))
		c.collectUnowned(ctx, folder, operator.Namespace)
		pods := &corev1.PodList{}
		if err := c.at.List(ctx, pods, in, matching); err != nil {
			c.lack("the pods of the operator in "+operator.Namespace, err)
		}
		for i := range pods.Items {
			c.collectPod(ctx, folder, &pods.Items[i])
		}
	}
}

// collectUnowned adds the recordings that no object owns. Their ConfigMap does not exist
// until the operator has heard of one.
func (c *collector) collectUnowned(ctx context.Context, folder, namespace string) {
	name := fileAt(folder, "unowned.yaml")
	configMap := &unstructured.Unstructured{}
	configMap.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	err := c.at.Get(ctx, client.ObjectKey{Namespace: namespace, Name: v1alpha1.UnownedConfigMapName}, configMap)
	switch {
	case apierrors.IsNotFound(err):
	case err != nil:
		c.lack(name, err)
	default:
		c.add(name, configMap.Object)
	}
}

func (c *collector) collectPod(ctx context.Context, folder string, pod *corev1.Pod) {
	for _, container := range pod.Spec.Containers {
		c.collectLog(ctx, fileAt(folder, pod.Name, container.Name+".log"), pod, container.Name, false)
		if hasRestarted(pod, container.Name) {
			c.collectLog(ctx, fileAt(folder, pod.Name, container.Name+".previous.log"), pod, container.Name, true)
		}
		for _, port := range container.Ports {
			if port.Name == metricsPort {
				c.collectMetrics(ctx, fileAt(folder, pod.Name, "metrics.txt"), pod, port.ContainerPort)
			}
		}
	}
}

func hasRestarted(pod *corev1.Pod, container string) bool {
	for _, status := range pod.Status.ContainerStatuses {
		if status.Name == container {
			return status.RestartCount > 0
		}
	}
	return false
}

func (c *collector) collectLog(ctx context.Context, name string, pod *corev1.Pod, container string, previous bool) {
	stream, err := c.clientset.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{
		Container: container, Previous: previous, LimitBytes: ptr.To(int64(longestLog)), Timestamps: true,
	}).Stream(ctx)
	if err != nil {
		c.lack(name, err)
		return
	}
	defer func() { _ = stream.Close() }()
	text, err := io.ReadAll(io.LimitReader(stream, longestLog))
	if err != nil {
		c.lack(name, fmt.Errorf("it may be cut: %w", err))
	}
	c.addText(name, text)
}

// collectMetrics reads a pod's metrics through the API server. The API server does not
// forward the user's identity, so protected metrics are refused.
func (c *collector) collectMetrics(ctx context.Context, name string, pod *corev1.Pod, port int32) {
	for _, scheme := range []string{"https", "http"} {
		text, err := c.clientset.CoreV1().RESTClient().Get().Namespace(pod.Namespace).Resource("pods").
			Name(fmt.Sprintf("%s:%s:%d", scheme, pod.Name, port)).SubResource("proxy").Suffix("metrics").DoRaw(ctx)
		if err == nil {
			c.addText(name, text)
			return
		}
		c.lack(name+" by "+scheme, err)
	}
}
