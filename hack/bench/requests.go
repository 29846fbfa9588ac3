// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/sets"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// requestLog records the requests that arrive at Agora.
type requestLog struct {
	mu  sync.Mutex
	all []agorasim.Request
}

func (l *requestLog) note(request agorasim.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, agorasim.Request{Method: request.Method, SID: request.SID, Time: request.Time})
}

// since returns the requests of a method that arrived at or after a time, sorted by arrival. An
// empty method selects all methods.
func (l *requestLog) since(begin time.Time, method string) []agorasim.Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []agorasim.Request
	for _, r := range l.all {
		if !r.Time.Before(begin) && (method == "" || r.Method == method) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b agorasim.Request) int { return a.Time.Compare(b.Time) })
	return found
}

// lastStop returns when the last stop of a recording arrived, or the zero time.
func (l *requestLog) lastStop(sid string) (last time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.all {
		if r.SID == sid && r.Method == faults.MethodStop {
			last = later(last, r.Time)
		}
	}
	return last
}

// mostInAnySecond returns the highest number of requests within any sliding second. The
// requests must be sorted by arrival.
func mostInAnySecond(requests []agorasim.Request) int {
	most, first := 0, 0
	for last := range requests {
		for requests[last].Time.Sub(requests[first].Time) >= time.Second {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

// turns returns how long a number of requests takes at a limit per second.
func turns(requests, limit int) time.Duration {
	return time.Duration(requests) * time.Second / time.Duration(limit)
}

func sidsOf(recordings []*v1alpha1.CloudRecording) sets.Set[string] {
	sids := sets.New[string]()
	for _, recording := range recordings {
		sids.Insert(recording.Spec.SID)
	}
	return sids
}
