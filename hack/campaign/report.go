// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"text/tabwriter"

	"cloudrecording.dev/operator/hack/campaign/check"
)

// report is what is printed of a campaign.
type report struct {
	// done counts the steps that were carried out, struck how often what they
	// broke was met.
	done, struck map[string]int
	// figures are further counts.
	figures []figure
	results []check.Result
}

// figure is something that was counted.
type figure struct {
	what  string
	count int
}

// holds says whether every check found its promise kept.
func (r report) holds() bool {
	return len(r.results) > 0 && !slices.ContainsFunc(r.results, func(r check.Result) bool { return !r.Holds() })
}

// print writes the tables.
func (r report) print(output io.Writer) error {
	table := tabwriter.NewWriter(output, 0, 0, 2, ' ', 0)
	line := func(format string, arguments ...any) {
		_, _ = fmt.Fprintf(table, format+"\n", arguments...) // Flush returns the error
	}
	line("what was done\ttimes\tstruck")
	kinds := slices.Sorted(maps.Keys(r.done))
	for _, kind := range kinds {
		struck := "-"
		if n, counted := r.struck[kind]; counted {
			struck = strconv.Itoa(n)
		}
		line("%s\t%d\t%s", kind, r.done[kind], struck)
	}
	line("\t\t\nwhat was counted\t\t")
	for _, f := range r.figures {
		line("%s\t%d\t", f.what, f.count)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	for _, checked := range r.results {
		if err := checked.Print(output); err != nil {
			return err
		}
	}
	return nil
}
