// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"
)

var errTooManyStrays = errors.New("too many slices stand out of order")

// stray is a slice that an index names out of the order of the listing.
type stray struct {
	duration time.Duration
	tally    *tally
}

// strays are looked for by one further listing. There are few, if any.
type strays struct {
	limit int
	count int
	byKey map[string][]stray
}

func newStrays(limit int) *strays {
	return &strays{limit: limit, byKey: map[string][]stray{}}
}

func (s *strays) add(key string, duration time.Duration, tally *tally) error {
	if s.count >= s.limit {
		return errTooManyStrays
	}
	s.count++
	s.byKey[key] = append(s.byKey[key], stray{duration: duration, tally: tally})
	return nil
}

// found takes a file of the listing, and the index that it belongs to by its
// name, which counts it where there is one.
func (s *strays) found(file object, owner *indexFile) {
	if file.size == 0 {
		return
	}
	for i, stray := range s.byKey[file.key] {
		if i == 0 && (owner == nil || owner.tally == stray.tally) {
			stray.tally.found(file.size, stray.duration)
		}
	}
	delete(s.byKey, file.key)
}

// finish takes the end of the listing.
func (s *strays) finish() {
	for _, key := range slices.SortedFunc(maps.Keys(s.byKey), cmp.Compare[string]) {
		for _, stray := range s.byKey[key] {
			stray.tally.miss(key)
		}
	}
}
