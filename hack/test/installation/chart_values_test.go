// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"slices"
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestChartValuesOfThePods checks the Deployment for values, and submits it to the API server.
func TestChartValuesOfThePods(t *testing.T) {
	t.Parallel()
	type pods = appsv1.DeploymentSpec
	digest := "sha256:0f063af2d465d8dcae54cce04278ada488b96f77b42449c8d071e47d016cc65a"
	manager := func(s pods) corev1.Container { return s.Template.Spec.Containers[0] }
	for name, c := range map[string]struct {
		values values
		seen   func(pods) any
		match  OmegaMatcher
	}{
		"a digest": {
			values{"image": values{"digest": digest, "tag": "v1"}},
			func(s pods) any { return manager(s).Image }, Equal("cloudrecording-operator@" + digest),
		},
		"pull": {
			values{"image": values{"pullPolicy": "Always"}, "imagePullSecrets": []any{values{"name": "registry"}}},
			func(s pods) any { return s.Template.Spec.ImagePullSecrets }, ConsistOf(corev1.LocalObjectReference{Name: "registry"}),
		},
		"replicas": {values{"replicas": 3}, func(s pods) any { return *s.Replicas }, BeEquivalentTo(3)},
		"flags": {
			values{"flags": values{"poll-interval": "1m", "requests-per-second": 25, "allow-unsafe-timings": true, "zap-log-level": "debug"}},
			func(s pods) any { return manager(s).Args },
			ContainElements("--poll-interval=1m", "--requests-per-second=25", "--allow-unsafe-timings=true", "--zap-log-level=debug"),
		},
		"several namespaces": {
			values{"watchNamespaces": []string{"a", "b"}},
			func(s pods) any { return manager(s).Args }, ContainElement("--watch-namespaces=a,b"),
		},
		"environment": {
			values{"env": []any{values{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}}},
			func(s pods) any { return manager(s).Env },
			And(HaveLen(2), ContainElement(corev1.EnvVar{Name: "HTTPS_PROXY", Value: "http://proxy:3128"})),
		},
		"resources": {
			values{"resources": values{"limits": values{"memory": "2Gi"}}},
			func(s pods) any { return manager(s).Resources.Limits }, Equal(corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("2Gi")}),
		},
		"another priority class": {
			values{"priorityClass": values{"create": false, "name": "system-cluster-critical"}},
			func(s pods) any { return s.Template.Spec.PriorityClassName }, Equal("system-cluster-critical"),
		},
		"no priority class": {
			values{"priorityClass": values{"create": false, "name": ""}},
			func(s pods) any { return s.Template.Spec.PriorityClassName }, BeEmpty(),
		},
		"nodes": {
			values{
				"nodeSelector": values{"pool": "system"}, "tolerations": []any{values{"key": "dedicated", "operator": "Exists"}},
				"affinity": values{"podAntiAffinity": values{}}, "topologySpreadConstraints": []any{},
			},
			func(s pods) any { return s.Template.Spec }, And(
				HaveField("NodeSelector", HaveKeyWithValue("pool", "system")), HaveField("Tolerations", HaveLen(1)),
				HaveField("Affinity.PodAntiAffinity", Not(BeNil())), HaveField("TopologySpreadConstraints", BeEmpty())),
		},
		"annotations and labels": {
			values{"podAnnotations": values{"note": "x"}, "labels": values{"team": "school"}},
			func(s pods) any { return s.Template.ObjectMeta }, And(
				HaveField("Annotations", And(HaveLen(2), HaveKeyWithValue("note", "x"))), HaveField("Labels", HaveKeyWithValue("team", "school"))),
		},
		"an annotation that is set": {
			values{"podAnnotations": values{"kubectl.kubernetes.io/default-container": "sidecar"}},
			func(s pods) any { return s.Template.Annotations }, HaveKeyWithValue("kubectl.kubernetes.io/default-container", "manager"),
		},
		"another service account": {
			values{"serviceAccount": values{"create": false, "name": "recorder"}},
			func(s pods) any { return s.Template.Spec.ServiceAccountName }, Equal("recorder"),
		},
		"a certificate from elsewhere": {
			values{"metricsCertificate": values{"enabled": true, "certManager": false}},
			func(s pods) any { return manager(s).VolumeMounts }, HaveLen(1),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			objects, _ := c.values.render(t, namespace)
			deployment := find[appsv1.Deployment](t, objects, "Deployment")[0]
			g.Expect(c.seen(deployment.Spec)).To(c.match)
			deployment.Name = "from-chart"
			g.Expect(installed.admin.Create(t.Context(), &deployment, client.DryRunAll)).To(Succeed())
		})
	}
}

