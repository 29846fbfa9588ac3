// SPDX-License-Identifier: Apache-2.0

// Package documents tests the content of the documents.
package documents

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

const root = "../../.."

// named matches paths in the repository between backticks.
var named = regexp.MustCompile("`((?:api|config|controllers|hack)/[A-Za-z0-9_./-]+)`")

// introduction matches the comment at the beginning of a file.
var introduction = regexp.MustCompile(`^(# [^\n]+\n|#\n)+`)

// TestSamplesSayWhatTheyAreFor checks that each sample begins with its purpose.
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

// The paths of the documents for users.
const (
	introductoryDocument = "README.md"
	operationDocument    = "config/README.md"
	recordingDocument    = "api/README.md"
)

// document returns the text of a document.
func document(g Gomega, path string) string {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	g.Expect(err).NotTo(HaveOccurred())
	return string(text)
}

// TestTheFirstManifestIsShort checks that the first manifest in the introduction is what a
// person writes for one more recording. It must be the sample that the commands below it apply.
func TestTheFirstManifestIsShort(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	first := manifest.FindStringSubmatch(document(g, introductoryDocument))
	g.Expect(first).NotTo(BeNil())
	g.Expect(first[1]).To(And(ContainSubstring("kind: CloudRecording\n"), ContainSubstring("profileRef:"), ContainSubstring("window:")))
	g.Expect(strings.Count(first[1], "\n")).To(BeNumerically("<=", 10))
	sample := document(g, "config/samples/lesson.yaml")
	g.Expect(first[1]).To(Equal(strings.TrimPrefix(sample, introduction.FindString(sample))))
}

// TestTheIntroductionIsShort makes authors consider in which guide additions belong.
func TestTheIntroductionIsShort(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	g.Expect(strings.Count(document(g, introductoryDocument), "\n")).To(BeNumerically("<=", 150))
}

// manifest matches a YAML block.
var manifest = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestWindowsAreToCome checks that windows in examples are in the future, because an example
// with a past window would record nothing.
func TestWindowsAreToCome(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	samples, err := filepath.Glob(filepath.Join(root, "config", "samples", "*.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	texts := []string{document(g, introductoryDocument), document(g, operationDocument), document(g, recordingDocument)}
	for _, sample := range samples {
		text, err := os.ReadFile(sample)
		g.Expect(err).NotTo(HaveOccurred())
		texts = append(texts, string(text))
	}
	days := found(`\b(20[0-9]{2}-[0-9]{2}-[0-9]{2})\b`, strings.Join(texts, "\n"))
	g.Expect(days).NotTo(BeEmpty())
	for _, text := range days {
		day, err := time.Parse(time.DateOnly, text)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(day).To(BeTemporally(">", time.Now()), text)
	}
}

// TestDocumentsNameWhatThereIs checks that files that documents name exist.
func TestDocumentsNameWhatThereIs(t *testing.T) {
	g := NewWithT(t)
	documents := []string{filepath.Join(root, introductoryDocument), filepath.Join(root, operationDocument), filepath.Join(root, recordingDocument)}
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
