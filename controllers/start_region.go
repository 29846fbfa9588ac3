// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"slices"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// storageRegions are the regions of storage services, by Agora's numbers, of
// which it is certain in which of the regions of acquire they lie. Others, such
// as those of Australia and South America, are left to Agora.
var storageRegions = map[int32]map[string][]int32{
	// Amazon S3.
	1: {
		"CN": {15, 16},
		"AP": {8, 10, 11, 14, 19, 20, 24},
		"EU": {4, 5, 6, 7, 21, 25},
		"NA": {0, 1, 2, 3, 13},
	},
	// Alibaba Cloud.
	2: {
		"CN": {0, 1, 2, 3, 4, 5, 6, 20, 21, 22, 23, 24, 25},
		"AP": {7, 10, 12, 13, 14, 15, 19},
		"EU": {16, 17},
		"NA": {8, 9},
	},
	// Tencent Cloud, which counts mainland China as a part of Asia.
	3: {
		"CN": {0, 1, 2, 3, 4, 5, 6, 7, 8},
		"AP": {9, 10, 11, 12, 13, 14},
		"EU": {18},
		"NA": {15, 16, 17},
	},
	// Huawei Cloud.
	7: {
		"CN": {0, 1, 2, 3, 4, 5},
		"AP": {6, 7, 8},
	},
	// Baidu AI Cloud.
	8: {
		"CN": {0, 1, 2, 3, 6, 7},
		"AP": {4, 5},
	},
}

// regionOfStorage returns the region of acquire in which a bucket lies; empty if
// that is not certain.
func regionOfStorage(spec *v1alpha1.StorageSpec) string {
	for region, numbers := range storageRegions[spec.Vendor] {
		if slices.Contains(numbers, spec.Region) {
			return region
		}
	}
	return ""
}

// checkRegion refuses a bucket outside the region that the recording is kept in:
// Agora would accept the start, and lose files later.
func checkRegion(start *v1alpha1.StartSpec, storage *v1alpha1.StorageSpec) error {
	region := regionOfStorage(storage)
	if start.Region == "" || region == "" || region == start.Region {
		return nil
	}
	return secretError(fmt.Sprintf("The recording cannot be started: spec.start.region keeps it within %s, and spec.storage.region %d of vendor %d lies in %s: choose a bucket in %s, or leave spec.start.region out.",
		start.Region, storage.Region, storage.Vendor, region, start.Region))
}
