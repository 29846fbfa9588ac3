// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

const (
	// grace is for how long a recording may be nobody's before it is reported: its object
	// may be about to be created, or to show its sid.
	grace = 5 * time.Minute

	// keepEnded is for how long it is remembered that a recording has ended: notifications
	// of its upload may come for hours, and in any order.
	keepEnded = 6 * time.Hour

	// keepUnheard is for how long a recording is kept that is not heard of: the project may
	// have a few types of notifications sent only, and of a recording that runs there may be
	// none for long.
	keepUnheard = 72 * time.Hour

	// maxEndedOfNamespace bounds of how many recordings of a namespace it is remembered that
	// they have ended: a project may start its recordings without the operator for good.
	maxEndedOfNamespace = 100
)

// review returns what has to change of the recordings: nil for one that is to be dropped.
func review(all map[string]Recording, isOwned func(sid string) bool, now time.Time) map[string]*Recording {
	changes := map[string]*Recording{}
	for sid, recording := range all {
		unheard := now.Sub(recording.LastHeard)
		switch {
		case unheard >= keepUnheard, !recording.Ended.IsZero() && unheard >= keepEnded, isOwned(sid):
			changes[sid] = nil
		case recording.Reported.IsZero() && recording.Ended.IsZero() && now.Sub(recording.FirstHeard) >= grace:
			recording.Reported = now
			changes[sid] = &recording
		}
	}
	dropExcess(all, changes)
	return changes
}

// dropExcess drops those that go beyond the bounds: of those that have ended in a namespace, and
// of all that replicas have noted, each without knowing of the other's. What was heard of first
// goes first, and what has ended before what has not.
func dropExcess(all map[string]Recording, changes map[string]*Recording) {
	kept := slices.DeleteFunc(slices.Collect(maps.Values(all)), func(recording Recording) bool {
		change, isChanged := changes[recording.SID]
		return isChanged && change == nil
	})
	slices.SortFunc(kept, func(a, b Recording) int {
		return cmp.Or(
			cmp.Compare(count(!a.Ended.IsZero()), count(!b.Ended.IsZero())), b.LastHeard.Compare(a.LastHeard), cmp.Compare(a.SID, b.SID))
	})
	ended := map[string]int{}
	for i, recording := range kept {
		ended[recording.Namespace] += count(!recording.Ended.IsZero())
		if i >= maxKept || ended[recording.Namespace] > maxEndedOfNamespace {
			changes[recording.SID] = nil
		}
	}
}
