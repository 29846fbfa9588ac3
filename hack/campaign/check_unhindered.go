// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"cloudrecording.dev/operator/hack/agorasim"
)

// largestStatus is what the status of an object may have at the most: with all that
// annotations may hold, and the list of who wrote what, etcd still takes it.
const largestStatus = 1 << 20

// checkUnhindered looks whether every stop was asked for in time that was wanted
// while something was broken that must not hold it up, and whether every status
// stayed so small that it can be written.
func checkUnhindered(j judge) result {
	found := result{promise: "8. no stop waits long for what is broken elsewhere, and no status outgrows its object"}
	despites := map[string]int{}
	longest := map[string]time.Duration{}
	for _, d := range j.deadlines {
		found.looked++
		despites[d.despite]++
		asked, isAsked := j.stopAsked(d)
		if !isAsked {
			found.violated("The stop of %s, which was wanted at %s, was never asked for, %s.", d.object, clock(d.wanted), d.despite)
			continue
		}
		took := max(0, asked.Sub(d.wanted))
		longest[d.despite] = max(longest[d.despite], took)
		if took > d.within {
			found.violated("The stop of %s, which was wanted at %s, was asked for %s later, and not within %s, %s.",
				d.object, clock(d.wanted), took.Round(time.Millisecond), d.within, d.despite)
		}
	}
	for _, despite := range slices.Sorted(maps.Keys(despites)) {
		found.fact("%d stops were wanted %s, and asked for within %s", despites[despite], despite, longest[despite].Round(time.Millisecond))
	}
	j.findOutgrown(&found)
	return found
}

// stopAsked returns when Agora was first asked for a stop after it was wanted.
func (j judge) stopAsked(d deadline) (time.Time, bool) {
	var first time.Time
	for _, a := range j.answers {
		// One that was sent before it was seen that the object is changed counts.
		isLate := a.arrived.After(d.wanted.Add(-shortMoment))
		if a.method == agorasim.MethodStop && a.sid == d.sid && isLate && (first.IsZero() || a.arrived.Before(first)) {
			first = a.arrived
		}
	}
	return first, !first.IsZero()
}

// findOutgrown looks for statuses that are too large. An object that users have filled
// up has no room for any.
func (j judge) findOutgrown(found *result) {
	largest := 0
	for _, h := range j.histories {
		size := 0
		for _, v := range h.versions {
			// What was read always encodes.
			encoded, _ := json.Marshal(v.recording.Status)
			size = max(size, len(encoded))
		}
		found.looked++
		largest = max(largest, size)
		if size > largestStatus {
			found.violated("The status of %s had %d KiB, and %d are the most that always fit.", h.object, size>>10, largestStatus>>10)
		}
	}
	found.fact("the largest of %d statuses had %d KiB", len(j.histories), largest>>10)
	refused := map[object]int{}
	for _, grown := range j.outgrown {
		if !slices.ContainsFunc(j.histories, func(h history) bool { return h.object == grown.object && h.isFilled() }) {
			refused[grown.object]++
		}
	}
	for name, times := range refused {
		found.violated("The API server refused %d writes of the status of %s, since the object was too large.", times, name)
	}
}
