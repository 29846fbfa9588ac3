// SPDX-License-Identifier: Apache-2.0

package check

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// largestStatus is the maximum size of an object's status in bytes. Together with the largest
// possible annotations and the managed fields, etcd still accepts it.
const largestStatus = 1 << 20

// checkUnhindered checks that every stop that was wanted during an unrelated failure was
// requested in time, and that every status stayed small enough to be written.
func checkUnhindered(j judge) Result {
	found := Result{Promise: "8. no stop waits long for what is broken elsewhere, and no status outgrows its object"}
	despites := map[string]int{}
	longest := map[string]time.Duration{}
	for _, d := range j.Deadlines {
		found.Looked++
		despites[d.Despite]++
		asked, isAsked := j.stopAsked(d)
		if !isAsked {
			found.violated("The stop of %s, which was wanted at %s, was never asked for, %s.", d.Object, record.Clock(d.Wanted), d.Despite)
			continue
		}
		took := max(0, asked.Sub(d.Wanted))
		longest[d.Despite] = max(longest[d.Despite], took)
		if took > d.Within {
			found.violated("The stop of %s, which was wanted at %s, was asked for %s later, and not within %s, %s.",
				d.Object, record.Clock(d.Wanted), took.Round(time.Millisecond), d.Within, d.Despite)
		}
	}
	for _, despite := range slices.Sorted(maps.Keys(despites)) {
		found.fact("%d stops were wanted %s, and asked for within %s", despites[despite], despite, longest[despite].Round(time.Millisecond))
	}
	j.findOutgrown(&found)
	return found
}

// stopAsked returns when Agora was first asked for a stop after it was wanted.
func (j judge) stopAsked(d record.Deadline) (time.Time, bool) {
	var first time.Time
	for _, a := range j.Answers {
		// A stop also counts if it was sent before the change of the object was seen.
		isLate := a.Arrived.After(d.Wanted.Add(-shortMoment))
		if a.Method == faults.MethodStop && a.SID == d.SID && isLate && (first.IsZero() || a.Arrived.Before(first)) {
			first = a.Arrived
		}
	}
	return first, !first.IsZero()
}

// findOutgrown looks for statuses that are too large. It ignores objects that users have filled
// up, because those have no room for a status.
func (j judge) findOutgrown(found *Result) {
	largest := 0
	for _, h := range j.Histories {
		size := 0
		for _, v := range h.Versions {
			// A decoded status always encodes.
			encoded, _ := json.Marshal(v.Recording.Status)
			size = max(size, len(encoded))
		}
		found.Looked++
		largest = max(largest, size)
		if size > largestStatus {
			found.violated("The status of %s had %d KiB, and %d are the most that always fit.", h.Object, size>>10, largestStatus>>10)
		}
	}
	found.fact("the largest of %d statuses had %d KiB", len(j.Histories), largest>>10)
	refused := map[plan.Object]int{}
	for _, grown := range j.Outgrown {
		if !slices.ContainsFunc(j.Histories, func(h record.History) bool { return h.Object == grown && h.IsFilled() }) {
			refused[grown]++
		}
	}
	for name, times := range refused {
		found.violated("The API server refused %d writes of the status of %s, since the object was too large.", times, name)
	}
}
