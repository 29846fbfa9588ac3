// SPDX-License-Identifier: Apache-2.0

package check

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/hack/campaign/record"
)

// checkRate looks for a second in which an account received more requests of the
// operator than its limit. Any second counts, not only those of the clock, and
// every request whose credentials are valid, however it was answered.
//
// When a request arrived is known by a tick of the kernel, or, where the kernel does not
// tell, when this process got to run. One that is noted late seems nearer to the next: what
// may be due to that is no violation.
func checkRate(j judge) Result {
	found := Result{Promise: "4. no second in which an account got more requests than its limit allows"}
	doubtful := 0
	for _, a := range j.Accounts {
		var arrivals []time.Time
		for _, answered := range j.Answers {
			if answered.Account == a.Name {
				arrivals = append(arrivals, answered.Arrived)
			}
		}
		slices.SortFunc(arrivals, time.Time.Compare)
		found.Looked += len(arrivals)
		tooMany, most := bursts(arrivals, a.Limit)
		found.fact("account %s got %d requests, and at most %d in any second, of %d allowed", a.Name, len(arrivals), most, a.Limit)
		for _, burst := range tooMany {
			if max(j.lag(burst.Begin), kernelTick)+burst.End.Sub(burst.Begin) >= time.Second {
				doubtful++
				continue
			}
			found.violated("The account %s got %d requests within %s until %s, and its limit is %d a second.",
				a.Name, a.Limit+1, burst.End.Sub(burst.Begin).Round(time.Millisecond), record.Clock(burst.End), a.Limit)
		}
	}
	if doubtful > 0 {
		found.fact("%d times a request seemed too soon by no more than the first may have been noted late", doubtful)
	}
	return found
}

// kernelTick is by how much the kernel's time of an arrival may be wrong, at 100 ticks a
// second, which is the fewest.
const kernelTick = 10 * time.Millisecond

// bursts returns the times of less than a second in which there is one more than the
// limit, and the largest number in any second.
func bursts(times []time.Time, limit int) (found []record.Span, most int) {
	first := 0
	for i, t := range times {
		for t.Sub(times[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
		if i-first >= limit {
			found = append(found, record.Span{Begin: times[i-limit], End: t})
		}
	}
	return found, most
}

// lag returns how late something may have been noted.
func (j judge) lag(noted time.Time) time.Duration {
	var lag time.Duration
	for _, stalled := range j.Stalls {
		if stalled.Begin.Before(noted) && stalled.End.Add(stallEcho).After(noted) {
			lag = max(lag, noted.Sub(stalled.Begin))
		}
	}
	return lag
}

// stallEcho is how long it takes to catch up with what came meanwhile.
const stallEcho = 10 * time.Millisecond
