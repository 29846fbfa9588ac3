// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// field returns the value at a path of an object.
func field(g *WithT, object *unstructured.Unstructured, path ...string) any {
	value, found, err := unstructured.NestedFieldNoCopy(object.Object, path...)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found).To(BeTrue(), "%v", path)
	return value
}

// TestPrometheusVerifiesMetrics checks the certificate from its issuer to the pod and to
// Prometheus, with names and namespaces that an overlay chooses.
func TestPrometheusVerifiesMetrics(t *testing.T) {
	const monitored = "resources: [../config/default, ../config/prometheus]\n"
	const certified = "components: [../config/certmanager]\n"
	for name, kustomization := range map[string]string{
		"as it is":              monitored + certified,
		"in another namespace":  monitored + certified + "namespace: elsewhere\n",
		"with another name":     monitored + certified + "namePrefix: team-\n",
		"with a receiver":       monitored + "components: [../config/notifications/component, ../config/certmanager]\n",
		"some namespaces alone": "resources: [../config/namespaced, ../config/prometheus]\n" + certified,
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			objects := map[string]*unstructured.Unstructured{}
			rendered := render(t, newOverlay(t, kustomization))
			for _, object := range rendered {
				objects[object.GetKind()] = object
			}
			issuer, certificate, monitor := objects["Issuer"], objects["Certificate"], objects["ServiceMonitor"]
			deployment := find[appsv1.Deployment](t, rendered, "Deployment")[0]
			for _, object := range []*unstructured.Unstructured{issuer, certificate, monitor} {
				g.Expect(object.GetNamespace()).To(Equal(deployment.Namespace))
			}
			g.Expect(field(g, certificate, "spec", "issuerRef", "name")).To(Equal(issuer.GetName()))
			secret := field(g, certificate, "spec", "secretName")

			pod := deployment.Spec.Template.Spec
			g.Expect(pod.Volumes).To(HaveLen(1))
			g.Expect(pod.Volumes[0].Secret.SecretName).To(Equal(secret))
			g.Expect(pod.Containers[0].VolumeMounts).To(ConsistOf(corev1.VolumeMount{
				Name: pod.Volumes[0].Name, MountPath: "/etc/cloudrecording/metrics-tls", ReadOnly: true,
			}))
			g.Expect(pod.Containers[0].Args).To(ContainElement("--metrics-cert-path=/etc/cloudrecording/metrics-tls"))

			endpoint, ok := field(g, monitor, "spec", "endpoints").([]any)[0].(map[string]any)
			g.Expect(ok).To(BeTrue())
			g.Expect(endpoint["tlsConfig"]).To(And(
				Not(HaveKey("insecureSkipVerify")),
				HaveKeyWithValue("serverName", BeElementOf(field(g, certificate, "spec", "dnsNames"))),
				HaveKeyWithValue("ca", HaveKeyWithValue("secret", And(HaveKeyWithValue("name", secret), HaveKeyWithValue("key", "ca.crt")))),
			))
			deployment.Namespace, deployment.Name = namespace, "with-certificate"
			g.Expect(installed.admin.Create(t.Context(), &deployment, client.DryRunAll)).To(Succeed())
		})
	}
}
