// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// TestNewsKnowsAllConditions makes sure that whoever adds a condition decides whether
// events announce it.
func TestNewsKnowsAllConditions(t *testing.T) {
	g := NewWithT(t)
	for _, conditionType := range v1alpha1.ConditionTypes() {
		g.Expect(news).To(HaveKey(conditionType))
	}
	g.Expect(news).To(HaveLen(len(v1alpha1.ConditionTypes())))
}
