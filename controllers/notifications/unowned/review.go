// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

const (
	// grace is how long a recording may be unowned before it is reported. Its object may
	// be about to be created, or about to show its sid.
	grace = 5 * time.Minute

	// keepEnded is how long an ended recording is kept. Notifications about its upload
	// may arrive for hours, and in any order.
	keepEnded = 6 * time.Hour

	// keepUnheard is how long a recording is kept without news. The project may have only
	// a few types of notifications enabled, and a running recording may send none of them
	// for a long time.
	keepUnheard = 72 * time.Hour

	// maxEndedOfNamespace limits the ended recordings that are kept for a namespace. A
	// project may permanently start its recordings without the operator.
	maxEndedOfNamespace = 100
)

// review returns the changes to the recordings. Nil means that a recording is dropped.
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

// dropExcess drops recordings beyond the limits: the limit of ended recordings in a
// namespace, and the total limit, which replicas can exceed together because each adds
// recordings without knowing those of the others. Ended recordings go first, and among
// equals the one heard of least recently.
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
