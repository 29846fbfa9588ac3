// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"time"
)

// rateLimit admits at most limit requests in any sliding second. Requests
// that it refuses use nothing up.
type rateLimit struct {
	limit int // negative: none

	admitted window
	// arrivals and refusals with 429 count since the start.
	arrivals, refusals int
}

// admit decides on a request that arrives now, and returns the refusal if there is one.
func (l *rateLimit) admit(now time.Time) *reply {
	l.arrivals++
	// Counting is what forgets old times, so it is done without a limit too.
	if admitted := l.admitted.count(now); l.limit >= 0 && admitted >= l.limit {
		l.refusals++
		return gatewayReply(http.StatusTooManyRequests, "API rate limit exceeded")
	}
	l.admitted.add(now)
	return nil
}

// window holds the times of the last second, oldest first.
type window []time.Time

func (w *window) add(t time.Time) { *w = append(*w, t) }

// count returns how many of the times lie in the second that ends now. A time
// that is a whole second old no longer does.
func (w *window) count(now time.Time) int {
	old := 0
	for old < len(*w) && now.Sub((*w)[old]) >= time.Second {
		old++
	}
	*w = (*w)[old:]
	return len(*w)
}
