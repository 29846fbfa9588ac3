// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"path/filepath"
	"regexp"
)

// Query is a query for Prometheus in an alert or a panel.
type Query struct {
	// Of is the name of the alert or the panel.
	Of         string
	Expression string
	// Shown are the labels in the text of an alert or in the name of a series.
	Shown []string
}

// shownLabel matches the labels in texts of alerts and in names of series.
var shownLabel = regexp.MustCompile(`\$labels\.([a-z_]+)|\{\{\s*([a-z_]+)\s*\}\}`)

// Queries returns all queries of the alerts and the dashboard in a checkout.
func Queries(root string) ([]Query, error) {
	rules, err := ReadRules(filepath.Join(root, "config", "prometheus", "rules.yaml"))
	if err != nil {
		return nil, err
	}
	panels, err := ReadDashboard(filepath.Join(root, "config", "grafana", "dashboard.json"))
	if err != nil {
		return nil, err
	}
	var queries []Query
	for _, alert := range rules.Alerts() {
		query := Query{Of: "the alert " + alert.Name, Expression: alert.Expression}
		for _, text := range alert.Annotations {
			query.Shown = append(query.Shown, shownIn(text)...)
		}
		queries = append(queries, query)
	}
	for _, panel := range panels {
		for _, target := range panel.Targets {
			queries = append(queries, Query{Of: "the panel " + panel.Title, Expression: target.Query(), Shown: shownIn(target.Legend)})
		}
	}
	return queries, nil
}

func shownIn(text string) []string {
	var names []string
	for _, match := range shownLabel.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1]+match[2])
	}
	return names
}
