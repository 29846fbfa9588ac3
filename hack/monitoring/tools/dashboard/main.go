// SPDX-License-Identifier: Apache-2.0

// Command dashboard writes the Grafana dashboard to its standard output.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	if err := write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(output io.Writer) error {
	made, err := newDashboard().Build()
	if err != nil {
		return fmt.Errorf("make the dashboard: %w", err)
	}
	encoder := json.NewEncoder(output)
	// The queries should remain readable.
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(made)
}

func newDashboard() cog.Builder[dashboard.Dashboard] { //nolint:staticcheck // older versions of Grafana take no other form
	builder := dashboard.NewDashboardBuilder("Cloud recordings") //nolint:staticcheck // as above
	builder.
		Uid("cloudrecording").
		Description("What the cloud recording operator does, what it waits for, and what is being paid or lost.").
		Tags([]string{"agora", "cloudrecording"}).
		Timezone("browser").
		Time("now-6h", "now").
		Refresh("1m").
		Readonly().
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		WithVariable(dashboard.NewDatasourceVariableBuilder(datasourceVariable).Label("Prometheus").Type(datasourceType))
	id := uint32(0)
	for _, section := range sections() {
		id++
		builder.WithRow(dashboard.NewRowBuilder(section.title).Id(id))
		for _, panel := range section.panels {
			id++
			builder.WithPanel(panel.withID(id))
		}
	}
	return builder
}
