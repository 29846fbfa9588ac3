// SPDX-License-Identifier: Apache-2.0

package documents

import (
	"fmt"
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

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/storage"
)

// found returns the first group of each match of an expression, without duplicates.
func found(expression, text string) []string {
	names := map[string]bool{}
	for _, match := range regexp.MustCompile(expression).FindAllStringSubmatch(text, -1) {
		names[match[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// firstCells returns the code spans in the first cells of all table rows below a heading,
// including its subsections.
func firstCells(g Gomega, path, heading string) (cells []string) {
	level, _, _ := strings.Cut(heading, " ")
	_, section, ok := strings.Cut(document(g, path), "\n"+heading+"\n")
	g.Expect(ok).To(BeTrue(), "%s has no %q", path, heading)
	for line := range strings.Lines(section) {
		if hashes, _, ok := strings.Cut(line, " "); ok && strings.Trim(hashes, "#") == "" && hashes != "" && len(hashes) <= len(level) {
			break
		}
		if columns := strings.Split(line, "|"); len(columns) > 1 {
			cells = append(cells, found("`([^`]+)`", columns[1])...)
		}
	}
	g.Expect(cells).NotTo(BeEmpty(), heading)
	return cells
}

// unique removes duplicates.
func unique(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

// TestTheMetricsAreExplained compares the table of metrics with the code.
func TestTheMetricsAreExplained(t *testing.T) {
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
	g.Expect(firstCells(g, operationDocument, "## Metrics")).To(ConsistOf(metrics))
	named := found(`(cloudrecording_[a-z_]+)`, document(g, operationDocument)+document(g, recordingDocument)+document(g, introductoryDocument))
	g.Expect(metrics).To(ContainElements(named), "a document names a metric that there is not")
}

// TestTheReasonsAreExplained checks that the document explains exactly the reasons of
// conditions and events.
func TestTheReasonsAreExplained(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	reasons := reasonsOf(g)
	g.Expect(len(reasons)).To(BeNumerically(">", 60))
	var explained []string
	for _, cell := range firstCells(g, recordingDocument, "## What each message means") {
		// A condition with its status precedes its reason.
		if condition, _, ok := strings.Cut(cell, "="); ok {
			g.Expect(v1alpha1.ConditionTypes()).To(ContainElement(condition))
			continue
		}
		explained = append(explained, cell)
	}
	g.Expect(unique(explained)).To(ConsistOf(unique(reasons)))
}

// TestWhatAPersonMustActOnIsExplainedAsThat checks that the reasons of Stalled are in the
// section for problems that a person must act on.
func TestWhatAPersonMustActOnIsExplainedAsThat(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	g.Expect(firstCells(g, recordingDocument, "### A person must act")).To(ConsistOf(v1alpha1.StalledReasons()))
}

// TestThePhasesAreExplained compares the table of phases with the types.
func TestThePhasesAreExplained(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	constants := declared(g, "cloudrecording_types.go", "Phase")
	conditions := v1alpha1.ConditionTypes()
	g.Expect(firstCells(g, recordingDocument, "## Status")).To(ContainElements(append(constants, conditions...)))
}

// TestTheKeysOfSecretsAreExplained checks that the document explains each key of a Secret.
func TestTheKeysOfSecretsAreExplained(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	keys := declared(g, "names.go", "Key")
	g.Expect(len(keys)).To(BeNumerically(">", 10))
	for _, key := range keys {
		g.Expect(document(g, recordingDocument)).To(ContainSubstring("`" + key + "`"))
	}
}

// TestTheStorageServicesAreExplained compares the table of vendors and regions with the
// operator's own.
func TestTheStorageServicesAreExplained(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	text := document(g, recordingDocument)
	for _, vendor := range storage.Vendors() {
		var regions []string
		for number, region := range storage.Regions(vendor.Number) {
			if region.Name != "" {
				regions = append(regions, fmt.Sprintf("%d `%s`", number, region.Name))
			}
		}
		row := fmt.Sprintf("\n| %d | %s | ", vendor.Number, vendor.Name)
		if len(regions) == 0 {
			g.Expect(text).To(ContainSubstring(row+"0"), vendor.Name)
			continue
		}
		g.Expect(text).To(ContainSubstring(row+strings.Join(regions, ", ")+" |\n"), vendor.Name)
	}
}

// reasonsOf returns the reasons of conditions and of events.
func reasonsOf(g Gomega) []string { return declared(g, "conditions.go", "Reason") }

// declared returns the values of the constants in a file of the API whose names begin or end
// with a word.
func declared(g Gomega, name, word string) (values []string) {
	source := filepath.Join(root, "api", "v1alpha1", name)
	file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.SkipObjectResolution)
	g.Expect(err).NotTo(HaveOccurred())
	ast.Inspect(file, func(node ast.Node) bool {
		constant, ok := node.(*ast.ValueSpec)
		if !ok || len(constant.Values) != 1 {
			return true
		}
		literal, ok := constant.Values[0].(*ast.BasicLit)
		identifier := constant.Names[0].Name
		if ok && (strings.HasPrefix(identifier, word) || strings.HasSuffix(identifier, word)) {
			values = append(values, strings.Trim(literal.Value, `"`))
		}
		return true
	})
	g.Expect(values).NotTo(BeEmpty())
	return values
}
