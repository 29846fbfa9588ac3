// SPDX-License-Identifier: Apache-2.0

// Package objectversion compares the resource versions of an object.
package objectversion

import "k8s.io/apimachinery/pkg/util/resourceversion"

// IsOlder says whether a version of an object comes before another. What is no version, such
// as that of an object which was never written, is neither older nor newer than any.
func IsOlder(version, than string) bool {
	order, err := resourceversion.CompareResourceVersion(version, than)
	return err == nil && order < 0
}
