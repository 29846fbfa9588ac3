// SPDX-License-Identifier: Apache-2.0

package main

import "time"

// workPeriods is how many periods of work, one after the other, are waited for at the
// most: an object that never rests is no better than one that works for ever.
const workPeriods = 3

// workTimeout is how long objects are waited for. Each has the same time, from when
// it was first seen at work: some get to work only while others are waited for.
type workTimeout struct {
	limit time.Duration
	ends  time.Time
	since map[object]time.Time
}

func newWorkTimeout(limit time.Duration, now time.Time) *workTimeout {
	return &workTimeout{limit: limit, ends: now.Add(workPeriods * limit)}
}

// isLeft says whether any of those at work is to be waited for.
func (p *workTimeout) isLeft(busy []object, now time.Time) bool {
	since := map[object]time.Time{}
	left := false
	for _, o := range busy {
		begin, known := p.since[o]
		if !known {
			begin = now
		}
		since[o] = begin
		left = left || now.Sub(begin) < p.limit
	}
	p.since = since
	return left && now.Before(p.ends)
}
