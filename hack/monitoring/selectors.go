// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
)

// Selector is a metric in a query, with the labels that the query expects it to have.
type Selector struct {
	Metric string   `json:"metric"`
	Labels []string `json:"labels"`
	// Values are the label values in the query, by label.
	Values map[string][]string `json:"values"`
}

// Selectors returns the selectors of each query. It uses Prometheus' parser.
func Selectors(ctx context.Context, root string, queries []Query) ([][]Selector, error) {
	expressions := make([]string, 0, len(queries))
	for _, query := range queries {
		expressions = append(expressions, query.Expression)
	}
	input, err := json.Marshal(expressions)
	if err != nil {
		return nil, fmt.Errorf("write the queries: %w", err)
	}
	program := exec.CommandContext(ctx, "go", "run", "./selectors")
	program.Dir = tools(root)
	var complaint bytes.Buffer
	program.Stdin, program.Stderr = bytes.NewReader(input), &complaint
	output, err := program.Output()
	if err != nil {
		return nil, fmt.Errorf("parse the queries: %w\n%s", err, complaint.String())
	}
	var selectors [][]Selector
	if err := json.Unmarshal(output, &selectors); err != nil {
		return nil, fmt.Errorf("read the selectors: %w", err)
	}
	return selectors, nil
}

// tools returns the folder of the module that links Prometheus and Grafana's types.
func tools(root string) string { return filepath.Join(root, "hack", "monitoring", "tools") }
