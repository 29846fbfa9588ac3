// SPDX-License-Identifier: Apache-2.0

package protection_test

import (
	"os"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// TestThePolicyLetsTheNeededSecretsBeKept has the policy on Secrets know the keys of each
// Secret that a recording holds.
func TestThePolicyLetsTheNeededSecretsBeKept(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	policy, err := os.ReadFile("../../config/policy/secrets_policy.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	recording, _ := recordingtest.NamingEverySecret()
	held := clientrequest.SecretsOfStart(recording)
	keys := []string{v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey}
	for _, need := range (&clientrequest.Secrets{}).Needs(recording) {
		if slices.Contains(held, need.Secret) && !need.Optional {
			keys = append(keys, need.Key)
		}
	}
	g.Expect(len(keys)).To(BeNumerically(">", 5))
	for _, key := range keys {
		g.Expect(string(policy)).To(ContainSubstring("'"+key+"'"), "config/policy/secrets_policy.yaml does not let the operator keep a Secret with the key %s", key)
	}
}
