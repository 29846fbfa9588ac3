// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"
)

func TestWindowRemembersFewTimesAndGrantsNoMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		perWindow := rapid.SampledFrom([]int{1, 2, 999, 1000, 1001, 2500, highestLimit}).Draw(t, "limit")
		pace := time.Duration(rapid.IntRange(0, int(2*time.Second)/perWindow).Draw(t, "pace"))
		var w turnWindow
		var taken []time.Time
		now := time.Unix(0, 0)
		for range min(3*perWindow+10, 12_000) {
			now = later(now.Add(pace), w.free(perWindow))
			w.note(now, perWindow)
			taken = append(taken, now)
			if len(taken)%101 == 0 {
				// The network sends it later.
				sent := now.Add(time.Millisecond)
				w.move(now, sent)
				taken[len(taken)-1] = sent
				now = sent
			}
			if len(w.entries) > maxEntries+1 {
				t.Fatalf("%d times are remembered", len(w.entries))
			}
		}
		for last := perWindow; last < len(taken); last++ {
			if first := last - perWindow; taken[last].Sub(taken[first]) < window {
				t.Fatalf("%d turns in %s, of %d that the limit allows", perWindow+1, taken[last].Sub(taken[first]), perWindow)
			}
		}
	})
}

func TestWindowKeepsTheOrderInWhichTurnsWereTaken(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	at := func(milliseconds int) time.Time {
		return time.Unix(0, 0).Add(time.Duration(milliseconds) * time.Millisecond)
	}
	const perWindow = 3
	var w turnWindow
	for _, turn := range []int{0, 100, 200} {
		w.note(at(turn), perWindow)
	}
	w.move(at(0), at(150))
	w.note(at(300), perWindow)
	g.Expect(w.free(perWindow)).To(Equal(at(150).Add(window+reserve)), "those of 150, 200 and 300 are the latest three")
}

func TestWindowFollowsALimitThatChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var w turnWindow
		now := time.Unix(0, 0)
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			perWindow := rapid.SampledFrom([]int{1, 7, 1000, 3000, highestLimit}).Draw(t, "limit")
			for range rapid.IntRange(0, 2000).Draw(t, "turns") {
				free := w.free(perWindow)
				if free.After(now.Add(2 * window)) {
					t.Fatalf("at %s, there is room at %s only", now, free)
				}
				now = later(now, free)
				w.note(now, perWindow)
				total := 0
				for _, entry := range w.entries {
					total += entry.count
				}
				if total != w.total || total < 1 {
					t.Fatalf("%d turns are counted, and %d remembered", w.total, total)
				}
			}
		}
	})
}
