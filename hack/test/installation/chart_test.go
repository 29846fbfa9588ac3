// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestChartIsWhatKustomizeBuilds compares the chart, with several sets of values, with
// equivalent kustomizations.
func TestChartIsWhatKustomizeBuilds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kustomization string
		values        values
		namespace     string
	}{
		"as it is": {"resources: [../config/default]\n", nil, namespace},
		"in another namespace": {
			"resources: [../config/default]\nnamespace: elsewhere\ntransformers:\n- |\n" + clusterScope(t), nil, "elsewhere",
		},
		"with a receiver": {
			"resources: [../config/notifications]\n", values{"notifications": values{"enabled": true}}, namespace,
		},
		"for a namespace alone": {
			"resources: [../config/namespaced]\n", values{"watchNamespaces": []string{recordingsNamespace}}, namespace,
		},
		"with a certificate and Prometheus": {
			"resources: [../config/default, ../config/prometheus]\ncomponents: [../config/certmanager]\n",
			monitored(t), namespace,
		},
		"with all of that": {
			"resources: [../config/namespaced, ../config/prometheus]\ncomponents: [../config/notifications/component, ../config/certmanager]\n",
			merged(monitored(t), values{"notifications": values{"enabled": true}, "watchNamespaces": []string{recordingsNamespace}}), namespace,
		},
		"with another image": {
			"resources: [../config/default]\nimages: [{name: cloudrecording-operator, newName: registry.example.com/operator, newTag: v1}]\n",
			values{"image": values{"repository": "registry.example.com/operator", "tag": "v1"}}, namespace,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			objects, _ := c.values.render(t, c.namespace)
			fromChart := withoutRelease(objects)
			fromKustomize := withoutRelease(render(t, newOverlay(t, c.kustomization)))
			g.Expect(slices.Sorted(maps.Keys(fromChart))).To(Equal(slices.Sorted(maps.Keys(fromKustomize))))
			for identity, object := range fromKustomize {
				g.Expect(fromChart[identity]).To(Equal(object), identity)
			}
		})
	}
}

// clusterScope returns the transformer of config/default for use inline in an overlay.
func clusterScope(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(configDir("default"), "cluster_scope.yaml"))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return "  " + strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n  ") + "\n"
}

// monitored are the values for everything in config/prometheus.
func monitored(t *testing.T) values {
	t.Helper()
	v := values{"metricsCertificate": values{"enabled": true}, "serviceMonitor": values{"enabled": true}}
	for _, object := range render(t, configDir("prometheus")) {
		if object.GetKind() == "PrometheusRule" {
			v["alerts"] = values{"enabled": true}
		}
	}
	return v
}

func merged(a, b values) values {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// withoutRelease returns objects by identity, without the additions of a chart: the labels of a
// release, the annotation that keeps an object, and flags that are overridden. It omits the
// namespace, which Helm creates.
func withoutRelease(objects []*unstructured.Unstructured) map[string]any {
	found := map[string]any{}
	for _, object := range objects {
		if object.GetKind() == "Namespace" {
			continue
		}
		labels := object.GetLabels()
		for _, label := range []string{"app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "app.kubernetes.io/version", "helm.sh/chart"} {
			delete(labels, label)
		}
		object.SetLabels(labels)
		annotations := object.GetAnnotations()
		delete(annotations, "helm.sh/resource-policy")
		object.SetAnnotations(annotations)
		if object.GetKind() == "Deployment" {
			overrideFlags(object)
		}
		found[strings.Join([]string{object.GetKind(), object.GetNamespace(), object.GetName()}, "/")] = object.Object
	}
	return found
}

// overrideFlags converts the arguments to a map. If a flag is repeated, the last value counts.
func overrideFlags(deployment *unstructured.Unstructured) {
	containers, _, _ := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
	for _, container := range containers {
		manager, _ := container.(map[string]any)
		arguments, _, _ := unstructured.NestedStringSlice(manager, "args")
		flags := map[string]any{}
		for _, argument := range arguments {
			name, value, _ := strings.Cut(argument, "=")
			flags[name] = value
		}
		manager["args"] = flags
	}
	_ = unstructured.SetNestedSlice(deployment.Object, containers, "spec", "template", "spec", "containers")
}
