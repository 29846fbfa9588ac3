// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"time"
)

// rateLimit admits at most limit requests in any sliding second. Refused requests do not
// count.
type rateLimit struct {
	limit int // negative: none

	admitted window
	// arrivals and refusals with 429 are counted from the beginning.
	arrivals, refusals int
}

// admit applies the limit to a request that arrives now, and returns the refusal if there
// is one.
func (l *rateLimit) admit(now time.Time) *reply {
	l.arrivals++
	// count also removes old times, so it is called even without a limit.
	if admitted := l.admitted.count(now); l.limit >= 0 && admitted >= l.limit {
		l.refusals++
		return gatewayReply(http.StatusTooManyRequests, "API rate limit exceeded")
	}
	l.admitted.add(now)
	return nil
}

// window contains the times of the last second, the oldest first.
type window []time.Time

func (w *window) add(t time.Time) { *w = append(*w, t) }

// count returns the number of times in the second that ends now. A time that is exactly
// one second old does not count.
func (w *window) count(now time.Time) int {
	old := 0
	for old < len(*w) && now.Sub((*w)[old]) >= time.Second {
		old++
	}
	*w = (*w)[old:]
	return len(*w)
}
