// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// ofCondition matches the condition whose member a column shows.
var ofCondition = regexp.MustCompile(`^\.status\.conditions\[\?\(@\.type=="(\w+)"\)\]\.(\w+)$`)

// TestColumnsShowWhatThereIs checks that the columns of kubectl show existing fields, with
// their types.
func TestColumnsShowWhatThereIs(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	definition, err := readDefinition()
	g.Expect(err).NotTo(HaveOccurred())
	version := definition.Spec.Versions[0]
	g.Expect(version.AdditionalPrinterColumns).NotTo(BeEmpty())
	for _, column := range version.AdditionalPrinterColumns {
		path := strings.TrimPrefix(column.JSONPath, ".")
		if path == "metadata.creationTimestamp" {
			continue
		}
		if match := ofCondition.FindStringSubmatch(column.JSONPath); match != nil {
			g.Expect(v1alpha1.ConditionTypes()).To(ContainElement(match[1]), column.Name)
			path = "status.conditions[]." + match[2]
		}
		field, err := schemaAt(*version.Schema.OpenAPIV3Schema, path)
		g.Expect(err).NotTo(HaveOccurred(), column.Name)
		g.Expect(column.Type).To(Equal(typeOf(field)), column.Name)
	}
	for _, selectable := range version.SelectableFields {
		_, err := schemaAt(*version.Schema.OpenAPIV3Schema, strings.TrimPrefix(selectable.JSONPath, "."))
		g.Expect(err).NotTo(HaveOccurred())
	}
}

// typeOf returns the type of a field in the terms of a column.
func typeOf(field apiextensionsv1.JSONSchemaProps) string {
	if field.XIntOrString || slices.Contains([]string{"", "string"}, field.Type) {
		return "string"
	}
	return field.Type
}