// TestChartValuesOfTheRelease checks the other objects for values.
func TestChartValuesOfTheRelease(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		values values
		check  func(*testing.T, *WithT, []*unstructured.Unstructured)
	}{
		"labels of all objects": {values{"labels": values{"team": "school"}}, func(_ *testing.T, g *WithT, objects []*unstructured.Unstructured) {
			for _, object := range objects {
				g.Expect(object.GetLabels()).To(And(
					HaveKeyWithValue("team", "school"), HaveKeyWithValue("app.kubernetes.io/instance", release),
					HaveKeyWithValue("app.kubernetes.io/name", "cloudrecording-operator")), object.GetName())
			}
		}},
		"labels of all objects and of one kind": {
			values{
				"labels": values{"team": "school", "stage": "test"}, "alerts": values{"enabled": true, "labels": values{"team": "operations"}},
				"dashboard":      values{"enabled": true, "labels": values{"team": "operations"}},
				"serviceMonitor": values{"enabled": true, "labels": values{"team": "operations"}}, "metricsCertificate": values{"enabled": true},
			},
			func(_ *testing.T, g *WithT, objects []*unstructured.Unstructured) {
				own := 0
				for _, object := range objects {
					team := "school"
					if slices.Contains([]string{"PrometheusRule", "ServiceMonitor", "ConfigMap"}, object.GetKind()) {
						team = "operations"
						own++
					}
					g.Expect(object.GetLabels()).To(And(HaveKeyWithValue("team", team), HaveKeyWithValue("stage", "test")), object.GetName())
				}
				g.Expect(own).To(Equal(3))
			},
		},
		"definitions stay": {nil, func(t *testing.T, g *WithT, objects []*unstructured.Unstructured) {
			kept := 0
			for _, object := range objects {
				if object.GetKind() == "CustomResourceDefinition" {
					kept++
					g.Expect(object.GetAnnotations()).To(HaveKeyWithValue("helm.sh/resource-policy", "keep"))
				}
			}
			g.Expect(kept).To(Equal(len(render(t, configDir("crd")))))
		}},
		"what somebody else installs": {
			values{
				"crds": values{"enabled": false}, "policies": values{"enabled": false}, "networkPolicies": values{"enabled": false},
				"serviceAccount": values{"create": false}, "priorityClass": values{"create": false}, "removalCheck": values{"enabled": false},
			},
			func(_ *testing.T, g *WithT, objects []*unstructured.Unstructured) {
				g.Expect(kindsOf(objects)).NotTo(ContainElement(BeElementOf(
					"CustomResourceDefinition", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "NetworkPolicy", "ServiceAccount", "PriorityClass", "Job")))
			},
		},
		"rights of another service account": {
			values{"serviceAccount": values{"name": "recorder", "annotations": values{"note": "x"}}},
			func(t *testing.T, g *WithT, objects []*unstructured.Unstructured) {
				g.Expect(find[corev1.ServiceAccount](t, objects, "ServiceAccount")).To(ConsistOf(And(
					HaveField("Name", "recorder"), HaveField("Annotations", HaveKeyWithValue("note", "x")))))
				for _, binding := range find[rbacv1.ClusterRoleBinding](t, objects, "ClusterRoleBinding") {
					g.Expect(binding.Subjects).To(ConsistOf(rbacv1.Subject{Kind: "ServiceAccount", Name: "recorder", Namespace: namespace}))
				}
			},
		},
		"a priority class": {
			values{"priorityClass": values{"name": "recorder", "value": 7}},
			func(t *testing.T, g *WithT, objects []*unstructured.Unstructured) {
				g.Expect(find[schedulingv1.PriorityClass](t, objects, "PriorityClass")).To(ConsistOf(And(HaveField("Name", "recorder"), HaveField("Value", BeEquivalentTo(7)))))
			},
		},
		"more connections": {
			values{"networkPolicies": values{"extraEgress": []any{values{"ports": []any{values{"port": 3128}}}}, "extraIngress": []any{values{}}}},
			func(t *testing.T, g *WithT, objects []*unstructured.Unstructured) {
				policy := find[networkingv1.NetworkPolicy](t, objects, "NetworkPolicy")[0]
				g.Expect(policy.Spec.Egress).To(And(HaveLen(3), ContainElement(HaveField("Ports", ConsistOf(HaveField("Port.IntVal", BeEquivalentTo(3128)))))))
				g.Expect(policy.Spec.Ingress).To(HaveLen(2))
			},
		},
		"an Ingress": {
			values{"notifications": values{"enabled": true, "ingress": values{
				"enabled": true, "host": "agora.example.org", "className": "public", "annotations": values{"issuer": "x"},
			}}},
			func(t *testing.T, g *WithT, objects []*unstructured.Unstructured) {
				ingress := find[networkingv1.Ingress](t, objects, "Ingress")[0]
				g.Expect(ingress.Annotations).To(HaveKeyWithValue("issuer", "x"))
				g.Expect(ingress.Spec.IngressClassName).To(HaveValue(Equal("public")))
				g.Expect(ingress.Spec.Rules[0].Host).To(Equal("agora.example.org"))
				g.Expect(ingress.Spec.TLS).To(ConsistOf(networkingv1.IngressTLS{Hosts: []string{"agora.example.org"}, SecretName: "cloudrecording-notifications-tls"}))
			},
		},
		"an Ingress without TLS": {
			values{"notifications": values{"enabled": true, "ingress": values{"enabled": true, "host": "agora.example.org", "tlsSecretName": ""}}},
			func(t *testing.T, g *WithT, objects []*unstructured.Unstructured) {
				g.Expect(find[networkingv1.Ingress](t, objects, "Ingress")[0].Spec.TLS).To(BeEmpty())
			},
		},
		"a certificate from elsewhere": {
			values{"metricsCertificate": values{"enabled": true, "certManager": false}, "serviceMonitor": values{"enabled": true, "labels": values{"release": "prometheus"}}},
			func(_ *testing.T, g *WithT, objects []*unstructured.Unstructured) {
				g.Expect(kindsOf(objects)).To(And(ContainElement("ServiceMonitor"), Not(ContainElement("Certificate"))))
				for _, object := range objects {
					if object.GetKind() == "ServiceMonitor" {
						g.Expect(object.GetLabels()).To(HaveKeyWithValue("release", "prometheus"))
					}
				}
			},
		},
		"further objects": {
			values{"extraObjects": []any{values{"apiVersion": "v1", "kind": "ConfigMap", "metadata": values{"name": "{{ .Release.Name }}-extra"}}}},
			func(t *testing.T, g *WithT, objects []*unstructured.Unstructured) {
				g.Expect(find[corev1.ConfigMap](t, objects, "ConfigMap")).To(ContainElement(HaveField("Name", release+"-extra")))
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			objects, hooks := c.values.render(t, namespace)
			if c.values["removalCheck"] != nil {
				objects = append(objects, hooks...)
			}
			c.check(t, NewWithT(t), objects)
		})
	}
}

