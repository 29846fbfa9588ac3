// SPDX-License-Identifier: Apache-2.0

// Package documents tests what the documents say.
package documents

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	. "github.com/onsi/gomega"
)

const root = "../../.."

// named finds paths of the repository between backticks.
var named = regexp.MustCompile("`((?:api|config|controllers|hack)/[A-Za-z0-9_./-]+)`")

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
