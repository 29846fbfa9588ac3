// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// shortestBound is how long a text may be at the least that a rule looks at: the API
// server says of a longer one only that it is too long, and not what is wanted.
const shortestBound = 20

// TestEveryFormIsExplained states that whoever writes a field in a wrong form reads
// what form is wanted, rather than a regular expression.
func TestEveryFormIsExplained(t *testing.T) {
	g := NewWithT(t)
	root, err := readSchema()
	g.Expect(err).NotTo(HaveOccurred())
	rules := expectExplained(g, "", root)
	rules += expectExplained(g, "spec", root.Properties["spec"])
	g.Expect(rules).To(BeNumerically(">", 50), "the rules are where they are looked for")
}

// expectExplained looks at a field and all below it, and returns how many rules there
// are. What only the operator writes is left out.
func expectExplained(g Gomega, path string, field apiextensionsv1.JSONSchemaProps) (rules int) {
	g.Expect(field.Pattern).To(BeEmpty(), "%s has a pattern, which the API server shows as it is: use a rule with a message", path)
	for _, rule := range field.XValidations {
		rules++
		message := rule.Message + rule.MessageExpression
		g.Expect(message).NotTo(BeEmpty(), "%s has a rule without a message", path)
		// What it is about has to be found in a long manifest.
		g.Expect(message).To(MatchRegexp(`spec\.|serviceParam|rtmpUrlSecretRef|errorHandlePolicy|videoWidth|storage Secret`), path)
		if strings.Contains(rule.Rule, "self.matches(") && field.MaxLength != nil {
			g.Expect(*field.MaxLength).To(BeNumerically(">=", shortestBound), "%s is refused as too long before its rule is asked", path)
		}
	}
	if path == "" {
		return rules
	}
	for name, below := range field.Properties {
		rules += expectExplained(g, path+"."+name, below)
	}
	if field.Items != nil {
		rules += expectExplained(g, path+"[]", *field.Items.Schema)
	}
	return rules
}
