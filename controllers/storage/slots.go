// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// slots limits how many verifications run at once, over all and for each bucket.
// Who waits for a slow bucket takes none of the places of others.
type slots struct {
	all       *semaphore.Weighted
	perBucket int64

	mu      sync.Mutex
	buckets map[string]*line
}

// line is one bucket's limit, kept as long as somebody waits for it or has it.
type line struct {
	slots *semaphore.Weighted
	users int
}

func newSlots(all, perBucket int) *slots {
	return &slots{
		all:       semaphore.NewWeighted(int64(all)),
		perBucket: int64(perBucket),
		buckets:   map[string]*line{},
	}
}

// acquire waits in line. The slot is given back by calling release.
func (s *slots) acquire(ctx context.Context, bucket string) (release func(), err error) {
	line := s.join(bucket)
	if err := line.slots.Acquire(ctx, 1); err != nil {
		s.leave(bucket)
		return nil, err
	}
	if err := s.all.Acquire(ctx, 1); err != nil {
		line.slots.Release(1)
		s.leave(bucket)
		return nil, err
	}
	return func() {
		s.all.Release(1)
		line.slots.Release(1)
		s.leave(bucket)
	}, nil
}

func (s *slots) join(bucket string) *line {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.buckets[bucket]
	if found == nil {
		found = &line{slots: semaphore.NewWeighted(s.perBucket)}
		s.buckets[bucket] = found
	}
	found.users++
	return found
}

func (s *slots) leave(bucket string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := s.buckets[bucket]
	line.users--
	if line.users == 0 {
		delete(s.buckets, bucket)
	}
}
