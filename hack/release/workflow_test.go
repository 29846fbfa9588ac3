// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	. "github.com/onsi/gomega"
)

var (
	actions = regexp.MustCompile(`(?m)uses: (.*)$`)
	pinned  = regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9.]+$`)
	// The Dockerfile's image of the compiler and the workflow's version.
	compilers = regexp.MustCompile(`(?:golang:|go-version: )([0-9.]+)`)
)

// TestWorkflow has the workflow use what was looked at: a tag of an action can be moved.
// The compiler is the Dockerfile's: another one makes other bytes.
func TestWorkflow(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	workflow, err := os.ReadFile(filepath.Join(root, ".github", "workflows", "release.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	used := actions.FindAllSubmatch(workflow, -1)
	g.Expect(used).NotTo(BeEmpty())
	for _, action := range used {
		g.Expect(string(action[1])).To(MatchRegexp(pinned.String()))
	}

	dockerfile, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	g.Expect(err).NotTo(HaveOccurred())
	expected := compilers.FindSubmatch(dockerfile)
	g.Expect(expected).NotTo(BeNil())
	found := compilers.FindAllSubmatch(workflow, -1)
	g.Expect(found).NotTo(BeEmpty())
	for _, compiler := range found {
		g.Expect(string(compiler[1])).To(Equal(string(expected[1])))
	}
}
