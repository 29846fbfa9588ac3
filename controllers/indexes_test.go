// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"os"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/config/crd"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/recipients"
	"cloudrecording.dev/operator/controllers/shard"
)

// TestTheDefinitionLetsFieldsBeSelected has the fields that recordings are selected by at
// the API server be selectable there. For one that is not, all recordings are read.
func TestTheDefinitionLetsFieldsBeSelected(t *testing.T) {
	g := NewWithT(t)
	definition := apiextensionsv1.CustomResourceDefinition{}
	g.Expect(yaml.UnmarshalStrict(crd.CloudRecordings, &definition)).To(Succeed())
	var selectable []string
	for _, field := range definition.Spec.Versions[0].SelectableFields {
		selectable = append(selectable, strings.TrimPrefix(field.JSONPath, "."))
	}
	g.Expect(selectable).To(ConsistOf(shard.Field, recipients.ChannelField, "status.phase"))
}

// TestThePolicyLetsTheNeededSecretsBeKept has the policy on Secrets know the keys of each
// Secret that a recording holds.
func TestThePolicyLetsTheNeededSecretsBeKept(t *testing.T) {
	g := NewWithT(t)
	policy, err := os.ReadFile("../config/policy/secrets_policy.yaml")
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
