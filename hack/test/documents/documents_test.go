// SPDX-License-Identifier: Apache-2.0

// Package documents tests what the documents say.
package documents

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

const root = "../../.."

// named finds paths of the repository between backticks.
var named = regexp.MustCompile("`((?:api|config|controllers|hack)/[A-Za-z0-9_./-]+)`")

// introduction is the comment that a file begins with.
var introduction = regexp.MustCompile(`^(# [^\n]+\n|#\n)+`)

// TestSamplesSayWhatTheyAreFor has each sample begin with that.
func TestSamplesSayWhatTheyAreFor(t *testing.T) {
	g := NewWithT(t)
	samples, err := filepath.Glob(filepath.Join(root, "config", "samples", "*.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	adopted, err := filepath.Glob(filepath.Join(root, "config", "samples", "adopted", "*.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	samples = append(samples, adopted...)
	g.Expect(len(samples)).To(BeNumerically(">", 15))
	for _, sample := range samples {
		text, err := os.ReadFile(sample)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(introduction.FindString(string(text))).To(ContainSubstring(" "), sample)
	}
}

// TestTheFirstManifestIsShort has a reader see first what a person writes for one more
// recording.
func TestTheFirstManifestIsShort(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	g.Expect(err).NotTo(HaveOccurred())
	first := manifest.FindSubmatch(text)
	g.Expect(first).NotTo(BeNil())
	g.Expect(string(first[1])).To(And(ContainSubstring("kind: CloudRecording\n"), ContainSubstring("profileRef:"), ContainSubstring("window:")))
	g.Expect(strings.Count(string(first[1]), "\n")).To(BeNumerically("<=", 10))
}

// manifest finds a block of YAML.
var manifest = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestDocumentsNameWhatThereIs has whoever moves a file say so where people look for it.
func TestDocumentsNameWhatThereIs(t *testing.T) {
	g := NewWithT(t)
	documents := []string{filepath.Join(root, "README.md")}
	for _, pattern := range []string{"hack/README.md", "hack/*/README.md", "config/*/README.md"} {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(found).NotTo(BeEmpty(), pattern)
		documents = append(documents, found...)
	}
	paths := 0
	for _, document := range documents {
		text, err := os.ReadFile(document)
		g.Expect(err).NotTo(HaveOccurred())
		for _, match := range named.FindAllStringSubmatch(string(text), -1) {
			paths++
			g.Expect(filepath.Join(root, match[1])).To(BeAnExistingFile(), document)
		}
	}
	g.Expect(paths).To(BeNumerically(">", 40))
}
