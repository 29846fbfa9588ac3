// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"context"
	"fmt"
	"os"
	"slices"
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

// Agora's numbers for the storage services that have regions.
const (
	amazon  = 1
	alibaba = 2
	tencent = 3
	huawei  = 7
	baidu   = 8
)

// lastRegion is above all of Agora's numbers for regions.
const lastRegion = 40

// definition is the CRD as it is installed.
const definition = "../../../config/crd/bases/cloudrecording.dev_cloudrecordings.yaml"

// geographies are the parts of the world in which Agora keeps a recording by
// spec.start.region, with the services' own names of the regions in them. A region
// in none of them goes with all.
func geographies() map[string]map[int32]string {
	return map[string]map[int32]string{
		"CN": {
			amazon: "cn-north-1 cn-northwest-1",
			alibaba: "cn-hangzhou cn-shanghai cn-qingdao cn-beijing cn-zhangjiakou cn-huhehaote cn-shenzhen" +
				" cn-heyuan cn-guangzhou cn-chengdu cn-nanjing cn-fuzhou cn-wulanchabu",
			tencent: "ap-beijing-1 ap-beijing ap-shanghai ap-guangzhou ap-chengdu ap-chongqing ap-shenzhen-fsi ap-shanghai-fsi ap-beijing-fsi",
			huawei:  "cn-north-1 cn-north-4 cn-east-2 cn-east-3 cn-south-1 cn-southwest-2",
			baidu:   "bj bd su gz fwh fsh",
		},
		"AP": {
			amazon: "ap-southeast-1 ap-northeast-1 ap-northeast-2 ap-south-1 ap-east-1 ap-northeast-3 ap-southeast-3",
			alibaba: "cn-hongkong ap-southeast-1 ap-southeast-3 ap-southeast-5 ap-southeast-6 ap-southeast-7" +
				" ap-northeast-1 ap-northeast-2 ap-south-1",
			tencent: "ap-hongkong ap-singapore ap-mumbai ap-seoul ap-bangkok ap-tokyo",
			huawei:  "ap-southeast-1 ap-southeast-2 ap-southeast-3",
			baidu:   "hkg sin",
		},
		"EU": {
			amazon:  "eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-north-1 eu-south-1",
			alibaba: "eu-central-1 eu-west-1",
			tencent: "eu-frankfurt",
		},
		"NA": {
			amazon:  "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1",
			alibaba: "us-west-1 us-east-1",
			tencent: "na-siliconvalley na-ashburn na-toronto",
		},
		"": {
			amazon:  "ap-southeast-2 sa-east-1 us-gov-west-1 us-gov-east-1 af-south-1 me-south-1 il-central-1",
			alibaba: "ap-southeast-2 me-east-1",
			tencent: "eu-moscow",
			huawei:  "af-south-1 sa-argentina-1 sa-peru-1 na-mexico-1 sa-brazil-1 la-south-2 sa-chile-1",
		},
	}
}

// codeOf returns the service's own name of a region, as it stands in the host that is
// asked for files.
func codeOf(vendor, region int32) (string, bool) {
	host, _, _ := strings.Cut(storage.Location{Vendor: vendor, Region: region, Bucket: "recordings"}.String(), "/")
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if slices.Contains([]string{"s3", "cos", "obs"}, label) && i+1 < len(labels) {
			return strings.TrimPrefix(labels[i+1], "oss-"), true
		}
	}
	return "", false
}

// geographyOf returns where a region lies.
func geographyOf(vendor int32, code string) (string, bool) {
	for geography, vendors := range geographies() {
		if slices.Contains(strings.Fields(vendors[vendor]), code) {
			return geography, true
		}
	}
	return "", false
}

// rules are those of a part of the CRD.
type rules struct {
	schema    *schema.Structural
	validator *cel.Validator
}

// readRules returns the rules of the CRD, and those of spec.storage alone.
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

// refusals returns what the rules about regions say against a value.
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

// storedIn returns a spec.storage with the region.
func storedIn(vendor, region int32) map[string]any {
	return map[string]any{"vendor": int64(vendor), "region": int64(region), "bucket": "recordings"}
}

// TestRegionsAgree ties the places where regions stand together: the hosts that are
// asked for files, what the CRD takes, and where the CRD says that they lie.
func TestRegionsAgree(t *testing.T) {
	t.Parallel()
	whole, part := readRules(NewWithT(t))
	for _, vendor := range []int32{amazon, alibaba, tencent, huawei, baidu} {
		for region := range int32(lastRegion) {
			t.Run(fmt.Sprintf("vendor %d, region %d", vendor, region), func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				code, known := codeOf(vendor, region)
				taken := part.refusals(storedIn(vendor, region))
				if !known {
					g.Expect(taken).NotTo(BeEmpty(), "the CRD takes a region that has no host")
					return
				}
				g.Expect(taken).To(BeEmpty(), "the CRD refuses the region %s, which has a host", code)
				geography, placed := geographyOf(vendor, code)
				g.Expect(placed).To(BeTrue(), "where %s lies is not known", code)
				for _, start := range []string{"CN", "AP", "EU", "NA"} {
					refused := whole.refusals(map[string]any{"spec": map[string]any{
						"storage": storedIn(vendor, region), "start": map[string]any{"region": start},
					}})
					if geography == "" || geography == start {
						g.Expect(refused).To(BeEmpty(), "the CRD keeps a recording in %s from the region %s", start, code)
					} else {
						g.Expect(refused).To(ContainElement(ContainSubstring("set spec.start.region to "+geography+" ")), "for %s and the region %s", start, code)
					}
				}
			})
		}
	}
}

// TestGeographiesNameRegions states that no region is listed which Agora does not have.
func TestGeographiesNameRegions(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	for _, vendors := range geographies() {
		for vendor, names := range vendors {
			var codes []string
			for region := range int32(lastRegion) {
				code, _ := codeOf(vendor, region)
				codes = append(codes, code)
			}
			for _, code := range strings.Fields(names) {
				g.Expect(codes).To(ContainElement(code))
			}
		}
	}
}
