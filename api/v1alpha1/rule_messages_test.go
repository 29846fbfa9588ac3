// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// shortestBound is the smallest allowed maximum length of a text that a rule checks. If a text
// exceeds its maximum length, the API server only says that it is too long, and not what is
// wanted.
const shortestBound = 20

// TestEveryFormIsExplained checks that the error for a field in a wrong form describes the
// right form instead of a regular expression.
func TestEveryFormIsExplained(t *testing.T) {
	g := NewWithT(t)
	root, err := readSchema()
	g.Expect(err).NotTo(HaveOccurred())
	rules := expectExplained(g, "", root)
	rules += expectExplained(g, "spec", root.Properties["spec"])
	g.Expect(rules).To(BeNumerically(">", 50), "the rules are where they are looked for")
}

// expectExplained checks a field and everything below it, and returns the number of rules. It
// ignores fields that only the operator writes.
func expectExplained(g Gomega, path string, field apiextensionsv1.JSONSchemaProps) (rules int) {
	g.Expect(field.Pattern).To(BeEmpty(), "%s has a pattern, which the API server shows as it is: use a rule with a message", path)
	for _, rule := range field.XValidations {
		rules++
		message := rule.Message + rule.MessageExpression
		g.Expect(message).NotTo(BeEmpty(), "%s has a rule without a message", path)
		// The field must be easy to find in a long manifest.
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
