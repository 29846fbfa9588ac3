// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"text/tabwriter"

	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/hack/campaign/check"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// report is the printed report of a campaign.
type report struct {
	// done counts the steps that were carried out. struck counts how often their faults took
	// effect.
	done, struck map[string]int
	// figures are further counts.
	figures []figure
	results []check.Result
}

// figure is a count with a description.
type figure struct {
	what  string
	count int
}

// holds reports whether every check found its promise kept.
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

// figures returns further counts for the report.
func (r *running) figures(ctx context.Context) ([]figure, error) {
	held, err := r.heldLeases(ctx)
	if err != nil {
		return nil, err
	}
	ends, handOvers, refused, versions := map[record.Ending]int{}, 0, 0, 0
	for _, p := range r.seen.Processes {
		ends[p.End]++
	}
	for _, lease := range held {
		handOvers += int(ptr.Deref(lease.Spec.LeaseTransitions, 0))
	}
	for _, a := range r.Agora.Accounts() {
		refused += a.RateLimited
	}
	for _, h := range r.seen.Histories {
		versions += len(h.Versions)
	}
	isUnaccepted := func(n record.Notification) bool { return n.Status != http.StatusOK }
	isByRightClock := func(planned plan.Recording) bool { return planned.Options.ClockOffset.Duration == 0 }
	return []figure{
		{"objects", len(r.seen.Histories)},
		{"recordings whose notifications are by a clock that is off by " + plan.ClockOffset.String(), len(slices.DeleteFunc(r.plan.All(), isByRightClock))},
		{"versions of objects seen", versions},
		{"operators started", len(r.seen.Processes)},
		{"operators killed", ends[record.EndKilled]},
		{"operators that ended by themselves, without a lease or an API server", ends[record.EndByItself]},
		{"hand-overs of the leases", handOvers},
		{"requests of the operator to Agora", len(r.seen.Answers)},
		{"requests answered with 429, those of others included", refused},
		{"notifications sent", len(r.seen.Notifications)},
		{"notifications accepted", len(slices.DeleteFunc(slices.Clone(r.seen.Notifications), isUnaccepted))},
		{"ConfigMaps with notifications left in the end", r.seen.JournalLeft},
	}, nil
}
