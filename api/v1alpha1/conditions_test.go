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

// TestConditionTypesAreAll compares ConditionTypes with the constants that there are.
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
