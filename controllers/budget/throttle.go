// SPDX-License-Identifier: Apache-2.0

package budget

import "time"

const (
	// pause is the shortest time for which the account rests after Agora answered 429.
	pause = time.Second

	// longestPause is the longest such time, whatever Agora asks for: recordings that wait to
	// be stopped are billed.
	longestPause = time.Minute

	// slowest is the part of the limit below which repeated 429 answers do not lower the rate.
	slowest = 0.1

	// recovery is the part of the limit by which the rate rises in each second without a 429.
	recovery = 0.05
)

// throttle lowers the rate after 429 answers.
type throttle struct {
	// part is the share of the limit that was in use at the time since.
	part  float64
	since time.Time

	// restUntil is the time until which nothing is sent, whatever the rate.
	restUntil time.Time
}

func (t *throttle) refuse(now time.Time, retryAfter time.Duration) {
	rested := now.Add(min(max(pause, retryAfter), longestPause))
	// Requests of the same moment are refused together and count once.
	if !t.restUntil.After(now) {
		t.part = max(t.share(now)/2, slowest)
		t.restUntil = rested
	} else if retryAfter > 0 {
		t.restUntil = later(t.restUntil, rested)
	}
	t.since = t.restUntil
}

// share returns the share of the limit that is in use now.
func (t *throttle) share(now time.Time) float64 {
	recovered := max(now.Sub(t.since).Seconds(), 0) * recovery
	return min(t.part+recovered, 1)
}
