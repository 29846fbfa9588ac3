// SPDX-License-Identifier: Apache-2.0

package record

import (
	"slices"
	"sync"
)

// Log collects records of one kind. It is safe for concurrent use, and its zero value is ready
// to use.
type Log[R any] struct {
	mu      sync.Mutex
	entries []R
}

// Add adds an entry.
func (l *Log[R]) Add(entry R) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, entry)
}

// All returns the entries so far.
func (l *Log[R]) All() []R {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries)
}

// Count counts equal entries.
func Count(entries []string) map[string]int {
	counts := map[string]int{}
	for _, entry := range entries {
		counts[entry]++
	}
	return counts
}
