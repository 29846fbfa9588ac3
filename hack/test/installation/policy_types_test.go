// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"testing"

	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// TestPoliciesFitTheTypes runs the type checking of policies. In a cluster, the controller
// manager does that and writes its findings to the status of a policy.
func TestPoliciesFitTheTypes(t *testing.T) {
	g := NewWithT(t)
	discoverer, err := discovery.NewDiscoveryClientForConfig(installed.plane.Config)
	g.Expect(err).NotTo(HaveOccurred())
	httpClient, err := rest.HTTPClientFor(installed.plane.Config)
	g.Expect(err).NotTo(HaveOccurred())
	mapper, err := apiutil.NewDynamicRESTMapper(installed.plane.Config, httpClient)
	g.Expect(err).NotTo(HaveOccurred())
	checker := &validating.TypeChecker{
		SchemaResolver: &resolver.ClientDiscoveryResolver{Discovery: discoverer}, RestMapper: mapper,
	}
	policies := find[admissionv1.ValidatingAdmissionPolicy](t, render(t, configDir("default")), "ValidatingAdmissionPolicy")
	for i := range policies {
		g.Expect(checker.Check(&policies[i])).To(BeEmpty(), policies[i].Name)
	}

	wrong := policies[0].DeepCopy()
	wrong.Spec.Validations[0].Expression = "object.metadata.finalizers == 1"
	g.Expect(checker.Check(wrong)).NotTo(BeEmpty(), "it does check")
}

// TestBindingsDenyAndAudit checks that denials are also in the audit log.
func TestBindingsDenyAndAudit(t *testing.T) {
	g := NewWithT(t)
	objects := render(t, configDir("default"))
	bindings := find[admissionv1.ValidatingAdmissionPolicyBinding](t, objects, "ValidatingAdmissionPolicyBinding")
	g.Expect(bindings).To(HaveLen(len(find[admissionv1.ValidatingAdmissionPolicy](t, objects, "ValidatingAdmissionPolicy"))))
	for _, binding := range bindings {
		g.Expect(binding.Spec.ValidationActions).To(ConsistOf(admissionv1.Deny, admissionv1.Audit), binding.Name)
		g.Expect(binding.Spec.MatchResources).To(BeNil(), "it holds everywhere")
	}
}
