// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
)

func storedIn(region string, vendor, number int32) *v1alpha1.CloudRecording {
	return specToStart(func(s *v1alpha1.CloudRecordingSpec) {
		s.Start.Region, s.Storage.Vendor, s.Storage.Region = region, vendor, number
	})
}

func TestBucketLiesInTheRegionOfTheRecording(t *testing.T) {
	for _, test := range []struct {
		vendor, number int32
		lies           string
	}{
		{1, 0, "NA"}, {1, 7, "EU"}, {1, 10, "AP"}, {1, 15, "CN"}, {1, 19, "AP"},
		{2, 0, "CN"}, {2, 7, "AP"}, {2, 8, "NA"}, {2, 16, "EU"},
		{3, 1, "CN"}, {3, 9, "AP"}, {3, 16, "NA"}, {3, 18, "EU"},
		{7, 0, "CN"}, {7, 6, "AP"}, {8, 1, "CN"}, {8, 5, "AP"},
	} {
		for _, region := range []string{"", "CN", "AP", "EU", "NA"} {
			t.Run(fmt.Sprintf("%d of vendor %d within %q", test.number, test.vendor, region), func(t *testing.T) {
				g := NewWithT(t)
				_, err := acquireRequest(storedIn(region, test.vendor, test.number))
				if region == "" || region == test.lies {
					g.Expect(err).NotTo(HaveOccurred())
					return
				}
				g.Expect(err).To(BeAssignableToTypeOf(secretError("")))
				g.Expect(err).To(MatchError(And(
					ContainSubstring("keeps it within "+region),
					ContainSubstring(fmt.Sprintf("spec.storage.region %d of vendor %d lies in %s", test.number, test.vendor, test.lies)))))
			})
		}
	}
}

// Where it is not certain in which region a bucket lies, Agora may judge.
func TestBucketMayLieWhereNobodyKnows(t *testing.T) {
	for vendor, numbers := range map[int32][]int32{
		1: {9, 12, 17, 18, 22, 23, 28}, 2: {11, 18, 26, 27}, 3: {19}, 5: {0}, 6: {0}, 7: {9, 10, 11, 12, 13, 14, 15}, 11: {0},
	} {
		for _, number := range numbers {
			for _, region := range []string{"CN", "AP", "EU", "NA"} {
				_, err := acquireRequest(storedIn(region, vendor, number))
				NewWithT(t).Expect(err).NotTo(HaveOccurred(), "%d of vendor %d within %s", number, vendor, region)
			}
		}
	}
}

func TestNoBucketLiesInTwoRegions(t *testing.T) {
	g := NewWithT(t)
	for vendor, regions := range storageRegions {
		seen := map[int32]string{}
		for region, numbers := range regions {
			for _, number := range numbers {
				g.Expect(seen).NotTo(HaveKey(number), "%d of vendor %d", number, vendor)
				seen[number] = region
			}
		}
	}
}
