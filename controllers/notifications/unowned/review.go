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

// dropExcess drops those that replicas have noted beyond the bound, each without knowing of
// the other's: those that were heard of first.
func dropExcess(all map[string]Recording, changes map[string]*Recording) {
	kept := slices.DeleteFunc(slices.Collect(maps.Values(all)), func(recording Recording) bool {
		change, isChanged := changes[recording.SID]
		return isChanged && change == nil
	})
	slices.SortFunc(kept, func(a, b Recording) int {
		return cmp.Or(b.LastHeard.Compare(a.LastHeard), cmp.Compare(a.SID, b.SID))
	})
	for _, recording := range kept[min(len(kept), maxRecordings):] {
		changes[recording.SID] = nil
	}
}
