// SPDX-License-Identifier: Apache-2.0

package capacity

import (
	"slices"
	"time"
)

// queue holds the waiting entries, the next one first. There may be many thousands, so
// those to be told are found without walking through all of them.
type queue struct {
	entries []*entry

	// untold holds the entries that have not been told to ask again, in the same order.
	untold []*entry

	// early holds the entries that asked before their time had come by this clock.
	early map[*entry]struct{}
}

func newQueue() queue { return queue{early: map[*entry]struct{}{}} }

func (q *queue) add(own *entry) {
	if own.waiting {
		return
	}
	own.waiting = true
	q.entries = insert(q.entries, own)
	q.untold = insert(q.untold, own)
}

func (q *queue) remove(own *entry) {
	if !own.waiting {
		return
	}
	q.entries, q.untold = without(q.entries, own), without(q.untold, own)
	delete(q.early, own)
	own.waiting, own.asked, own.told, own.retryAt = false, false, false, time.Time{}
}

// ask notes that an entry has asked for its place, whether or not it was told to.
func (q *queue) ask(own *entry, now time.Time) {
	q.add(own)
	if own.told {
		own.told = false
		q.untold = insert(q.untold, own)
	}
	own.asked = true
	if own.OpensAt.After(now) {
		q.early[own] = struct{}{}
	}
}

// position returns how many entries are before the given one.
func (q *queue) position(own *entry) int {
	position, _ := slices.BinarySearchFunc(q.entries, own, compareEntries)
	return position
}

// first returns the next entry, or nil.
func (q *queue) first() *entry {
	if len(q.entries) == 0 {
		return nil
	}
	return q.entries[0]
}

// tell returns those of the next count entries whose time has come and that have not been
// told, and marks them as told.
func (q *queue) tell(count int, now time.Time) (told []*entry) {
	next := 0
	for next < len(q.untold) && q.untold[next].isDue(now) && q.position(q.untold[next]) < count {
		next++
	}
	told = slices.Clone(q.untold[:next])
	q.untold = slices.Delete(q.untold, 0, next)
	for _, own := range told {
		own.told = true
	}
	for own := range q.early {
		switch {
		case !own.OpensAt.After(now):
			delete(q.early, own)
		case !own.told && q.position(own) < count:
			own.told = true
			q.untold = without(q.untold, own)
			told = append(told, own)
		}
	}
	return told
}

func insert(entries []*entry, own *entry) []*entry {
	index, _ := slices.BinarySearchFunc(entries, own, compareEntries)
	return slices.Insert(entries, index, own)
}

func without(entries []*entry, own *entry) []*entry {
	if index, found := slices.BinarySearchFunc(entries, own, compareEntries); found {
		return slices.Delete(entries, index, index+1)
	}
	return entries
}
