// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/hack/agorasim"
)

const (
	// longestRefusedStatus is longer than a stop waits for its status to be written.
	longestRefusedStatus = 16 * time.Second
	// ahead of a wish its disturbance begins.
	ahead = 300 * time.Millisecond
)

// outage draws a time that is longer than a lease, until the next leader is known.
func (p *planner) outage() time.Duration {
	return leaseDuration + between(p.random, 2*time.Second, 5*time.Second)
}

// planOutages draws when the API server will be away for longer than a lease.
func (p *planner) planOutages() {
	if !p.options.hasRoom() {
		return
	}
	for i := range max(2, int(p.options.duration/(100*time.Second))) {
		at := p.share(0.1, 0.8)
		p.outages = append(p.outages, at)
		if i%2 == 0 {
			p.at(at, loseAPIServer{p.outage()})
		} else {
			p.at(at, cutOffOperators{p.outage()})
		}
	}
	slices.Sort(p.outages)
}

// stopBeforeOutage plans the life of a lesson whose stop is under way as the API
// server goes away.
func (p *planner) stopBeforeOutage(l lesson) {
	at := one(p.random, p.outages)
	begin := between(p.random, 0, at/2)
	p.at(begin, createLesson{l})
	p.at(begin, loseNotices(l))
	p.at(max(0, at-2*time.Second), slowStop(l, between(p.random, time.Second, 6*time.Second)))
	p.at(at-between(p.random, 0, time.Second), stopLesson{l})
}

// loseNotices has no notification tell of a lesson, so that the answer to its stop
// is the only place where the names of its last files stand.
func loseNotices(l lesson) noticeFault {
	return noticeFault{lesson: l, fault: agorasim.NotificationFault{Effect: agorasim.NotificationLose}}
}

// refusal draws how a lesson's status cannot be written.
func (p *planner) refusal(l lesson, lasts time.Duration) refuseStatus {
	return refuseStatus{lesson: l, how: one(p.random, statusRefusals()), lasts: lasts}
}

// finishUnwritable plans how a lesson ends whose status cannot be written then.
func (p *planner) finishUnwritable(l lesson, end time.Duration) {
	before := max(0, end-ahead)
	switch l.fate {
	case fateFull:
		p.at(end, fillLesson{l, stopLesson{l}, longestRefusedStatus})
	case fateFlooded:
		p.at(max(0, end-8*time.Second), onceBegun{l, 0, floodLesson{l, floodSize}})
		p.at(end, stopLesson{l})
	case fateUnwritableDelete:
		p.at(before, p.refusal(l, longestRefusedStatus))
		p.at(end, deleteLesson{l})
	default:
		p.at(before, p.refusal(l, longestRefusedStatus))
		p.at(end, stopLesson{l})
	}
}

// floodSize is how many notifications of a kind together would fill an object, if
// each was kept.
const floodSize = 150

// finishElsewhere plans how a lesson ends whose labels change before.
func (p *planner) finishElsewhere(l lesson, end time.Duration) {
	moved := moveLesson{lesson: l, to: shardNone, after: between(p.random, 0, 8*time.Second), then: stopLesson{l}}
	switch l.fate {
	case fateTakenOver:
		moved.to = shardOther
	case fateLeftDelete:
		moved.then = deleteLesson{l}
	default:
	}
	p.at(max(0, end-moved.after), moved)
}
