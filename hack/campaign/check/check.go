// SPDX-License-Identifier: Apache-2.0

// Package check judges the records of a campaign, with one function for each promise.
package check

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// Result is the result of a check.
type Result struct {
	// Promise is the promise that is checked.
	Promise string
	// Looked is the number of things that were examined. A check that examined nothing has
	// proved nothing.
	Looked int
	// facts describe in words what was examined.
	facts []string
	// Violations are whole sentences.
	Violations []string
}

func (r *Result) fact(format string, arguments ...any) {
	r.facts = append(r.facts, fmt.Sprintf(format, arguments...))
}

// factsOf adds a fact for each kind that was counted, in sorted order.
func factsOf[K cmp.Ordered](r *Result, format string, counts map[K]int) {
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		r.fact(format, counts[kind], kind)
	}
}

func (r *Result) violated(format string, arguments ...any) {
	r.Violations = append(r.Violations, fmt.Sprintf(format, arguments...))
}

// Holds reports whether the promise was kept in everything that was examined.
func (r Result) Holds() bool { return r.Looked > 0 && len(r.Violations) == 0 }

// Print writes the result of a check.
func (r Result) Print(output io.Writer) error {
	verdict := "holds"
	switch {
	case len(r.Violations) > 0:
		verdict = fmt.Sprintf("BROKEN %d times", len(r.Violations))
	case r.Looked == 0:
		verdict = "NOT PROVED: there was too little to look at"
	}
	text := fmt.Sprintf("\n%s: %s\n", r.Promise, verdict)
	for _, fact := range r.facts {
		text += "   " + fact + "\n"
	}
	for _, violation := range r.Violations {
		text += "   ! " + violation + "\n"
	}
	if _, err := io.WriteString(output, text); err != nil {
		return fmt.Errorf("print a result: %w", err)
	}
	return nil
}

// judge holds the records with indexes for common lookups.
type judge struct {
	*record.Records
	// simulated are the recordings at Agora by sid.
	simulated map[string]agorasim.Recording
	// starts are the answers to start requests.
	starts []record.Answer
}

func newJudge(r *record.Records) judge {
	j := judge{Records: r, simulated: map[string]agorasim.Recording{}}
	for _, recording := range r.Recordings {
		j.simulated[recording.SID] = recording
	}
	for _, a := range r.Answers {
		if a.Method == faults.MethodStart {
			j.starts = append(j.starts, a)
		}
	}
	return j
}

// All runs all checks on the records.
func All(r *record.Records) []Result {
	j := newJudge(r)
	var results []Result
	for _, check := range []func(judge) Result{
		checkRunning, checkNames, checkStuck, checkRate, checkSecrets, checkEvidence, checkStarts, checkUnhindered, checkTokens, checkLeaders, checkSchedules,
	} {
		results = append(results, check(j))
	}
	return results
}
