// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"fmt"
	"slices"
	"strings"
)

// Agora's numbers for the storage services.
const (
	amazon       = 1
	alibaba      = 2
	tencent      = 3
	azure        = 5
	google       = 6
	huawei       = 7
	baidu        = 8
	s3Compatible = 11
)

// service contains the differences between the storage services.
type service struct {
	vendor int32

	// host is the default host. It is empty if there is none.
	host string

	// signingRegion is the region for the signatures of requests.
	signingRegion string

	// virtualHosted is true if the vendor's own hosts expect the bucket's name in the
	// host name.
	virtualHosted bool

	// listsLikeV1 is true if only version 1 of the list API is known to work.
	listsLikeV1 bool
}

// documentedHosts returns patterns for the hosts of a vendor.
func documentedHosts(vendor int32) []string {
	switch vendor {
	case amazon:
		return []string{"s3.*.amazonaws.com", "s3.*.amazonaws.com.cn"}
	case alibaba:
		return []string{"s3.oss-*.aliyuncs.com", "oss-*.aliyuncs.com"}
	case tencent:
		return []string{"cos.*.myqcloud.com"}
	case azure:
		return []string{"*.blob.core.windows.net"}
	case google:
		return []string{"storage.googleapis.com"}
	case huawei:
		return []string{"obs.*.myhuaweicloud.com"}
	case baidu:
		return []string{"s3.*.bcebos.com"}
	}
	return nil
}

// isDocumentedHost reports whether the address belongs to the vendor itself, so that
// every name below it belongs to one of its buckets.
func isDocumentedHost(vendor int32, address address) bool {
	return slices.ContainsFunc(documentedHosts(vendor), func(text string) bool {
		pattern, ok := parsePattern(text)
		return ok && pattern.matches(address)
	})
}

// serviceOf returns the service for Agora's numbers of a vendor and a region.
func serviceOf(vendor, region int32) (service, error) {
	switch vendor {
	case azure:
		return service{vendor: vendor, host: "blob.core.windows.net"}, nil
	case google:
		return service{vendor: vendor, host: "storage.googleapis.com", signingRegion: "auto"}, nil
	case s3Compatible:
		return service{vendor: vendor, signingRegion: "us-east-1"}, nil
	}
	code, err := regionCode(vendor, region)
	if err != nil {
		return service{}, err
	}
	service := service{vendor: vendor, signingRegion: code}
	switch vendor {
	case amazon:
		service.host = "s3." + code + ".amazonaws.com"
		if strings.HasPrefix(code, "cn-") {
			service.host += ".cn"
		}
		service.virtualHosted = true
	case alibaba:
		service.host = "s3.oss-" + code + ".aliyuncs.com"
		service.virtualHosted = true
	case tencent:
		service.host = "cos." + code + ".myqcloud.com"
		service.virtualHosted = true
		service.listsLikeV1 = true
	case huawei:
		service.host = "obs." + code + ".myhuaweicloud.com"
		service.virtualHosted = true
		service.listsLikeV1 = true
	case baidu:
		service.host = "s3." + code + ".bcebos.com"
		service.listsLikeV1 = true
	}
	return service, nil
}

// regionCode returns the service's own name of a region.
func regionCode(vendor, region int32) (string, error) {
	regions := Regions(vendor)
	if len(regions) == 0 {
		return "", fmt.Errorf("agora has no storage service with the number %d", vendor)
	}
	if region < 0 || int(region) >= len(regions) || regions[region].Name == "" {
		return "", fmt.Errorf("the storage service %d has no region with the number %d", vendor, region)
	}
	return regions[region].Name, nil
}
