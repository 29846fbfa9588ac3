// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/controllers/storage"
)

// lastRegion is higher than any of Agora's numbers for regions.
const lastRegion = 40

// definition is the path of the CRD.
const definition = "../../../config/crd/bases/cloudrecording.dev_cloudrecordings.yaml"

// rules are the rules of a part of the CRD.
type rules struct {
	schema    *schema.Structural
	validator *cel.Validator
}

// readRules returns the rules of the CRD, and those of spec.storage.
func readRules(g Gomega) (whole, part rules) {
	content, err := os.ReadFile(definition)
	g.Expect(err).NotTo(HaveOccurred())
	var read apiextensionsv1.CustomResourceDefinition
	g.Expect(yaml.UnmarshalStrict(content, &read)).To(Succeed())
	var internal apiextensions.JSONSchemaProps
	g.Expect(read.Spec.Versions).To(HaveLen(1))
	g.Expect(apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(read.Spec.Versions[0].Schema.OpenAPIV3Schema, &internal, nil)).To(Succeed())
	structural, err := schema.NewStructural(&internal)
	g.Expect(err).NotTo(HaveOccurred())
	spec := structural.Properties["spec"]
	storage, found := spec.Properties["storage"]
	g.Expect(found).To(BeTrue())
	return newRules(structural, true), newRules(&storage, false)
}

func newRules(part *schema.Structural, isRoot bool) rules {
	return rules{schema: part, validator: cel.NewValidator(part, isRoot, celconfig.PerCallLimit)}
}

// refusals returns the messages of the rules about regions that a value breaks.
func (r rules) refusals(value map[string]any) []string {
	found, _ := r.validator.Validate(context.Background(), nil, r.schema, value, nil, celconfig.RuntimeCELCostBudget)
	var refusals []string
	for _, refusal := range found {
		if strings.Contains(refusal.Detail, "spec.storage.region") || strings.Contains(refusal.Detail, "spec.start.region") {
			refusals = append(refusals, refusal.Detail)
		}
	}
	return refusals
}

// storedIn returns a spec.storage with a region.
func storedIn(vendor, region int32) map[string]any {
	return map[string]any{"vendor": int64(vendor), "region": int64(region), "bucket": "recordings"}
}

// TestRegionsAgree checks that the CRD accepts the regions that have hosts, and refuses a
// recording with a bucket in another geography.
func TestRegionsAgree(t *testing.T) {
	t.Parallel()
	whole, part := readRules(NewWithT(t))
	for _, vendor := range storage.Vendors() {
		regions := storage.Regions(vendor.Number)
		if len(regions) == 0 {
			// A vendor without regions has the number 0.
			regions = []storage.Region{{Name: vendor.Name, Geography: storage.Elsewhere}}
		}
		for number := range int32(lastRegion) {
			t.Run(fmt.Sprintf("%s, region %d", vendor.Name, number), func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				taken := part.refusals(storedIn(vendor.Number, number))
				if int(number) >= len(regions) || regions[number].Name == "" {
					g.Expect(taken).NotTo(BeEmpty(), "the CRD takes a region that there is not")
					return
				}
				region := regions[number]
				g.Expect(taken).To(BeEmpty(), "the CRD refuses the region %s", region.Name)
				for _, start := range []storage.Geography{storage.MainlandChina, storage.Asia, storage.Europe, storage.NorthAmerica} {
					refused := whole.refusals(map[string]any{"spec": map[string]any{
						"storage": storedIn(vendor.Number, number), "start": map[string]any{"region": string(start)},
					}})
					if region.Geography == storage.Elsewhere || region.Geography == start {
						g.Expect(refused).To(BeEmpty(), "the CRD keeps a recording in %s from the region %s", start, region.Name)
					} else {
						g.Expect(refused).To(ContainElement(ContainSubstring("set spec.start.region to "+string(region.Geography)+" ")), "for %s and the region %s", start, region.Name)
					}
				}
			})
		}
	}
}
