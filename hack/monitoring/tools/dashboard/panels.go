// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

const (
	datasourceType     = "prometheus"
	datasourceVariable = "datasource"
)

// Grafana's names of units.
const (
	unitSeconds  = "s"
	unitRequests = "reqps"
	unitShare    = "percentunit"
	unitCount    = "short"
)

// Grafana divides a row into 24 columns. A unit of height is about 30 pixels.
const (
	numberWidth, numberHeight = 4, 4
	graphWidth, graphHeight   = 12, 8
)

// The colors of numbers, by Grafana's names.
const (
	colorWell    = "green"
	colorWarning = "orange"
	colorAlarm   = "red"
)

// section is a titled row of panels.
type section struct {
	title  string
	panels []panel
}

// panel is a panel without an ID.
type panel interface {
	withID(id uint32) cog.Builder[dashboard.Panel]
}

// query is a PromQL query with the format of its series' names.
type query struct {
	expression, legend string
}

// number is a panel with a current value.
type number struct {
	title, description, expression string
	unit                           string
	// color is the color of a bad value. It is empty if every value is good.
	color string
	// from is the threshold. Values from there on are bad, or good if isWanted is set.
	from     float64
	isWanted bool
}

// graph is a panel with values over time.
type graph struct {
	title, description string
	unit               string
	queries            []query
	// isStacked means that the series are parts of a whole.
	isStacked bool
}

func datasource() common.DataSourceRef {
	return common.DataSourceRef{Type: cog.ToPtr(datasourceType), Uid: cog.ToPtr("${" + datasourceVariable + "}")}
}

// withID implements panel.
func (n number) withID(id uint32) cog.Builder[dashboard.Panel] {
	return stat.NewPanelBuilder().
		Id(id).Title(n.title).Description(n.description).Datasource(datasource()).
		Span(numberWidth).Height(numberHeight).
		Unit(n.unit).
		ColorMode(common.BigValueColorModeBackground).
		GraphMode(common.BigValueGraphModeNone).
		Orientation(common.VizOrientationAuto).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})).
		Thresholds(dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(n.steps())).
		WithTarget(prometheus.NewDataqueryBuilder().RefId("A").Expr(n.expression).Instant())
}

// steps returns the thresholds with their colors. The first is for all lower values.
func (n number) steps() []dashboard.Threshold {
	switch {
	case n.color == "":
		return []dashboard.Threshold{{Color: colorWell}}
	case n.isWanted:
		return []dashboard.Threshold{{Color: n.color}, {Value: cog.ToPtr(n.from), Color: colorWell}}
	default:
		return []dashboard.Threshold{{Color: colorWell}, {Value: cog.ToPtr(n.from), Color: n.color}}
	}
}

// withID implements panel.
func (g graph) withID(id uint32) cog.Builder[dashboard.Panel] {
	builder := timeseries.NewPanelBuilder().
		Id(id).Title(g.title).Description(g.description).Datasource(datasource()).
		Span(graphWidth).Height(graphHeight).
		Unit(g.unit).Min(0).
		LineWidth(1).ShowPoints(common.VisibilityModeNever).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).
			DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom)).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
	if g.isStacked {
		builder.FillOpacity(40).Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal))
	}
	for i, query := range g.queries {
		builder.WithTarget(prometheus.NewDataqueryBuilder().
			RefId(string(rune('A' + i))).Expr(query.expression).LegendFormat(query.legend).Range())
	}
	return builder
}
