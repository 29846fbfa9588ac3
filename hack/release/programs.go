// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"

	"cloudrecording.dev/operator/hack/release/artifact"
)

// program is what a release has a binary of.
type program struct {
	name string
	// folder is that of its package, and of its module, in the source.
	folder string
	// binary is the name of the file.
	binary string
	// inImage says that it is shipped as the image, and not in archives.
	inImage   bool
	platforms []artifact.Platform
}

// programs are all that is released. The image is built from the one that is in it.
var programs = []program{
	{
		name: "cloudrecording-operator", folder: ".", binary: "manager", inImage: true,
		platforms: []artifact.Platform{{OS: "linux", Architecture: "amd64"}, {OS: "linux", Architecture: "arm64"}},
	},
	{
		name: "kubectl-crec", folder: "hack/kubectl-crec", binary: "kubectl-crec",
		platforms: []artifact.Platform{
			{OS: "darwin", Architecture: "amd64"}, {OS: "darwin", Architecture: "arm64"},
			{OS: "linux", Architecture: "amd64"}, {OS: "linux", Architecture: "arm64"},
			{OS: "windows", Architecture: "amd64"}, {OS: "windows", Architecture: "arm64"},
		},
	},
}

// restrict leaves the platforms that somebody has named, separated by commas; none named
// stands for all.
func restrict(programs []program, named string) ([]program, error) {
	if named == "" {
		return programs, nil
	}
	wanted := strings.Split(named, ",")
	known := map[string]bool{}
	restricted := slices.Clone(programs)
	for i, program := range restricted {
		restricted[i].platforms = slices.DeleteFunc(slices.Clone(program.platforms), func(platform artifact.Platform) bool {
			known[platform.String()] = true
			return !slices.Contains(wanted, platform.String())
		})
	}
	for _, platform := range wanted {
		if !known[platform] {
			return nil, fmt.Errorf("nothing is built for the platform %q", platform)
		}
	}
	return restricted, nil
}
