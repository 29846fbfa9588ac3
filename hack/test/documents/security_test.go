// SPDX-License-Identifier: Apache-2.0

package documents

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

var (
	// identified matches the table rows whose first cell is an ID.
	identified = regexp.MustCompile(`(?m)^\| ([ATCN][0-9]+) \| (.*) \|$`)
	identifier = regexp.MustCompile(`\b[ATCN][0-9]+\b`)

	// evidence matches the tests that a control names: a function with its package, or the text
	// of a spec with its file.
	evidence = regexp.MustCompile("`([a-z0-9/-]+)\\.((?:Test|Fuzz)\\w+)`|`([a-z0-9_/-]+_test\\.go)`: \"([^\"]+)\"")
)

// model is the content of SECURITY.md by row ID.
type model map[string][]string

// readModel returns the cells of each row.
func readModel(g *WithT) model {
	text, err := os.ReadFile(filepath.Join(root, ".github", "SECURITY.md"))
	g.Expect(err).NotTo(HaveOccurred())
	rows := model{}
	for _, match := range identified.FindAllStringSubmatch(string(text), -1) {
		g.Expect(rows).NotTo(HaveKey(match[1]), "the ID stands in two rows")
		rows[match[1]] = strings.Split(match[2], " | ")
	}
	return rows
}

// of returns the IDs of a kind.
func (m model) of(kind string) (ids []string) {
	for _, id := range slices.Sorted(maps.Keys(m)) {
		if strings.HasPrefix(id, kind) {
			ids = append(ids, id)
		}
	}
	return ids
}

// TestEveryThreatHasAControl checks that each asset has a threat, each threat a control, and
// each control a threat.
func TestEveryThreatHasAControl(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	rows := readModel(g)
	threatened, used := map[string]bool{}, map[string]bool{}
	for _, threat := range rows.of("T") {
		g.Expect(rows[threat]).To(HaveLen(3), threat)
		assets, controls := identifier.FindAllString(rows[threat][1], -1), identifier.FindAllString(rows[threat][2], -1)
		g.Expect(assets).NotTo(BeEmpty(), "%s threatens nothing", threat)
		g.Expect(controls).NotTo(BeEmpty(), "%s has no control", threat)
		for _, asset := range assets {
			g.Expect(rows.of("A")).To(ContainElement(asset), threat)
			threatened[asset] = true
		}
		for _, control := range controls {
			g.Expect(rows.of("C")).To(ContainElement(control), threat)
			used[control] = true
		}
	}
	g.Expect(rows.of("T")).NotTo(BeEmpty())
	g.Expect(slices.Collect(maps.Keys(threatened))).To(ConsistOf(rows.of("A")), "each asset is threatened")
	g.Expect(slices.Collect(maps.Keys(used))).To(ConsistOf(rows.of("C")), "each control meets a threat")
}

// TestControlsNameTestsThatThereAre checks that the tests that controls name exist.
func TestControlsNameTestsThatThereAre(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	rows := readModel(g)
	for _, control := range rows.of("C") {
		g.Expect(rows[control]).To(HaveLen(2), control)
		cell := rows[control][1]
		named := evidence.FindAllStringSubmatch(cell, -1)
		g.Expect(named).NotTo(BeEmpty(), "%s is shown by no test", control)
		g.Expect(strings.Trim(evidence.ReplaceAllString(cell, ""), ", ")).To(BeEmpty(), "%s names something that is no test", control)
		for _, match := range named {
			if match[2] != "" {
				g.Expect(functionsOf(g, match[1])).To(ContainElement(match[2]), "%s: %s", control, match[1])
			} else {
				g.Expect(specsOf(g, match[3])).To(ContainElement(match[4]), "%s: %s", control, match[3])
			}
		}
	}
}

// functionsOf returns the names of the functions in the tests of a package.
func functionsOf(g *WithT, folder string) (names []string) {
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*_test.go"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).NotTo(BeEmpty(), folder)
	for _, file := range files {
		for _, declaration := range parse(g, file).Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil {
				names = append(names, function.Name.Name)
			}
		}
	}
	return names
}

// specsOf returns the texts of the specs, tables and containers in a file.
func specsOf(g *WithT, file string) (words []string) {
	nodes := []string{"It", "Entry", "Describe", "DescribeTable", "Context", "When"}
	ast.Inspect(parse(g, filepath.Join(root, filepath.FromSlash(file))), func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		name, isName := call.Fun.(*ast.Ident)
		literal, isLiteral := call.Args[0].(*ast.BasicLit)
		if !isName || !isLiteral || literal.Kind != token.STRING || !slices.Contains(nodes, name.Name) {
			return true
		}
		text, err := strconv.Unquote(literal.Value)
		g.Expect(err).NotTo(HaveOccurred())
		words = append(words, text)
		return true
	})
	return words
}

func parse(g *WithT, file string) *ast.File {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	g.Expect(err).NotTo(HaveOccurred())
	return parsed
}
