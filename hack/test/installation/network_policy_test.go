// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"net"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// policiesFor returns the network policies that select the operator's pods.
func policiesFor(t *testing.T, objects []*unstructured.Unstructured) []networkingv1.NetworkPolicy {
	t.Helper()
	g := NewWithT(t)
	deployment := find[appsv1.Deployment](t, objects, "Deployment")[0]
	pods := labels.Set(deployment.Spec.Template.Labels)
	policies := find[networkingv1.NetworkPolicy](t, objects, "NetworkPolicy")
	for _, policy := range policies {
		g.Expect(policy.Namespace).To(Equal(deployment.Namespace))
		g.Expect(labels.SelectorFromSet(policy.Spec.PodSelector.MatchLabels).Matches(pods)).To(BeTrue(), policy.Name)
	}
	return policies
}

// sources returns the labels of the namespaces that may connect to a port.
func sources(policies []networkingv1.NetworkPolicy, port string) []map[string]string {
	var from []map[string]string
	for _, policy := range policies {
		for _, rule := range policy.Spec.Ingress {
			if !slices.ContainsFunc(rule.Ports, func(p networkingv1.NetworkPolicyPort) bool { return p.Port.String() == port }) {
				continue
			}
			for _, peer := range rule.From {
				from = append(from, peer.NamespaceSelector.MatchLabels)
			}
		}
	}
	return from
}

func TestNetworkPolicies(t *testing.T) {
	g := NewWithT(t)
	objects := render(t, configDir("default"))
	policies := policiesFor(t, objects)
	g.Expect(policies).To(HaveLen(1))
	g.Expect(policies[0].Spec.PolicyTypes).To(ConsistOf(networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress))
	g.Expect(sources(policies, "metrics")).To(ConsistOf(map[string]string{"cloudrecording.dev/may-scrape": "true"}))
	g.Expect(sources(policies, "probes")).To(BeEmpty(), "only the kubelet asks, which no policy keeps out")

	objects = render(t, configDir("notifications"))
	policies = policiesFor(t, objects)
	g.Expect(policies).To(HaveLen(2))
	g.Expect(sources(policies, "metrics")).To(HaveLen(1))
	g.Expect(sources(policies, "notifications")).To(ConsistOf(map[string]string{"cloudrecording.dev/may-notify": "true"}))
	ports := find[appsv1.Deployment](t, objects, "Deployment")[0].Spec.Template.Spec.Containers[0].Ports
	for _, policy := range policies {
		for _, rule := range policy.Spec.Ingress {
			g.Expect(rule.From).NotTo(BeEmpty(), "it lets nobody in whom it does not name")
			for _, port := range rule.Ports {
				g.Expect(ports).To(ContainElement(HaveField("Name", port.Port.String())))
			}
		}
	}
}

// TestNetworkPoliciesLetOutWhatTheFlagsName checks that the policies allow the port of each
// address that the operator must reach.
func TestNetworkPoliciesLetOutWhatTheFlagsName(t *testing.T) {
	g := NewWithT(t)
	objects := render(t, configDir("default"))
	out := map[corev1.Protocol][]string{}
	for _, rule := range policiesFor(t, objects)[0].Spec.Egress {
		g.Expect(rule.To).To(BeEmpty(), "they have names, not addresses")
		for _, port := range rule.Ports {
			out[*port.Protocol] = append(out[*port.Protocol], port.Port.String())
		}
	}
	wanted := []string{"443", "6443"} // the API server's ports
	for _, arg := range find[appsv1.Deployment](t, objects, "Deployment")[0].Spec.Template.Spec.Containers[0].Args {
		name, value, _ := strings.Cut(arg, "=")
		if name != "--agora-endpoints" && name != "--allowed-storage-endpoints" {
			continue
		}
		for address := range strings.SplitSeq(value, ",") {
			address = strings.TrimPrefix(address, "https://")
			g.Expect(address).NotTo(ContainSubstring("://"))
			if _, port, err := net.SplitHostPort(address); err == nil {
				wanted = append(wanted, port)
			}
		}
	}
	g.Expect(out[corev1.ProtocolTCP]).To(ConsistOf(append(wanted, "53")))
	g.Expect(out[corev1.ProtocolUDP]).To(ConsistOf("53"))
}
