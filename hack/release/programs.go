// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"

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

// isIn tells whether the source has the program: a commit from before it is released without.
func (p program) isIn(source string) bool {
	_, err := os.Stat(filepath.Join(source, filepath.FromSlash(p.folder), "go.mod"))
	return err == nil
}
