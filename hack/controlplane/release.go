// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"fmt"
	"slices"
	"strings"
)

// Releases returns the supported releases of Kubernetes, the newest first. A module in the
// folder kubernetes pins the sources of each. A download uses the newest patch release of the
// same minor version, because not every patch release is published for download.
func Releases() []string { return []string{"1.37.2", "1.32.13"} }

// releaseOf returns the release of a version such as 1.32 or 1.32.13. An empty version selects
// the newest release.
func releaseOf(kubernetes string) (string, error) {
	releases := Releases()
	if kubernetes == "" {
		return releases[0], nil
	}
	i := slices.IndexFunc(releases, func(release string) bool { return kubernetes == release || kubernetes == minorOf(release) })
	if i < 0 {
		return "", fmt.Errorf("there are no sources of Kubernetes %s: choose one of %s", kubernetes, strings.Join(releases, ", "))
	}
	return releases[i], nil
}

// minorOf returns the minor version of a release, such as 1.32 for 1.32.13.
func minorOf(release string) string {
	major, rest, _ := strings.Cut(release, ".")
	minor, _, _ := strings.Cut(rest, ".")
	return major + "." + minor
}
