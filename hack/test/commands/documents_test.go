// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// documentPatterns find the documents whose commands are run. Those that are yet to be
// written need not be there.
func documentPatterns() []string {
	return []string{
		"README.md", "api/README.md", ".github/SECURITY.md", "config/README.md", "config/*/README.md", "hack/README.md", "hack/*/README.md",
	}
}

// document is a document with its blocks.
type document struct {
	path   string
	blocks []Block
}

func readDocuments(t *testing.T) (documents []document) {
	t.Helper()
	g := NewWithT(t)
	for _, pattern := range documentPatterns() {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		g.Expect(err).NotTo(HaveOccurred())
		for _, file := range files {
			text, err := os.ReadFile(file)
			g.Expect(err).NotTo(HaveOccurred())
			path, err := filepath.Rel(root, file)
			g.Expect(err).NotTo(HaveOccurred())
			blocks, err := Blocks(filepath.ToSlash(path), string(text))
			g.Expect(err).NotTo(HaveOccurred())
			documents = append(documents, document{filepath.ToSlash(path), blocks})
		}
	}
	return documents
}

// of returns the blocks of a language.
func (d document) of(language string) (blocks []Block) {
	for _, block := range d.blocks {
		if block.Language == language {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// TestCommands does what each document says, in its order.
func TestCommands(t *testing.T) {
	t.Parallel()
	commands := 0
	for _, document := range readDocuments(t) {
		blocks := document.of("sh")
		if len(blocks) == 0 {
			continue
		}
		commands += len(blocks)
		t.Run(document.path, func(t *testing.T) {
			t.Parallel()
			r := &reader{shell: newShell(t), clusters: map[string]*cluster{}}
			for _, block := range blocks {
				r.read(t, block)
			}
		})
	}
	NewWithT(t).Expect(commands).To(BeNumerically(">", 10))
}

// TestCommandsAreToldApart has nothing be called sh that is no command, and no command
// something else.
func TestCommandsAreToldApart(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"sh": true, "yaml": true, "json": true, "console": true, "promql": true, "go": true, "": true}
	for _, document := range readDocuments(t) {
		for _, block := range document.blocks {
			g := NewWithT(t)
			g.Expect(known).To(HaveKey(block.Language), "%s", block)
			if block.Language == "" {
				g.Expect(block.Text).NotTo(MatchRegexp(`(?m)^(kubectl|helm|make|go|docker) `), "%s: these are commands: call it sh", block)
			}
		}
	}
}

// reader is who types what a document says.
type reader struct {
	shell *shell
	// clusters are those that were needed, by what an arrangement calls them.
	clusters map[string]*cluster
}

// needsCluster finds what asks an API server.
var needsCluster = regexp.MustCompile(`\b(kubectl|helm|deploy|undeploy|install)\b`)

// read runs a block, or looks at it where it cannot be run here.
func (r *reader) read(t *testing.T, block Block) {
	t.Helper()
	if exception, ok := exceptionFor(block); ok {
		if said, err := r.shell.rehearse(t.Context(), block.Text); err != nil {
			t.Errorf("%s, which is not run, since it %s:\n%s\n%s%v", block, exception.reason, block.Text, said, err)
		}
		return
	}
	text, where := block.Text, ""
	for _, arrangement := range arrangementsFor(block) {
		text = strings.NewReplacer(arrangement.replace...).Replace(text)
		if arrangement.cluster != "" {
			where = arrangement.cluster
		}
	}
	var c *cluster
	if needsCluster.MatchString(text) {
		c = r.at(t, where)
	}
	for _, arrangement := range arrangementsFor(block) {
		r.run(t, block, arrangement.before)
		if c != nil {
			c.settle(t)
		}
	}
	r.run(t, block, text)
	if c != nil {
		c.settle(t)
	}
}

func (r *reader) run(t *testing.T, block Block, text string) {
	t.Helper()
	if text == "" {
		return
	}
	if said, err := r.shell.run(t.Context(), text); err != nil {
		t.Errorf("%s:\n%s\n%s%v", block, text, said, err)
	} else if testing.Verbose() {
		t.Logf("%s:\n%s\n%s", block, text, said)
	}
}

// at has the reader work on a cluster from now on.
func (r *reader) at(t *testing.T, name string) *cluster {
	t.Helper()
	if r.clusters[name] == nil {
		r.clusters[name] = newCluster(t)
	}
	c := r.clusters[name]
	// A block before may have set it.
	_, err := r.shell.run(t.Context(), "export KUBECONFIG='"+c.plane.Kubeconfig+"'")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return c
}
