// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	. "github.com/onsi/gomega"
)

// TestEveryTypeIsDocumented fails for a new type that does not say whether it brings
// news. Such a type would be treated as one that somebody has invented.
func TestEveryTypeIsDocumented(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	file, err := parser.ParseFile(token.NewFileSet(), "types.go", nil, parser.SkipObjectResolution)
	g.Expect(err).NotTo(HaveOccurred())
	types := 0
	ast.Inspect(file, func(node ast.Node) bool {
		constant, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := constant.Type.(*ast.Ident); !ok || kind.Name != "Type" {
			return true
		}
		literal, ok := constant.Values[0].(*ast.BasicLit)
		g.Expect(ok).To(BeTrue())
		number, err := strconv.ParseInt(literal.Value, 10, 32)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(Type(number).IsDocumented()).To(BeTrue(), constant.Names[0].Name)
		types++
		return true
	})
	g.Expect(types).To(BeNumerically(">", 20))
}
