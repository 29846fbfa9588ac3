// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Panel is what a dashboard shows in one place, or a title.
type Panel struct {
	ID          int      `json:"id"`
	Type        string   `json:"type"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Targets     []Target `json:"targets"`
	Position    Position `json:"gridPos"`
}

// Position is where a panel is: a row has 24 columns.
type Position struct {
	X     int `json:"x"`
	Y     int `json:"y"`
	Width int `json:"w"`
}

// Target is a query of a panel, and how its series are named.
type Target struct {
	Expression string `json:"expr"`
	Legend     string `json:"legendFormat"`
}

// rateInterval is what Grafana puts in place of its variable: it depends on how often
// Prometheus reads metrics.
const rateInterval = "5m"

// Query returns what Prometheus is asked.
func (t Target) Query() string {
	return strings.ReplaceAll(t.Expression, "$__rate_interval", rateInterval)
}

// ReadDashboard reads the panels of a dashboard for Grafana.
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
