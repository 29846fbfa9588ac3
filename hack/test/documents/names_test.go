// SPDX-License-Identifier: Apache-2.0

package documents

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// readme returns the text of README.md.
func readme(g Gomega) string {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	g.Expect(err).NotTo(HaveOccurred())
	return string(text)
}

// found returns what an expression finds in a text: its first group, once each.
func found(expression, text string) []string {
	names := map[string]bool{}
	for _, match := range regexp.MustCompile(expression).FindAllStringSubmatch(text, -1) {
		names[match[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// TestTheReadmeNamesTheFlags compares the table of flags with those that there are.
func TestTheReadmeNamesTheFlags(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	program, err := os.ReadFile(filepath.Join(root, "main.go"))
	g.Expect(err).NotTo(HaveOccurred())
	var rows strings.Builder
	for line := range strings.Lines(readme(g)) {
		if strings.HasPrefix(line, "| `--") {
			flags, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
			rows.WriteString(flags)
		}
	}
	// The kubeconfig and the log have flags of controller-runtime.
	known := append(found(`flags\.\w+Var\([^"]+"([a-z-]+)"`, string(program)), "kubeconfig", "zap-")
	g.Expect(len(known)).To(BeNumerically(">", 20))
	g.Expect(found("`--([a-z-]+)", rows.String())).To(ConsistOf(known))
}

// TestTheReadmeNamesTheMetrics compares the metrics that it names with those of the code.
func TestTheReadmeNamesTheMetrics(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var sources strings.Builder
	product := os.DirFS(filepath.Join(root, "controllers"))
	err := fs.WalkDir(product, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(product, path)
		sources.Write(text)
		return err
	})
	g.Expect(err).NotTo(HaveOccurred())
	metrics := found(`"(cloudrecording_[a-z_]+)"`, sources.String())
	g.Expect(len(metrics)).To(BeNumerically(">", 10))
	g.Expect(found(`(cloudrecording_[a-z_]+)`, readme(g))).To(ConsistOf(metrics))
}

// TestTheReadmeExplainsTheReasons has people find each reason of a condition.
func TestTheReadmeExplainsTheReasons(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	text, reasons := readme(g), reasonsOfConditions(g)
	g.Expect(len(reasons)).To(BeNumerically(">", 40))
	for _, reason := range reasons {
		g.Expect(text).To(ContainSubstring("`"+reason+"`"), "README.md does not explain the reason")
	}
}

// reasonsOfConditions returns the reasons that conditions can have. The others are those
// of events, which are sent beside.
func reasonsOfConditions(g Gomega) (reasons []string) {
	source := filepath.Join(root, "api", "v1alpha1", "conditions.go")
	file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ParseComments|parser.SkipObjectResolution)
	g.Expect(err).NotTo(HaveOccurred())
	for _, declaration := range file.Decls {
		constants, ok := declaration.(*ast.GenDecl)
		if !ok || constants.Tok != token.CONST || strings.Contains(constants.Doc.Text(), "event") {
			continue
		}
		for _, spec := range constants.Specs {
			constant, ok := spec.(*ast.ValueSpec)
			g.Expect(ok).To(BeTrue())
			if literal, ok := constant.Values[0].(*ast.BasicLit); ok && strings.HasSuffix(constant.Names[0].Name, "Reason") {
				reasons = append(reasons, strings.Trim(literal.Value, `"`))
			}
		}
	}
	return reasons
}
