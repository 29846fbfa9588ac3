// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"slices"
	"time"
)

// maxEntries is how many times a window remembers at most. If the limit is higher, each
// entry stands for several turns.
const maxEntries = 1000

// turns are turns that follow each other closely, counted at the time of the last one.
type turns struct {
	last  time.Time
	count int
}

// turnWindow holds the latest turns, as many as the limit allows in a window, in the order
// in which their requests were really sent. A turn that was used late may come after turns
// that were granted later.
type turnWindow struct {
	entries []turns
	total   int
}

// note adds a turn, given how many fit into a window.
func (w *turnWindow) note(turn time.Time, perWindow int) {
	perEntry := (perWindow + maxEntries - 1) / maxEntries
	if last := len(w.entries) - 1; last >= 0 && w.entries[last].count < perEntry {
		w.entries[last] = turns{last: later(w.entries[last].last, turn), count: w.entries[last].count + 1}
	} else {
		w.insert(turns{last: turn, count: 1})
	}
	w.total++
	surplus := 0
	for ; surplus < len(w.entries) && w.total-w.entries[surplus].count >= perWindow; surplus++ {
		w.total -= w.entries[surplus].count
	}
	w.entries = slices.Delete(w.entries, 0, surplus)
}

// move notes that a turn was taken later than it was granted.
func (w *turnWindow) move(turn, sent time.Time) {
	index := slices.IndexFunc(w.entries, func(entry turns) bool {
		return entry.last.Equal(turn) || (entry.count > 1 && entry.last.After(turn))
	})
	if index < 0 || !sent.After(w.entries[index].last) {
		return
	}
	if w.entries[index].count == 1 {
		w.entries = slices.Delete(w.entries, index, index+1)
		w.insert(turns{last: sent, count: 1})
		return
	}
	// The turns of an entry are so close that it does not matter which of them this was.
	for ; index < len(w.entries) && w.entries[index].last.Before(sent); index++ {
		w.entries[index].last = sent
	}
}

// insert adds an entry after those that are not later.
func (w *turnWindow) insert(added turns) {
	index := len(w.entries)
	for index > 0 && w.entries[index-1].last.After(added.last) {
		index--
	}
	w.entries = slices.Insert(w.entries, index, added)
}

// free returns when there is room for another turn, given how many fit into a window.
func (w *turnWindow) free(perWindow int) time.Time {
	if w.total < perWindow {
		return time.Time{}
	}
	return w.entries[0].last.Add(window + reserve)
}
