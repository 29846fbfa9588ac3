// SPDX-License-Identifier: Apache-2.0

package documents

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

var (
	// fenced matches code blocks and code spans.
	fenced = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")

	heading    = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
	namedPlace = regexp.MustCompile(`<a (?:id|name)="([^"]+)">`)
	link       = regexp.MustCompile(`\]\(([^()\s]+)\)`)

	// punctuation matches the characters of a heading that its anchor omits.
	punctuation = regexp.MustCompile(`[^\p{L}\p{N}\p{M} _-]`)
)

// TestLinksLeadSomewhere checks all links within the repository, including those to headings.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	anchors, texts := map[string]map[string]bool{}, markdown(g)
	for document, text := range texts {
		anchors[document] = anchorsOf(g, document, text)
	}
	followed := 0
	for document, text := range texts {
		for _, match := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			followed++
			path, anchor, toHeading := strings.Cut(match[1], "#")
			target := document
			if path != "" {
				target = filepath.Join(filepath.Dir(document), path)
				g.Expect(filepath.Join(root, target)).To(BeAnExistingFile(), "%s links to %s", document, match[1])
			}
			if toHeading {
				g.Expect(anchors[target]).To(HaveKey(anchor), "%s links to %s", document, match[1])
			}
		}
	}
	g.Expect(followed).To(BeNumerically(">", 100))
}

// markdown returns the text of each document by path.
func markdown(g *WithT) map[string]string {
	texts := map[string]string{}
	repository := os.DirFS(root)
	err := fs.WalkDir(repository, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (path == ".git" || path == "dist" || path == "bin"):
			return fs.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		text, err := fs.ReadFile(repository, path)
		texts[path] = string(text)
		return err
	})
	g.Expect(err).NotTo(HaveOccurred())
	return texts
}

// anchorsOf returns the anchors in a document: GitHub's anchors of the headings, and explicit
// names. Each must be unique.
func anchorsOf(g *WithT, document, text string) map[string]bool {
	anchors := map[string]bool{}
	withoutBlocks := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(text, "")
	for _, match := range heading.FindAllStringSubmatch(withoutBlocks, -1) {
		words := punctuation.ReplaceAllString(strings.ToLower(link.ReplaceAllString(match[1], "]")), "")
		anchor := strings.ReplaceAll(words, " ", "-")
		for i := 1; anchors[anchor]; i++ {
			anchor = fmt.Sprintf("%s-%d", strings.ReplaceAll(words, " ", "-"), i)
		}
		anchors[anchor] = true
	}
	for _, match := range namedPlace.FindAllStringSubmatch(withoutBlocks, -1) {
		g.Expect(anchors).NotTo(HaveKey(match[1]), "%s names it twice", document)
		anchors[match[1]] = true
	}
	return anchors
}
