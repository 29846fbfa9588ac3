// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"slices"
	"sync"
)

// concurrencyLimiter limits how many verifications run at once: over all, for each owner and
// for each of an owner's buckets. Who waits holds none of the places, so that
// nobody waits for a limit that is not their own; of those who may go, the first
// goes first.
type concurrencyLimiter struct {
	all       int
	perOwner  int
	perBucket int

	mu      sync.Mutex
	running int
	owners  map[string]int
	buckets map[ownedBucket]int
	waiting []*turn
}

// ownedBucket is a bucket as an owner reads it. Anybody can name any bucket: who
// does must not hold up those to whom it belongs.
type ownedBucket struct {
	owner, bucket string
}

// turn is one verification's place among those that wait.
type turn struct {
	owner  string
	bucket ownedBucket

	// granted is closed once the verification may run.
	granted chan struct{}
}

func newConcurrencyLimiter(all, perOwner, perBucket int) *concurrencyLimiter {
	return &concurrencyLimiter{
		all:       all,
		perOwner:  perOwner,
		perBucket: perBucket,
		owners:    map[string]int{},
		buckets:   map[ownedBucket]int{},
	}
}

// acquire waits for a turn. It is given back by calling release.
func (t *concurrencyLimiter) acquire(ctx context.Context, owner, bucket string) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	turn := &turn{owner: owner, bucket: ownedBucket{owner, bucket}, granted: make(chan struct{})}
	t.join(turn)
	select {
	case <-turn.granted:
		return func() { t.release(turn) }, nil
	case <-ctx.Done():
		t.leave(turn)
		return nil, ctx.Err()
	}
}

func (t *concurrencyLimiter) join(turn *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fits(turn) {
		// None of those who wait may go, or they would have gone.
		t.grant(turn)
		return
	}
	t.waiting = append(t.waiting, turn)
}

// leave gives up waiting, or the turn where it was granted meanwhile.
func (t *concurrencyLimiter) leave(left *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	position := slices.Index(t.waiting, left)
	if position < 0 {
		t.end(left)
		return
	}
	t.waiting = slices.Delete(t.waiting, position, position+1)
}

func (t *concurrencyLimiter) release(turn *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(turn)
}

// fits reports whether the turn is within the limits.
func (t *concurrencyLimiter) fits(turn *turn) bool {
	return t.running < t.all && t.buckets[turn.bucket] < t.perBucket && (turn.owner == "" || t.owners[turn.owner] < t.perOwner)
}

func (t *concurrencyLimiter) grant(turn *turn) {
	t.running++
	t.owners[turn.owner]++
	t.buckets[turn.bucket]++
	close(turn.granted)
}

// end frees the places of a turn for those who wait.
func (t *concurrencyLimiter) end(ended *turn) {
	t.running--
	decrement(t.owners, ended.owner)
	decrement(t.buckets, ended.bucket)
	t.waiting = slices.DeleteFunc(t.waiting, func(next *turn) bool {
		if !t.fits(next) {
			return false
		}
		t.grant(next)
		return true
	})
}

// decrement forgets what nobody has.
func decrement[Key comparable](counts map[Key]int, key Key) {
	counts[key]--
	if counts[key] == 0 {
		delete(counts, key)
	}
}
