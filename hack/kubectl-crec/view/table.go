// SPDX-License-Identifier: Apache-2.0

package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// gap is what stands between two columns.
const gap = "   "

// Table has a column that gives way first where the rest leaves it too little room: the first.
type Table struct {
	Columns []string
	Rows    [][]string
}

// Print writes the table within a width; 0 lets it be as wide as it is.
func (t Table) Print(out io.Writer, width int) {
	rows := append([][]string{t.Columns}, t.Rows...)
	widths := make([]int, len(t.Columns))
	for i, row := range rows {
		rows[i] = slices.Clone(row)
		for column, cell := range row {
			rows[i][column] = printable(cell)
			widths[column] = max(widths[column], utf8.RuneCountInString(rows[i][column]))
		}
	}
	if width > 0 {
		narrow(widths, width-len(gap)*(len(widths)-1))
	}
	for _, row := range rows {
		var line strings.Builder
		for column, cell := range row {
			cell = shorten(cell, widths[column])
			line.WriteString(cell + strings.Repeat(" ", widths[column]-utf8.RuneCountInString(cell)) + gap)
		}
		_, _ = fmt.Fprintln(out, strings.TrimRight(line.String(), " "))
	}
}

// narrow makes columns fit into a room: the first one, and then the widest.
func narrow(widths []int, room int) {
	give := func(column int) {
		if excess := sum(widths) - room; excess > 0 && widths[column] > shortestCell {
			widths[column] = max(widths[column]-excess, shortestCell)
		}
	}
	give(0)
	for range widths {
		give(slices.Index(widths, slices.Max(widths)))
	}
}

// shortestCell is how much is left at least of a cell that gives way.
const shortestCell = 12

// shorten leaves out the middle of what is too long: the ends tell files of a recording apart.
func shorten(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	head := (width - 1) / 3
	return string(runes[:head]) + "…" + string(runes[len(runes)-(width-1-head):])
}

func sum(widths []int) (total int) {
	for _, width := range widths {
		total += width
	}
	return total
}
