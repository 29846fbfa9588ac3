// SPDX-License-Identifier: Apache-2.0

package plan

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
	return LeaseDuration + between(p.random, 2*time.Second, 5*time.Second)
}

// planOutages draws when the API server will be away for longer than a lease.
func (p *planner) planOutages() {
	if !p.options.hasRoom() {
		return
	}
	for i := range max(2, int(p.options.Duration/(100*time.Second))) {
		at := p.share(0.1, 0.8)
		p.outages = append(p.outages, at)
		if i%2 == 0 {
			p.at(at, restartAPIServer(p.outage()))
		} else {
			p.at(at, Action{Deed: DoCutOff, Lasts: p.outage()})
		}
	}
	slices.Sort(p.outages)
}

// stopBeforeOutage plans the life of a recording whose stop is under way as the API
// server goes away.
func (p *planner) stopBeforeOutage(r Recording) {
	at := one(p.random, p.outages)
	begin := between(p.random, 0, at/2)
	p.at(begin, createRecording(r))
	p.at(begin, loseNotifications(r))
	p.at(max(0, at-2*time.Second), slowStop(r, between(p.random, time.Second, 6*time.Second)))
	p.at(at-between(p.random, 0, time.Second), StopRecording(r))
}

func statusRefusals() []Way { return []Way{ByWebhook, ByFailure, ByCRD, BySize} }

// refusal draws how a recording's status cannot be written.
func (p *planner) refusal(r Recording, lasts time.Duration) Action {
	return Action{Deed: DoRefuseStatus, Recording: r, How: one(p.random, statusRefusals()), Lasts: lasts}
}

// finishUnwritable plans how a recording ends whose status cannot be written then.
func (p *planner) finishUnwritable(r Recording, end time.Duration) {
	before := max(0, end-ahead)
	switch r.Outcome {
	case outcomeFull:
		p.at(end, Action{Deed: DoFill, Recording: r, Lasts: longestRefusedStatus}.with(StopRecording(r)))
	case outcomeFlooded:
		p.at(max(0, end-8*time.Second), Action{Deed: DoOnceBegun, Recording: r}.with(Action{Deed: DoFlood, Recording: r, Times: floodSize}))
		p.at(end, StopRecording(r))
	case outcomeUnwritableDelete:
		p.at(before, p.refusal(r, longestRefusedStatus))
		p.at(end, DeleteRecording(r))
	default:
		p.at(before, p.refusal(r, longestRefusedStatus))
		p.at(end, StopRecording(r))
	}
}

// floodSize is how many notifications of a kind together would fill an object, if
// each was kept.
const floodSize = 150

// finishElsewhere plans how a recording ends whose labels change before.
func (p *planner) finishElsewhere(r Recording, end time.Duration) {
	after := between(p.random, 0, 8*time.Second)
	to, then := ShardNone, StopRecording(r)
	switch r.Outcome {
	case outcomeTakenOver:
		to = ShardOther
	case outcomeLeftDelete:
		then = DeleteRecording(r)
	default:
	}
	p.at(max(0, end-after), move(r, to, after, then))
}
