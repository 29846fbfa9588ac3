// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"go.yaml.in/yaml/v3"
)

var (
	actions = regexp.MustCompile(`(?m)uses: (.*)$`)
	pinned  = regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9.]+$`)
	// The compiler's image in the Dockerfile, and its version in the workflow.
	compilers = regexp.MustCompile(`(?:golang:|go-version: )([0-9.]+)`)
)

// TestWorkflow checks that the workflow pins actions by commit, because tags can be moved. It
// must use the Dockerfile's version of the compiler, because another version produces other
// bytes.
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

// workflow contains the permissions and jobs of a workflow.
type workflow struct {
	Permissions map[string]string
	Jobs        map[string]job
}

type job struct {
	Needs       []string
	Permissions map[string]string
	Steps       []step
}

type step struct {
	Uses, Run string
	With      map[string]string
}

// runs reports whether a job runs a command.
func (j job) runs(command string) bool {
	return slices.ContainsFunc(j.Steps, func(s step) bool { return strings.Contains(s.Run, command) })
}

func readWorkflow(g *WithT) workflow {
	text, err := os.ReadFile(filepath.Join(root, ".github", "workflows", "release.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	var read workflow
	g.Expect(yaml.Unmarshal(text, &read)).To(Succeed())
	g.Expect(read.Jobs).To(And(HaveKey("check"), HaveKey("build"), HaveKey("publish")))
	return read
}

// TestOnlyTheLastJobMayWrite checks that jobs that run tests and compilers have no dangerous
// permissions, and that the job that publishes uses what they built.
func TestOnlyTheLastJobMayWrite(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	read := readWorkflow(g)
	g.Expect(read.Permissions).To(BeEmpty(), "a job has the rights that it names")
	var others []string
	for name, job := range read.Jobs {
		if name == "publish" {
			continue
		}
		others = append(others, name)
		g.Expect(job.Permissions).To(Equal(map[string]string{"contents": "read"}), name)
	}
	publish := read.Jobs["publish"]
	g.Expect(publish.Needs).To(ConsistOf(others), "nothing is published that any job has refused")
	for _, builder := range []string{"make ", "go build", "go run", "docker build"} {
		g.Expect(publish.runs(builder)).To(BeFalse(), "what publishes builds nothing: %s", builder)
	}
	g.Expect(publish.runs("sha256sum --check --strict checksums.txt")).To(BeTrue())
	for name, job := range read.Jobs {
		for _, step := range job.Steps {
			if strings.HasPrefix(step.Uses, "actions/checkout@") {
				g.Expect(step.With).To(HaveKeyWithValue("persist-credentials", "false"), name)
			}
			g.Expect(step.Run).NotTo(ContainSubstring("${{"), "what somebody may choose is not a part of a command")
		}
	}
}

// TestNothingIsReleasedUnchecked checks that known vulnerabilities, failing tests, and outdated
// generated files prevent a release.
func TestNothingIsReleasedUnchecked(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	check := readWorkflow(g).Jobs["check"]
	for _, command := range []string{"make vulncheck", "make verify lint test"} {
		g.Expect(check.runs(command)).To(BeTrue(), command)
	}
}

// TestEverythingIsSignedAndAttested checks that everything that people install is signed by its
// digest.
func TestEverythingIsSignedAndAttested(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	publish := readWorkflow(g).Jobs["publish"]
	for _, command := range []string{
		`cosign sign --yes --recursive "$IMAGE"`, `cosign sign --yes "$CHART"`,
		"cosign sign-blob --yes --bundle dist/release/checksums.txt.sigstore.json dist/release/checksums.txt",
	} {
		g.Expect(publish.runs(command)).To(BeTrue(), command)
	}
	var attested []string
	for _, step := range publish.Steps {
		if strings.HasPrefix(step.Uses, "actions/attest-build-provenance@") {
			attested = append(attested, step.With["subject-digest"]+step.With["subject-checksums"])
		}
	}
	g.Expect(attested).To(ConsistOf(
		"${{ steps.published.outputs.image-digest }}", "${{ steps.published.outputs.chart-digest }}", "dist/release/checksums.txt"))
}
