// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"time"
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
			p.at(at, restartAPIServer(p.outage()))
		} else {
			p.at(at, action{deed: doCutOff, lasts: p.outage()})
		}
	}
	slices.Sort(p.outages)
}

// stopBeforeOutage plans the life of a recording whose stop is under way as the API
// server goes away.
func (p *planner) stopBeforeOutage(r recordingPlan) {
	at := one(p.random, p.outages)
	begin := between(p.random, 0, at/2)
	p.at(begin, createRecording(r))
	p.at(begin, loseNotifications(r))
	p.at(max(0, at-2*time.Second), slowStop(r, between(p.random, time.Second, 6*time.Second)))
	p.at(at-between(p.random, 0, time.Second), stopRecording(r))
}

func statusRefusals() []way { return []way{byWebhook, byFailure, byCRD, bySize} }

// refusal draws how a recording's status cannot be written.
func (p *planner) refusal(r recordingPlan, lasts time.Duration) action {
	return action{deed: doRefuseStatus, recording: r, how: one(p.random, statusRefusals()), lasts: lasts}
}

// finishUnwritable plans how a recording ends whose status cannot be written then.
func (p *planner) finishUnwritable(r recordingPlan, end time.Duration) {
	before := max(0, end-ahead)
	switch r.outcome {
	case outcomeFull:
		p.at(end, action{deed: doFill, recording: r, lasts: longestRefusedStatus}.with(stopRecording(r)))
	case outcomeFlooded:
		p.at(max(0, end-8*time.Second), action{deed: doOnceBegun, recording: r}.with(action{deed: doFlood, recording: r, times: floodSize}))
		p.at(end, stopRecording(r))
	case outcomeUnwritableDelete:
		p.at(before, p.refusal(r, longestRefusedStatus))
		p.at(end, deleteRecording(r))
	default:
		p.at(before, p.refusal(r, longestRefusedStatus))
		p.at(end, stopRecording(r))
	}
}

// floodSize is how many notifications of a kind together would fill an object, if
// each was kept.
const floodSize = 150

// finishElsewhere plans how a recording ends whose labels change before.
func (p *planner) finishElsewhere(r recordingPlan, end time.Duration) {
	after := between(p.random, 0, 8*time.Second)
	to, then := shardNone, stopRecording(r)
	switch r.outcome {
	case outcomeTakenOver:
		to = shardOther
	case outcomeLeftDelete:
		then = deleteRecording(r)
	default:
	}
	p.at(max(0, end-after), move(r, to, after, then))
}
