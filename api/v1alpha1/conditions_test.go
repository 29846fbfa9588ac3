// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// TestConditionTypesAreAll compares ConditionTypes with the declared constants.
func TestConditionTypesAreAll(t *testing.T) {
	g := NewWithT(t)
	file, err := parser.ParseFile(token.NewFileSet(), "conditions.go", nil, parser.SkipObjectResolution)
	g.Expect(err).NotTo(HaveOccurred())
	var declared []string
	ast.Inspect(file, func(node ast.Node) bool {
		constant, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasSuffix(constant.Names[0].Name, "Condition") {
			return true
		}
		literal, ok := constant.Values[0].(*ast.BasicLit)
		g.Expect(ok).To(BeTrue(), constant.Names[0].Name)
		value, err := strconv.Unquote(literal.Value)
		g.Expect(err).NotTo(HaveOccurred())
		declared = append(declared, value)
		return true
	})
	g.Expect(declared).NotTo(BeEmpty())
	g.Expect(v1alpha1.ConditionTypes()).To(ConsistOf(declared))
}

// TestStalledReasonsAreAll compares StalledReasons with the declared constants.
func TestStalledReasonsAreAll(t *testing.T) {
	g := NewWithT(t)
	file, err := parser.ParseFile(token.NewFileSet(), "conditions.go", nil, parser.ParseComments|parser.SkipObjectResolution)
	g.Expect(err).NotTo(HaveOccurred())
	declared := []string{v1alpha1.StopSuspendedReason, v1alpha1.UpdatingReason}
	for _, declaration := range file.Decls {
		constants, ok := declaration.(*ast.GenDecl)
		if !ok || !strings.HasPrefix(constants.Doc.Text(), "Reasons for which a person must act:") {
			continue
		}
		for _, spec := range constants.Specs {
			constant, ok := spec.(*ast.ValueSpec)
			g.Expect(ok).To(BeTrue())
			literal, ok := constant.Values[0].(*ast.BasicLit)
			g.Expect(ok).To(BeTrue(), constant.Names[0].Name)
			declared = append(declared, strings.Trim(literal.Value, `"`))
		}
	}
	g.Expect(len(declared)).To(BeNumerically(">", 20))
	g.Expect(v1alpha1.StalledReasons()).To(ConsistOf(declared))
}
