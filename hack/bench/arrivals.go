// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"sync"
	"time"

	"cloudrecording.dev/operator/hack/agorasim"
)

// arrival is a request that arrived at Agora.
type arrival struct {
	method, sid string
	at          time.Time
}

// arrivals notes the requests that arrive at Agora.
type arrivals struct {
	mu  sync.Mutex
	all []arrival
}

func (a *arrivals) note(request agorasim.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, arrival{method: request.Method, sid: request.SID, at: request.Time})
}

// since returns the requests that arrived from a time on, in their order.
func (a *arrivals) since(begin time.Time) []arrival {
	a.mu.Lock()
	defer a.mu.Unlock()
	var found []arrival
	for _, arrived := range a.all {
		if !arrived.at.Before(begin) {
			found = append(found, arrived)
		}
	}
	slices.SortFunc(found, func(one, other arrival) int { return one.at.Compare(other.at) })
	return found
}

// ofMethod returns those of the requests that call a method.
func ofMethod(requests []arrival, method string) []arrival {
	return slices.DeleteFunc(slices.Clone(requests), func(a arrival) bool { return a.method != method })
}

// stops returns when the last stop of each recording arrived, by sid.
func (a *arrivals) stops() map[string]time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	times := map[string]time.Time{}
	for _, arrived := range a.all {
		if arrived.method == agorasim.MethodStop {
			times[arrived.sid] = later(times[arrived.sid], arrived.at)
		}
	}
	return times
}

// mostInAnySecond returns the most of the requests, which are in their order,
// that arrived within any sliding second.
func mostInAnySecond(requests []arrival) int {
	most, first := 0, 0
	for last := range requests {
		for requests[last].at.Sub(requests[first].at) >= time.Second {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}
