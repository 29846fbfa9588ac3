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
type row struct {
	what, figure, floor, ratio, aim string
}

// durationRow compares a time with what no operator could do better.
func durationRow(what string, figure, floor time.Duration, aim string) row {
	return row{
		what: what, figure: formatDuration(figure), floor: formatDuration(floor),
		ratio: formatRatio(figure.Seconds(), floor.Seconds()), aim: aim,
	}
}

// timeRow shows a time that has no floor.
func timeRow(what string, figure time.Duration, aim string) row {
	return row{what: what, figure: formatDuration(figure), floor: "-", ratio: "-", aim: aim}
}

// countRow compares a number with what no operator could do better.
func countRow(what string, figure, floor int, aim string) row {
	return row{
		what: what, figure: strconv.Itoa(figure), floor: strconv.Itoa(floor),
		ratio: formatRatio(float64(figure), float64(floor)), aim: aim,
	}
}

// sizeRow shows an amount of memory, in bytes, which has no floor.
func sizeRow(what string, figure int64, aim string) row {
	return row{what: what, figure: fmt.Sprintf("%.1f MiB", float64(figure)/(1<<20)), floor: "-", ratio: "-", aim: aim}
}

// formatDuration writes a time in the unit that suits it.
func formatDuration(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

func formatRatio(figure, floor float64) string {
	if floor == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", figure/floor)
}

func printTable(output io.Writer, rows []row) error {
	table := tabwriter.NewWriter(output, 0, 0, 2, ' ', 0)
	header := row{what: "what", figure: "figure", floor: "floor", ratio: "ratio", aim: "aim"}
	for _, r := range append([]row{header}, rows...) {
		// The table keeps what it gets, and fails only when it is flushed.
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.what, r.figure, r.floor, r.ratio, r.aim)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	return nil
}

// percentile returns the smallest of the times that so many percent of them do
// not exceed.
func percentile(times []time.Duration, percent float64) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	rank := int(math.Ceil(percent / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

// shareRow shows how much of a core a process used over a time.
func shareRow(what string, busy, over time.Duration, aim string) row {
	return row{what: what, figure: fmt.Sprintf("%.1f %%", 100*busy.Seconds()/over.Seconds()), floor: "-", ratio: "-", aim: aim}
}

// rateRow compares how many there were in a second with as many as there may be.
func rateRow(what string, count int, over time.Duration, limit float64) row {
	rate := float64(count) / over.Seconds()
	return row{
		what: what, figure: fmt.Sprintf("%.1f/s", rate), floor: fmt.Sprintf("%.1f/s", limit),
		ratio: formatRatio(rate, limit), aim: "-",
	}
}

// meanRow shows how many of something each of others took.
func meanRow(what string, total, of int) row {
	return row{what: what, figure: fmt.Sprintf("%.2f", float64(total)/float64(of)), floor: "-", ratio: "-", aim: "-"}
}
