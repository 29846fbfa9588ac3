// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"time"
)

// checkRate looks for a second in which an account received more requests of the
// operator than its limit. Any second counts, not only those of the clock, and
// every request whose credentials are valid, however it was answered.
//
// A request is noted when this process gets to run. One that arrived while it
// did not is noted late, and seems nearer to the next: what may be due to that
// is no violation.
func checkRate(j judge) result {
	found := result{promise: "4. no second in which an account got more requests than its limit allows"}
	doubtful := 0
	for _, a := range j.accounts {
		var arrivals []time.Time
		for _, answered := range j.answers {
			if answered.account == a.name {
				arrivals = append(arrivals, answered.arrived)
			}
		}
		slices.SortFunc(arrivals, time.Time.Compare)
		found.looked += len(arrivals)
		tooMany, most := bursts(arrivals, a.limit)
		found.fact("account %s got %d requests, and at most %d in any second, of %d allowed", a.name, len(arrivals), most, a.limit)
		for _, burst := range tooMany {
			if j.lag(burst.begin)+burst.end.Sub(burst.begin) >= time.Second {
				doubtful++
				continue
			}
			found.violated("The account %s got %d requests within %s until %s, and its limit is %d a second.",
				a.name, a.limit+1, burst.end.Sub(burst.begin).Round(time.Millisecond), clock(burst.end), a.limit)
		}
	}
	if doubtful > 0 {
		found.fact("%d times a request seemed too soon by no more than this process was late to note the first", doubtful)
	}
	return found
}

// bursts returns the times of less than a second in which there is one more than the
// limit, and the largest number in any second.
func bursts(times []time.Time, limit int) (found []span, most int) {
	first := 0
	for i, t := range times {
		for t.Sub(times[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
		if i-first >= limit {
			found = append(found, span{times[i-limit], t})
		}
	}
	return found, most
}

// lag returns how late something may have been noted.
func (j judge) lag(noted time.Time) time.Duration {
	var lag time.Duration
	for _, stalled := range j.stalls {
		if stalled.begin.Before(noted) && stalled.end.Add(stallEcho).After(noted) {
			lag = max(lag, noted.Sub(stalled.begin))
		}
	}
	return lag
}

// stallEcho is how long it takes to catch up with what came meanwhile.
const stallEcho = 10 * time.Millisecond
