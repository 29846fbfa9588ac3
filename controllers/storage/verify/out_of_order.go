// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"
)

var errTooManyOutOfOrder = errors.New("too many slices stand out of order")

// misplacedFile is a slice that an index names out of the listing's order.
type misplacedFile struct {
	duration time.Duration
	contents *contents
}

// outOfOrder contains the slices that one additional listing looks for. There are few, if
// any.
type outOfOrder struct {
	limit int
	count int
	byKey map[string][]misplacedFile
}

func newOutOfOrder(limit int) *outOfOrder {
	return &outOfOrder{limit: limit, byKey: map[string][]misplacedFile{}}
}

func (s *outOfOrder) add(key string, duration time.Duration, contents *contents) error {
	if s.count >= s.limit {
		return errTooManyOutOfOrder
	}
	s.count++
	s.byKey[key] = append(s.byKey[key], misplacedFile{duration: duration, contents: contents})
	return nil
}

// found handles a file of the listing. The owner is the index that the file belongs to by
// its name. If there is an owner, only the owner counts the file.
func (s *outOfOrder) found(file object, owner *indexFile) {
	if file.size == 0 {
		return
	}
	for i, misplaced := range s.byKey[file.key] {
		if i == 0 && (owner == nil || owner.contents == misplaced.contents) {
			misplaced.contents.found(file.size, misplaced.duration)
		}
	}
	delete(s.byKey, file.key)
}

// finish handles the end of the listing.
func (s *outOfOrder) finish() {
	for _, key := range slices.SortedFunc(maps.Keys(s.byKey), cmp.Compare[string]) {
		for _, misplaced := range s.byKey[key] {
			misplaced.contents.miss(key)
		}
	}
}
