// SPDX-License-Identifier: Apache-2.0

// Package objectversion compares the resource versions of an object.
package objectversion

import "k8s.io/apimachinery/pkg/util/resourceversion"

// IsOlder reports whether a version of an object comes before another. An invalid version, such
// as the empty one of an object that was never written, is neither older nor newer.
func IsOlder(version, than string) bool {
	order, err := resourceversion.CompareResourceVersion(version, than)
	return err == nil && order < 0
}
