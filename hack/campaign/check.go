// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"cloudrecording.dev/operator/hack/agorasim"
)

// result is what a check found.
type result struct {
	// promise is what is checked.
	promise string
	// looked is how much was looked at. A check that looked at nothing has
	// proved nothing.
	looked int
	// facts say what was looked at, in words.
	facts []string
	// violations are whole sentences.
	violations []string
}

func (r *result) fact(format string, arguments ...any) {
	r.facts = append(r.facts, fmt.Sprintf(format, arguments...))
}

// factsOf adds a fact for each kind that was counted, in their order.
func factsOf[K cmp.Ordered](r *result, format string, counts map[K]int) {
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		r.fact(format, counts[kind], kind)
	}
}

func (r *result) violated(format string, arguments ...any) {
	r.violations = append(r.violations, fmt.Sprintf(format, arguments...))
}

// holds says whether the promise was kept, as far as was looked.
func (r result) holds() bool { return r.looked > 0 && len(r.violations) == 0 }

// print writes what a check found.
func (r result) print(output io.Writer) error {
	verdict := "holds"
	switch {
	case len(r.violations) > 0:
		verdict = fmt.Sprintf("BROKEN %d times", len(r.violations))
	case r.looked == 0:
		verdict = "NOT PROVED: there was too little to look at"
	}
	text := fmt.Sprintf("\n%s: %s\n", r.promise, verdict)
	for _, fact := range r.facts {
		text += "   " + fact + "\n"
	}
	for _, violation := range r.violations {
		text += "   ! " + violation + "\n"
	}
	if _, err := io.WriteString(output, text); err != nil {
		return fmt.Errorf("print a result: %w", err)
	}
	return nil
}

// judge looks at records, with what is often looked up in them.
type judge struct {
	*records
	// simulated are the recordings at Agora by their sids.
	simulated map[string]agorasim.Recording
	// starts are the answers to requests to start.
	starts []answer
}

func newJudge(r *records) judge {
	j := judge{records: r, simulated: map[string]agorasim.Recording{}}
	for _, recording := range r.recordings {
		j.simulated[recording.SID] = recording
	}
	for _, a := range r.answers {
		if a.method == agorasim.MethodStart {
			j.starts = append(j.starts, a)
		}
	}
	return j
}

// checks looks at the records in all ways.
func checks(r *records) []result {
	j := newJudge(r)
	var results []result
	for _, check := range []func(judge) result{
		checkRunning, checkNames, checkStuck, checkRate, checkSecrets, checkEvidence, checkStarts, checkUnhindered,
	} {
		results = append(results, check(j))
	}
	return results
}
