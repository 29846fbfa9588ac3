// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/release/artifact"
)

func TestRestrict(t *testing.T) {
	t.Parallel()
	linux, windows := artifact.Platform{OS: "linux", Architecture: "amd64"}, artifact.Platform{OS: "windows", Architecture: "amd64"}
	all := []program{
		{name: "operator", platforms: []artifact.Platform{linux}},
		{name: "plugin", platforms: []artifact.Platform{linux, windows}},
	}
	g := NewWithT(t)
	g.Expect(restrict(all, "")).To(Equal(all))
	g.Expect(restrict(all, "linux/amd64,windows/amd64")).To(Equal(all))
	g.Expect(restrict(all, "linux/amd64")).To(Equal([]program{
		{name: "operator", platforms: []artifact.Platform{linux}},
		{name: "plugin", platforms: []artifact.Platform{linux}},
	}))
	g.Expect(all[1].platforms).To(HaveLen(2), "the list itself stays")
	_, err := restrict(all, "linux/amd64,linux/riscv64")
	g.Expect(err).To(MatchError(ContainSubstring(`nothing is built for the platform "linux/riscv64"`)))
}

// TestFileNames checks that file names have the extension that the operating system requires.
func TestFileNames(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	g.Expect(program{binary: "manager"}.fileName(artifact.Platform{OS: "linux", Architecture: "amd64"})).To(Equal("manager"))
	g.Expect(program{binary: "manager"}.fileName(artifact.Platform{OS: "windows", Architecture: "amd64"})).To(Equal("manager.exe"))
}