func kindsOf(objects []*unstructured.Unstructured) []string {
	var kinds []string
	for _, object := range objects {
		kinds = append(kinds, object.GetKind())
	}
	return kinds
}

// TestChartRefusesValues checks the errors for invalid values.
func TestChartRefusesValues(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		values values
		reason string
	}{
		"a misspelled value":       {values{"replica": 3}, "replica"},
		"a misspelled section":     {values{"images": values{"tag": "v1"}}, "images"},
		"a wrong type":             {values{"replicas": "three"}, "replicas"},
		"a flag that there is not": {values{"flags": values{"poll-intervall": "1m"}}, "poll-intervall"},
		"a flag of another value":  {values{"flags": values{"watch-namespaces": "a"}}, "watch-namespaces"},
		"no namespace":             {values{"watchNamespaces": []string{"A_b"}}, "watchNamespaces"},
		"a label that is set":      {values{"labels": values{"app.kubernetes.io/name": "x"}}, "app.kubernetes.io/name"},
		"no digest":                {values{"image": values{"digest": "v1"}}, "digest"},
		"a monitor that trusts nobody": {
			values{"serviceMonitor": values{"enabled": true}}, "serviceMonitor.enabled needs metricsCertificate.enabled",
		},
		"an Ingress without a host": {
			values{"notifications": values{"enabled": true, "ingress": values{"enabled": true}}}, "notifications.ingress.host is empty",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.values.template(t, namespace)
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(c.reason)))
		})
	}
}

// TestRemovalCheckIsRestricted checks that the API server accepts the pod of the hook under the
// same restrictions as the operator's pods.
func TestRemovalCheckIsRestricted(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	_, hooks := values{}.render(t, namespace)
	job := find[batchv1.Job](t, hooks, "Job")[0]
	account := find[corev1.ServiceAccount](t, hooks, "ServiceAccount")[0]
	g.Expect(installed.admin.Create(t.Context(), &account)).To(Succeed())
	pod := &corev1.Pod{Spec: job.Spec.Template.Spec}
	pod.Namespace, pod.Name = namespace, "removal-check"
	g.Expect(installed.admin.Create(t.Context(), pod, client.DryRunAll)).To(Succeed())
	g.Expect(installed.admin.Delete(t.Context(), &account)).To(Succeed())
}
