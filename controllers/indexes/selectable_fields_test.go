// SPDX-License-Identifier: Apache-2.0

package indexes_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/config/crd"
	"cloudrecording.dev/operator/controllers/recipients"
	"cloudrecording.dev/operator/controllers/shard"
)

// TestTheDefinitionLetsFieldsBeSelected has the fields that recordings are selected by at
// the API server be selectable there. For one that is not, all recordings are read.
func TestTheDefinitionLetsFieldsBeSelected(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	definition := apiextensionsv1.CustomResourceDefinition{}
	g.Expect(yaml.UnmarshalStrict(crd.CloudRecordings, &definition)).To(Succeed())
	var selectable []string
	for _, field := range definition.Spec.Versions[0].SelectableFields {
		selectable = append(selectable, strings.TrimPrefix(field.JSONPath, "."))
	}
	g.Expect(selectable).To(ConsistOf(shard.Field, recipients.ChannelField, "status.phase"))
}
