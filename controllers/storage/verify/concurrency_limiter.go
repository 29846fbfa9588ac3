// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"slices"
	"sync"
)

// concurrencyLimiter limits how many verifications run at the same time: in total, for
// each owner, and for each bucket of an owner. A waiting verification holds no places, so
// nobody waits because of a limit of somebody else. Among those that fit, the one that
// came first goes first.
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

// ownedBucket is a bucket as named by an owner. Anybody can name any bucket, and must not
// delay its real owner by doing so.
type ownedBucket struct {
	owner, bucket string
}

// turn is the place of one verification in the queue.
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

// acquire waits for a turn. Call release to give it back.
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
		// No waiting turn fits, or it would have been granted already.
		t.grant(turn)
		return
	}
	t.waiting = append(t.waiting, turn)
}

// leave stops waiting, or gives the turn back if it was granted in the meantime.
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

// fits reports whether the limits allow the turn.
func (t *concurrencyLimiter) fits(turn *turn) bool {
	return t.running < t.all && t.buckets[turn.bucket] < t.perBucket && (turn.owner == "" || t.owners[turn.owner] < t.perOwner)
}

func (t *concurrencyLimiter) grant(turn *turn) {
	t.running++
	t.owners[turn.owner]++
	t.buckets[turn.bucket]++
	close(turn.granted)
}

// end frees the places of a turn and grants waiting turns.
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

// decrement deletes a count that reaches zero.
func decrement[Key comparable](counts map[Key]int, key Key) {
	counts[key]--
	if counts[key] == 0 {
		delete(counts, key)
	}
}
