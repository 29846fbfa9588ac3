// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"

	"cloudrecording.dev/operator/hack/release/artifact"
)

// program is a program of a release.
type program struct {
	name string
	// folder is the folder of its package in the source. The module is in the same folder.
	folder string
	// binary is the name of the file.
	binary string
	// inImage means that the program is shipped in the image and not in archives.
	inImage   bool
	platforms []artifact.Platform
}

// programs are all programs of a release. Exactly one is in the image.
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

// restrict keeps only the named platforms, which are separated by commas. An empty list selects
// all platforms.
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
