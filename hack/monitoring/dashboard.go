// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Panel is a panel of a dashboard, or the title of a row.
type Panel struct {
	ID          int      `json:"id"`
	Type        string   `json:"type"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Targets     []Target `json:"targets"`
	Position    Position `json:"gridPos"`
}

// Position is the position of a panel. A row has 24 columns.
type Position struct {
	X     int `json:"x"`
	Y     int `json:"y"`
	Width int `json:"w"`
}

// Target is a query of a panel, with the format of its series' names.
type Target struct {
	Expression string `json:"expr"`
	Legend     string `json:"legendFormat"`
}

// rateInterval is a value that Grafana may use for its variable. It depends on Prometheus'
// scrape interval.
const rateInterval = "5m"

// Query returns the query for Prometheus.
func (t Target) Query() string {
	return strings.ReplaceAll(t.Expression, "$__rate_interval", rateInterval)
}

// ReadDashboard reads the panels of a Grafana dashboard.
func ReadDashboard(path string) ([]Panel, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the dashboard: %w", err)
	}
	var dashboard struct {
		Panels []Panel `json:"panels"`
	}
	if err := json.Unmarshal(content, &dashboard); err != nil {
		return nil, fmt.Errorf("read the dashboard: %w", err)
	}
	return dashboard.Panels, nil
}
