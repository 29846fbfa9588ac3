// SPDX-License-Identifier: Apache-2.0

package capacity

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/controllers/budget"
)

// simulated is a recording as it is reconciled: it asks for a place when its time has come,
// when it is notified, and when it was told to come back.
type simulated struct {
	Request
	running bool
	retryAt time.Time

	// ahead is by how much the clock that set OpensAt is ahead.
	ahead time.Duration
}

// opensAt returns when the recording's time has come by this process's clock.
func (r *simulated) opensAt() time.Time { return r.OpensAt.Add(-r.ahead) }

// simulation has recordings that begin, end and disappear.
type simulation struct {
	*Pools
	clock      *clocktesting.FakePassiveClock
	limit      int
	recordings []*simulated

	// refuses means that Agora has no room.
	refuses bool
}

func newSimulation(t *rapid.T) *simulation {
	clock := clocktesting.NewFakePassiveClock(start)
	s := &simulation{Pools: New(clock), clock: clock, limit: rapid.IntRange(1, 4).Draw(t, "limit")}
	s.State(school.Account, schoolSecret, s.limit)
	s.Open()
	for i := range rapid.IntRange(1, 12).Draw(t, "recordings") {
		name := types.NamespacedName{Name: fmt.Sprintf("recording-%d", i)}
		opens := start.Add(time.Duration(rapid.IntRange(-5, 20).Draw(t, "opens")) * time.Minute)
		s.recordings = append(s.recordings, &simulated{
			Request: Request{Owner: budget.Owner(name.Name), Name: name, OpensAt: opens, Created: start},
			ahead:   time.Duration(rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "ahead")) * time.Minute,
		})
	}
	for _, recording := range s.recordings {
		s.reconcile(recording)
	}
	s.settle()
	return s
}

func (s *simulation) reconcile(recording *simulated) {
	recording.retryAt = time.Time{}
	if recording.running || recording.opensAt().After(s.clock.Now()) {
		s.Note(school, recording.Request, count(recording.running), !recording.running)
		return
	}
	place := s.Take(school, recording.Request)
	if !place.Waits && s.refuses {
		s.Refused(recording.Owner)
		place = s.Take(school, recording.Request)
	}
	if recording.retryAt = place.RetryAt; place.Waits {
		s.Note(school, recording.Request, 0, true)
		return
	}
	s.Accepted(recording.Owner)
	recording.running = true
	s.Note(school, recording.Request, 1, false)
}

// settle reconciles the recordings that are told to ask again.
func (s *simulation) settle() {
	for names := s.due(); len(names) > 0; names = s.due() {
		for _, recording := range s.recordings {
			if slices.Contains(names, recording.Name) {
				s.reconcile(recording)
			}
		}
	}
}

// pass lets time go by, and reconciles the recordings whose own time comes.
func (s *simulation) pass(duration time.Duration) {
	before := s.clock.Now()
	now := before.Add(duration)
	s.clock.SetTime(now)
	comes := func(at time.Time) bool { return at.After(before) && !at.After(now) }
	for _, recording := range s.recordings {
		if comes(recording.opensAt()) || comes(recording.retryAt) {
			s.reconcile(recording)
		}
	}
	s.settle()
}

func (s *simulation) draw(t *rapid.T) *simulated {
	if len(s.recordings) == 0 {
		t.Skip("all have gone")
	}
	return rapid.SampledFrom(s.recordings).Draw(t, "recording")
}

func (s *simulation) remove(gone *simulated) {
	s.recordings = slices.DeleteFunc(s.recordings, func(recording *simulated) bool { return recording == gone })
	s.settle()
}

func (s *simulation) check(t *rapid.T) {
	running := 0
	for _, recording := range s.recordings {
		running += count(recording.running)
	}
	if running > s.limit {
		t.Fatalf("%d run though %d may", running, s.limit)
	}
	pool := s.pools[school]
	if pool == nil {
		return
	}
	taken := 0
	for _, own := range pool.entries {
		taken += own.taken()
	}
	if taken != pool.taken || taken != running {
		t.Fatalf("%d places are taken, %d are counted, and %d run", taken, pool.taken, running)
	}
	now := s.clock.Now()
	untold := slices.DeleteFunc(slices.Clone(pool.queue.entries), func(own *entry) bool { return own.told })
	if !slices.Equal(untold, pool.queue.untold) {
		t.Fatalf("%d were not told, and %d are noted", len(untold), len(pool.queue.untold))
	}
	for _, own := range pool.queue.entries[:min(pool.free(s.limit, now), len(pool.queue.entries))] {
		if own.isDue(now) {
			t.Fatalf("%s waits though there is room for it", own.Owner)
		}
	}
	if head := pool.head(now); head != nil && pool.free(s.limit, now) > 0 {
		t.Fatalf("%s waits though there is room", head.Owner)
	}
}

// Whatever ends, disappears or is refused, in whatever order, no more recordings run than
// are allowed, and nobody waits while there is room.
func TestRandomSequences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t)
		t.Repeat(map[string]func(*rapid.T){
			"reconcile": func(t *rapid.T) { s.reconcile(s.draw(t)); s.settle() },
			"end": func(t *rapid.T) {
				if recording := s.draw(t); recording.running {
					s.Note(school, recording.Request, 0, false)
					s.remove(recording)
				}
			},
			"delete": func(t *rapid.T) {
				recording := s.draw(t)
				s.Forget(recording.Owner)
				s.remove(recording)
			},
			"refuse": func(t *rapid.T) { s.refuses = rapid.Bool().Draw(t, "refuses") },
			"pass":   func(t *rapid.T) { s.pass(time.Duration(rapid.IntRange(1, 180).Draw(t, "seconds")) * time.Second) },
			"":       s.check,
		})
	})
}
