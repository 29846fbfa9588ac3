// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"
)

// row is a line of the table.
type row struct{ what, figure, floor, ratio, aim string }

// plainRow shows a figure that has no floor.
func plainRow(what, figure, aim string) row { return row{what, figure, "-", "-", aim} }

// durationRow compares a duration with its floor, which no operator could beat.
func durationRow(what string, figure, floor time.Duration, aim string) row {
	return row{what, formatDuration(figure), formatDuration(floor), formatRatio(figure.Seconds(), floor.Seconds()), aim}
}

// countRow compares a number with its floor, which no operator could beat.
func countRow(what string, figure, floor int, aim string) row {
	return row{what, strconv.Itoa(figure), strconv.Itoa(floor), formatRatio(float64(figure), float64(floor)), aim}
}

// rateRow compares a rate per second with its limit.
func rateRow(what string, count int, over time.Duration, limit float64) row {
	rate := float64(count) / over.Seconds()
	return row{what, fmt.Sprintf("%.1f/s", rate), fmt.Sprintf("%.1f/s", limit), formatRatio(rate, limit), "-"}
}

// formatDuration formats a duration in a suitable unit.
func formatDuration(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// formatSize formats an amount of memory.
func formatSize(bytes uint64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }

// formatShare formats a part of a duration as a percentage.
func formatShare(part, of time.Duration) string {
	return fmt.Sprintf("%.1f %%", 100*part.Seconds()/of.Seconds())
}

func formatRatio(figure, floor float64) string {
	if floor == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", figure/floor)
}

func printTable(output io.Writer, rows []row) error {
	table := tabwriter.NewWriter(output, 0, 0, 2, ' ', 0)
	for _, r := range append([]row{{"what", "figure", "floor", "ratio", "aim"}}, rows...) {
		// The writer buffers the table, so errors surface in Flush.
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.what, r.figure, r.floor, r.ratio, r.aim)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	return nil
}

// percentile returns the smallest duration that the given percentage of durations do not
// exceed.
func percentile(times []time.Duration, percent float64) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	rank := int(math.Ceil(percent / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}
