// SPDX-License-Identifier: Apache-2.0

package fixturetest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"

	. "github.com/onsi/gomega"
)

// Reasons returns the reasons that conditions.go declares under the given comments.
func Reasons(g *WithT, root string, comments ...string) (reasons []string) {
	for _, comment := range comments {
		found := declared(g, root, "conditions.go", func(constants *ast.GenDecl) bool {
			return strings.HasPrefix(constants.Doc.Text(), comment)
		})
		g.Expect(found).NotTo(BeEmpty(), comment)
		reasons = append(reasons, found...)
	}
	return reasons
}

// Phases returns the phases of a recording.
func Phases(g *WithT, root string) []string {
	return declared(g, root, "cloudrecording_types.go", func(constants *ast.GenDecl) bool {
		first, ok := constants.Specs[0].(*ast.ValueSpec)
		g.Expect(ok).To(BeTrue())
		kind, ok := first.Type.(*ast.Ident)
		return ok && kind.Name == "RecordingPhase"
	})
}

// declared returns the texts that the matching blocks of constants declare.
func declared(g *WithT, root, file string, matches func(*ast.GenDecl) bool) (values []string) {
	source := filepath.Join(root, "api", "v1alpha1", file)
	parsed, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ParseComments|parser.SkipObjectResolution)
	g.Expect(err).NotTo(HaveOccurred())
	for _, declaration := range parsed.Decls {
		constants, ok := declaration.(*ast.GenDecl)
		if !ok || constants.Tok != token.CONST || !matches(constants) {
			continue
		}
		for _, spec := range constants.Specs {
			constant, ok := spec.(*ast.ValueSpec)
			g.Expect(ok).To(BeTrue())
			if literal, ok := constant.Values[0].(*ast.BasicLit); ok {
				values = append(values, strings.Trim(literal.Value, `"`))
			}
		}
	}
	return values
}
