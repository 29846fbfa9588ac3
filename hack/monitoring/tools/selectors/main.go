// SPDX-License-Identifier: Apache-2.0

// Command selectors determines which metrics and labels PromQL queries use. It reads a JSON
// list of queries, and writes a JSON list with the selectors of each.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// selector is a metric in a query, with the labels that the query expects it to have.
type selector struct {
	Metric string   `json:"metric"`
	Labels []string `json:"labels"`
	// Values are the label values in the query, by label.
	Values map[string][]string `json:"values"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(input io.Reader, output io.Writer) error {
	var queries []string
	if err := json.NewDecoder(input).Decode(&queries); err != nil {
		return fmt.Errorf("read the queries: %w", err)
	}
	found := make([][]selector, 0, len(queries))
	for _, query := range queries {
		selectors, err := selectorsOf(query)
		if err != nil {
			return fmt.Errorf("parse %q: %w", query, err)
		}
		found = append(found, selectors)
	}
	if err := json.NewEncoder(output).Encode(found); err != nil {
		return fmt.Errorf("write the selectors: %w", err)
	}
	return nil
}

func selectorsOf(query string) ([]selector, error) {
	expression, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		return nil, err
	}
	var found []selector
	parser.Inspect(expression, func(node parser.Node, path []parser.Node) error {
		if vector, ok := node.(*parser.VectorSelector); ok {
			found = append(found, selectorOf(vector, path))
		}
		return nil
	})
	return found, nil
}

// selectorOf returns what a query expects of a metric, both by its matchers and by the
// surrounding expressions.
func selectorOf(vector *parser.VectorSelector, around []parser.Node) selector {
	metric, used, values := "", map[string]bool{}, map[string][]string{}
	for _, matcher := range vector.LabelMatchers {
		if matcher.Name == model.MetricNameLabel {
			metric = matcher.Value
			continue
		}
		used[matcher.Name] = true
		if named := valuesOf(matcher); len(named) > 0 {
			values[matcher.Name] = named
		}
	}
	for _, node := range around {
		for _, name := range labelsOf(node) {
			used[name] = true
		}
	}
	names := slices.AppendSeq([]string{}, maps.Keys(used))
	slices.Sort(names)
	return selector{Metric: metric, Labels: names, Values: values}
}

// valuesOf returns the values that a matcher names. There are none for a pattern.
func valuesOf(matcher *labels.Matcher) []string {
	switch matcher.Type {
	case labels.MatchEqual, labels.MatchNotEqual:
		return []string{matcher.Value}
	default:
		return matcher.SetMatches()
	}
}

// labelsOf returns the labels by which an expression groups or joins its operands.
func labelsOf(node parser.Node) []string {
	switch expression := node.(type) {
	case *parser.AggregateExpr:
		return expression.Grouping
	case *parser.BinaryExpr:
		if expression.VectorMatching != nil {
			return slices.Concat(expression.VectorMatching.MatchingLabels, expression.VectorMatching.Include)
		}
	}
	return nil
}
