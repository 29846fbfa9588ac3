// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"sync"
)

// log collects records of one kind. It is safe for concurrent use, and its zero value is
// ready.
type log[R any] struct {
	mu      sync.Mutex
	entries []R
}

func (l *log[R]) add(entry R) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, entry)
}

func (l *log[R]) all() []R {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries)
}

// count counts entries by what they are.
func count(entries []string) map[string]int {
	counts := map[string]int{}
	for _, entry := range entries {
		counts[entry]++
	}
	return counts
}
