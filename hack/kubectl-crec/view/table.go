// SPDX-License-Identifier: Apache-2.0

package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// gap separates two columns.
const gap = "   "

// Table is a table whose first column is shortened first if there is too little room.
type Table struct {
	Columns []string
	Rows    [][]string
}

// Print writes the table. The width limits the table; 0 means no limit.
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

// narrow shrinks columns to fit: the first one, and then the widest.
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

// shortestCell is the minimum width of a shortened cell.
const shortestCell = 12

// shorten omits the middle of a long text, because the ends distinguish the files of a
// recording.
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
