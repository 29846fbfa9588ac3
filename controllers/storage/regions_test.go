// SPDX-License-Identifier: Apache-2.0

package storage_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/storage"
)

// TestEveryRegionHasAHost fails for a new storage service without a host.
func TestEveryRegionHasAHost(t *testing.T) {
	t.Parallel()
	for _, vendor := range storage.Vendors() {
		t.Run(vendor.Name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			for number, region := range storage.Regions(vendor.Number) {
				if region.Name == "" {
					continue
				}
				location := storage.Location{Vendor: vendor.Number, Region: int32(number), Bucket: "recordings"}
				host, _, _ := strings.Cut(location.String(), "/")
				g.Expect(host).To(MatchRegexp(`[.-]` + region.Name + `[.]`))
			}
		})
	}
}
