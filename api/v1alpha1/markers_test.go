// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// words are the values of a type of which a text may have some.
type words struct {
	allowed, declared []string
}

// wordsInSource returns, by the names of types, the words that markers allow, and those
// that there are constants for.
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

// allowedBy returns the words of the marker Enum in a comment.
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

// TestEnumsAllowTheConstants compares what the CRD allows with what the code knows.
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

// ofCondition finds the condition that a column shows a member of.
var ofCondition = regexp.MustCompile(`^\.status\.conditions\[\?\(@\.type=="(\w+)"\)\]\.(\w+)$`)

// TestColumnsShowWhatThereIs has the columns that kubectl prints be fields, of their types.
func TestColumnsShowWhatThereIs(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	definition, err := readDefinition()
	g.Expect(err).NotTo(HaveOccurred())
	version := definition.Spec.Versions[0]
	g.Expect(version.AdditionalPrinterColumns).NotTo(BeEmpty())
	for _, column := range version.AdditionalPrinterColumns {
		path := strings.TrimPrefix(column.JSONPath, ".")
		if path == "metadata.creationTimestamp" {
			continue
		}
		if match := ofCondition.FindStringSubmatch(column.JSONPath); match != nil {
			g.Expect(v1alpha1.ConditionTypes()).To(ContainElement(match[1]), column.Name)
			path = "status.conditions[]." + match[2]
		}
		field, err := schemaAt(*version.Schema.OpenAPIV3Schema, path)
		g.Expect(err).NotTo(HaveOccurred(), column.Name)
		g.Expect(column.Type).To(Equal(typeOf(field)), column.Name)
	}
	for _, selectable := range version.SelectableFields {
		_, err := schemaAt(*version.Schema.OpenAPIV3Schema, strings.TrimPrefix(selectable.JSONPath, "."))
		g.Expect(err).NotTo(HaveOccurred())
	}
}

// typeOf returns the type of a field as a column states it.
func typeOf(field apiextensionsv1.JSONSchemaProps) string {
	if field.XIntOrString || slices.Contains([]string{"", "string"}, field.Type) {
		return "string"
	}
	return field.Type
}
