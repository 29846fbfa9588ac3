// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// words are the values of an enumerated type.
type words struct {
	allowed, declared []string
}

// wordsInSource returns, by type name, the values that markers allow, and the values that have
// constants.
func wordsInSource(g Gomega) map[string]*words {
	found := map[string]*words{}
	of := func(name string) *words {
		if found[name] == nil {
			found[name] = &words{}
		}
		return found[name]
	}
	files, err := filepath.Glob("*_types.go")
	g.Expect(err).NotTo(HaveOccurred())
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		g.Expect(err).NotTo(HaveOccurred())
		for _, declaration := range file.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range general.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					of(spec.Name.Name).allowed = allowedBy(general.Doc)
				case *ast.ValueSpec:
					if kind, ok := spec.Type.(*ast.Ident); ok {
						of(kind.Name).declared = append(of(kind.Name).declared, literals(g, spec.Values)...)
					}
				}
			}
		}
	}
	return found
}

// allowedBy returns the values of the Enum marker in a comment.
func allowedBy(doc *ast.CommentGroup) []string {
	if doc == nil {
		return nil
	}
	for _, comment := range doc.List {
		if _, list, ok := strings.Cut(comment.Text, "+kubebuilder:validation:Enum="); ok {
			return strings.Split(list, ";")
		}
	}
	return nil
}

func literals(g Gomega, values []ast.Expr) (texts []string) {
	for _, value := range values {
		literal, ok := value.(*ast.BasicLit)
		g.Expect(ok).To(BeTrue())
		text, err := strconv.Unquote(literal.Value)
		g.Expect(err).NotTo(HaveOccurred())
		texts = append(texts, text)
	}
	return texts
}

// TestEnumsAllowTheConstants compares the values that the CRD allows with the constants in the
// code.
func TestEnumsAllowTheConstants(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	compared := 0
	for name, words := range wordsInSource(g) {
		if words.allowed != nil && words.declared != nil {
			compared++
			g.Expect(words.declared).To(ConsistOf(words.allowed), name)
		}
	}
	g.Expect(compared).To(BeNumerically(">", 5))
}
