// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// documentPatterns match the documents whose commands are run. A pattern may match nothing yet.
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

// of returns the blocks in a language.
func (d document) of(language string) (blocks []Block) {
	for _, block := range d.blocks {
		if block.Language == language {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// TestCommands runs the commands of each document from top to bottom.
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
			r := &reader{shell: newShell(t), installs: installs(blocks), clusters: map[bool]*cluster{}}
			for _, block := range blocks {
				r.read(t, block)
			}
		})
	}
	NewWithT(t).Expect(commands).To(BeNumerically(">", 10))
}

// TestCommandsAreToldApart checks that exactly the blocks with commands are called sh.
func TestCommandsAreToldApart(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"sh": true, "yaml": true, "json": true, "console": true, "promql": true, "text": true, "": true}
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

// TestCommandsThatAreShown checks commands after a dollar sign that precede their output.
func TestCommandsThatAreShown(t *testing.T) {
	t.Parallel()
	s, shown := newShell(t), 0
	for _, document := range readDocuments(t) {
		for _, block := range append(document.of("console"), document.of("text")...) {
			var text strings.Builder
			for line := range strings.Lines(block.Text) {
				if command, ok := strings.CutPrefix(line, "$ "); ok {
					shown++
					text.WriteString(command)
				}
			}
			if said, err := s.rehearse(t.Context(), text.String()); err != nil {
				t.Errorf("%s:\n%s\n%s%v", block, text.String(), said, err)
			}
		}
	}
	NewWithT(t).Expect(shown).To(BeNumerically(">", 0))
}

// installer matches commands that install the operator, and byHelm those that continue with
// Helm.
var (
	installer = regexp.MustCompile(`\b(make deploy|helm install)\b`)
	byHelm    = regexp.MustCompile(`(?m)^helm `)

	// needsCluster matches commands that need an API server.
	needsCluster = regexp.MustCompile(`\b(kubectl|helm|make (un)?deploy|make install)\b`)
)

// installs returns the ways in which a document installs the operator.
func installs(blocks []Block) map[string]bool {
	ways := map[string]bool{}
	for _, block := range blocks {
		for _, way := range installer.FindAllString(block.Text, -1) {
			ways[way] = true
		}
	}
	return ways
}

// reader is a person who types the commands of a document.
type reader struct {
	shell    *shell
	installs map[string]bool
	// clusters are the clusters of a document, by whether Helm is used. If a document installs
	// the operator in two ways, commands of Helm run on another cluster.
	clusters map[bool]*cluster
	// current is the cluster that the shell uses.
	current *cluster
}

// read runs a block, or checks it if it cannot run here.
func (r *reader) read(t *testing.T, block Block) {
	t.Helper()
	if exception, ok := exceptionFor(block); ok {
		if said, err := r.shell.rehearse(t.Context(), block.Text); err != nil {
			t.Errorf("%s, which is not run, since it %s:\n%s\n%s%v", block, exception.reason, block.Text, said, err)
		}
		return
	}
	if needsCluster.MatchString(block.Text) {
		r.choose(t, len(r.installs) > 1 && byHelm.MatchString(block.Text))
	}
	text := block.Text
	for _, arrangement := range arrangementsFor(block) {
		r.run(t, block, arrangement.before)
		text = strings.NewReplacer(arrangement.replace...).Replace(text)
	}
	r.run(t, block, text)
}

// run runs commands, and waits until everything that they install runs.
func (r *reader) run(t *testing.T, block Block, text string) {
	t.Helper()
	if text == "" {
		return
	}
	begun := time.Now()
	said, err := r.shell.run(t.Context(), text)
	took := time.Since(begun).Round(time.Second / 10)
	switch {
	case err != nil:
		t.Errorf("%s:\n%s\n%s%v", block, text, said, err)
	case testing.Verbose():
		t.Logf("%s, which took %s:\n%s\n%s", block, took, text, said)
	}
	if r.current != nil {
		r.current.settle(t)
	}
}

// choose selects the cluster for the following commands. The cluster already has an operator if
// the document does not install one.
func (r *reader) choose(t *testing.T, helm bool) {
	t.Helper()
	chosen := r.clusters[helm]
	if chosen == nil {
		chosen = newCluster(t)
		r.clusters[helm] = chosen
	}
	if chosen == r.current {
		return
	}
	r.current = chosen
	prepare := "export KUBECONFIG='" + chosen.plane.Kubeconfig + "'"
	if len(r.installs) == 0 {
		prepare += "\nkubectl apply -k config/default\nkubectl wait --for=condition=Established --all customresourcedefinitions"
	}
	said, err := r.shell.run(t.Context(), prepare)
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), said)
	chosen.settle(t)
}
