// SPDX-License-Identifier: Apache-2.0

package check

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/hack/campaign/record"
)

// checkRate looks for a second in which an account received more requests from the operator
// than its limit. Any sliding second counts, and so does every request with valid credentials,
// however it was answered.
//
// The kernel reports arrivals with a resolution of one tick. Where it does not report them, the
// time is when this process got to run. A request that is recorded late seems closer to the
// next one, so an excess that this could explain is not a violation.
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

// kernelTick is the largest error of the kernel's arrival times, at its lowest rate of 100
// ticks per second.
const kernelTick = 10 * time.Millisecond

// bursts returns the spans of less than a second that contain one request more than the limit,
// and the largest number of requests in any second.
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

// lag returns how late something may have been recorded.
func (j judge) lag(noted time.Time) time.Duration {
	var lag time.Duration
	for _, stalled := range j.Stalls {
		if stalled.Begin.Before(noted) && stalled.End.Add(stallEcho).After(noted) {
			lag = max(lag, noted.Sub(stalled.Begin))
		}
	}
	return lag
}

// stallEcho is the time to catch up after a stall.
const stallEcho = 10 * time.Millisecond
