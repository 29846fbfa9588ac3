// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/notify"
)

// live plans the life of a recording: the actions of its users, and the events at Agora.
func (p *planner) live(r Recording) {
	if p.options.Starts > 0 && !r.Outcome.isOfStart() {
		p.liveShortly(r)
		return
	}
	begin, end := p.span()
	switch r.Outcome {
	case outcomeStopCutOff:
		p.stopBeforeOutage(r)
		return
	case OutcomeScheduled:
		p.liveBySchedule(r)
		return
	case OutcomeManySessions:
		p.at(p.share(0, 0.1), createRecording(r))
		p.at(p.share(0, 0.1), Action{Kind: DoEmptySessions, Recording: r})
		return
	default:
	}
	p.at(begin, createRecording(r))
	if r.Starts {
		p.disturbStart(r, begin)
		p.disturbProfile(r, begin)
	}
	switch r.Outcome {
	case outcomeStopStarting:
		p.at(begin+between(p.random, 0, longestStarting), StopRecording(r))
	case outcomeDeleteStarting:
		p.at(begin+between(p.random, 0, longestStarting), DeleteRecording(r))
	case outcomeSuspendStop, outcomeSuspendDelete, outcomeSuspendAndKeep:
		p.suspend(r, begin, end)
	case outcomeTokenEnded, outcomeTokenFollowed:
		p.endToken(r, begin)
	default:
		p.finish(r, end)
	}
	p.disturbRecording(r, begin, end)
}

// endings are the actions that end recordings, by outcome. The second action follows soon after
// the first.
var endings = map[Outcome][]func(Recording) Action{
	outcomeStop:       {StopRecording},
	OutcomeExpire:     {StopRecording},
	outcomeDelete:     {DeleteRecording},
	outcomeOrphan:     {DeleteRecording},
	outcomeStopDelete: {StopRecording, DeleteRecording},
	outcomeOrphanLate: {DeleteRecording, OrphanRecording},
	outcomeIdle:       {emptyChannel},
	outcomeIdleStop:   {emptyChannel, StopRecording},
}

// finish plans the end of a recording that has run for a while, if it ends.
func (p *planner) finish(r Recording, end time.Duration) {
	switch r.Outcome {
	case outcomeFail:
		p.at(end, Action{Kind: one(p.random, []ActionKind{DoExit, DoFail}), Recording: r})
	case outcomeUnwritable, outcomeUnwritableDelete, outcomeFull, outcomeFlooded:
		p.finishUnwritable(r, end)
	case outcomeTakenOver, outcomeLeft, outcomeLeftDelete:
		p.finishElsewhere(r, end)
	default:
		for i, ending := range endings[r.Outcome] {
			at := end
			if i > 0 {
				at += between(p.random, 0, 3*time.Second)
			}
			p.at(at, ending(r))
		}
	}
}

// suspend plans the rest of the life of a recording that is suspended for a while.
func (p *planner) suspend(r Recording, begin, end time.Duration) {
	soon := end + between(p.random, 0, 3*time.Second)
	p.at(between(p.random, begin, end), suspendRecording(r))
	switch r.Outcome {
	case outcomeSuspendStop:
		p.at(end, StopRecording(r))
		p.at(soon+time.Second, ResumeRecording(r))
	case outcomeSuspendDelete:
		p.at(end, DeleteRecording(r))
	default:
		p.at(soon, ResumeRecording(r))
	}
}

// liveShortly plans the life of a recording that is started and soon ended.
func (p *planner) liveShortly(r Recording) {
	begin, _ := p.span()
	p.at(begin, createRecording(r))
	p.disturbStart(r, begin)
	for _, ending := range endings[r.Outcome] {
		p.at(begin, Action{Kind: DoOnceBegun, Recording: r, After: between(p.random, 0, longestShortLife)}.with(ending(r)))
	}
	// A not-found answer together with a move would take longer than Agora documents for a
	// move.
	isNotFound := false
	if p.random.IntN(2) == 0 {
		fault := p.callFault(r, r.Outcome.calls())
		isNotFound = fault.row.isNotFound()
		p.at(begin, Action{Kind: DoOnceBegun, Recording: r}.with(fault))
	}
	if p.random.IntN(20) == 0 {
		p.at(begin, Action{Kind: DoOnceBegun, Recording: r}.with(p.refusal(r, between(p.random, time.Second, longestRefusedStatus))))
	}
	if p.random.IntN(6) == 0 {
		lost := Action{Kind: DoOnceBegun, Recording: r, After: between(p.random, 0, longestShortLife)}.
			with(loseWorker(r, between(p.random, longestMove/3, longestMove)))
		if !isNotFound {
			p.at(begin, lost)
		}
	}
}

// longestShortLife is the longest life of a recording in a campaign of a thousand starts.
const longestShortLife = 10 * time.Second

// longestStarting is how long after its creation a recording is canceled that is still being
// started.
const longestStarting = 5 * time.Second

// span draws when a recording begins and ends.
func (p *planner) span() (begin, end time.Duration) {
	if p.options.Starts > 0 {
		begin = p.share(0, 0.85)
		return begin, begin
	}
	begin = p.share(0, 0.45)
	return begin, between(p.random, begin+time.Second, p.options.Duration*95/100)
}

// disturbStart plans faults during the start of a recording.
func (p *planner) disturbStart(r Recording, begin time.Duration) {
	const ahead = 200 * time.Millisecond
	before := max(0, begin-ahead)
	for range p.random.IntN(4) {
		p.at(before, p.callFault(r, starts))
	}
	rarely := 10
	if p.options.Starts > 0 {
		// Each kill costs a wait for the lease.
		rarely = 80
	}
	if p.random.IntN(rarely) == 0 {
		p.at(before, Action{Kind: DoKillAt, Recording: r, How: one(p.random, []Variant{BeforeStart, StartActed, StartAnswered})})
	}
	if p.random.IntN(5) == 0 {
		lost := loseNotifications(r)
		lost.Name += ", of a start"
		lost.Notification.EventTypes = []int{notify.EventRecorderStarted, notify.EventWebRecorderStarted}
		p.at(before, lost)
	}
}

// disturbRecording plans faults of a single recording. Most are just before its end, where most
// is at stake.
func (p *planner) disturbRecording(r Recording, begin, end time.Duration) {
	before := func() time.Duration { return max(begin, end-between(p.random, 0, 3*time.Second)) }
	during := func() time.Duration { return between(p.random, begin, end) }
	// A not-found answer excludes a move, as in liveShortly.
	isNotFound := false
	fault := func(at time.Duration, among methods) {
		fault := p.callFault(r, among)
		isNotFound = isNotFound || fault.row.isNotFound()
		p.at(at, fault)
	}
	for range p.random.IntN(4) {
		fault(before(), r.Outcome.calls())
	}
	if p.random.IntN(2) == 0 {
		fault(during(), queries)
	}
	if p.random.IntN(3) == 0 {
		when := before()
		moves := []Step{{when, loseWorker(r, between(p.random, longestMove/3, longestMove))}}
		if p.random.IntN(4) == 0 {
			if again := when + MoveDistance + between(p.random, 0, longestMove/Speed); again < p.options.Duration {
				moves = append(moves, Step{again, loseWorker(r, longestMove)})
			}
		}
		if !isNotFound {
			p.Steps = append(p.Steps, moves...)
		}
	}
	if p.random.IntN(4) == 0 {
		p.at(during(), one(p.random, edits(r)))
	}
	if p.random.IntN(4) == 0 {
		p.at(before(), p.notificationFault(r))
	}
	if p.random.IntN(10) == 0 {
		p.at(before(), p.refusal(r, between(p.random, time.Second, longestRefusedStatus)))
	}
	if p.random.IntN(10) == 0 && !AccountOf(r.Place.Account).Silent {
		p.at(before(), Action{Kind: DoNotify, Recording: r, EventType: one(p.random, strayEvents())})
	}
}

// MoveDistance is the minimum time between two moves of a recorder, so that it is found in
// between. Two moves in a row would together take longer than Agora documents for one.
const MoveDistance = (longestMove + NotFoundGrace/2) / Speed

const (
	// longestRefusedStatus is longer than a stop waits for its status to be written.
	longestRefusedStatus = 16 * time.Second
	// ahead is how long a disturbance begins before a user's action.
	ahead = 300 * time.Millisecond
)

// outage draws a time that is longer than a lease and than the election of the next leader.
func (p *planner) outage() time.Duration {
	return LeaseDuration + between(p.random, 2*time.Second, 5*time.Second)
}

// planOutages draws the times at which the API server goes away for longer than a lease.
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
			p.at(at, Action{Kind: DoCutOff, How: AllReplicas, Lasts: p.outage()})
		}
	}
	slices.Sort(p.outages)
}

// stopBeforeOutage plans the life of a recording whose stop is in progress when the API server
// goes away.
func (p *planner) stopBeforeOutage(r Recording) {
	at := one(p.random, p.outages)
	begin := between(p.random, 0, at/2)
	p.at(begin, createRecording(r))
	p.at(begin, loseNotifications(r))
	p.at(max(0, at-2*time.Second), slowStop(r, between(p.random, time.Second, 6*time.Second)))
	p.at(at-between(p.random, 0, time.Second), StopRecording(r))
}

func statusRefusals() []Variant { return []Variant{ByWebhook, ByFailure, ByCRD, BySize} }

// refusal draws a way to refuse status writes of a recording.
func (p *planner) refusal(r Recording, lasts time.Duration) Action {
	return Action{Kind: DoRefuseStatus, Recording: r, How: one(p.random, statusRefusals()), Lasts: lasts}
}

// finishUnwritable plans the end of a recording whose status cannot be written at that time.
func (p *planner) finishUnwritable(r Recording, end time.Duration) {
	before := max(0, end-ahead)
	switch r.Outcome {
	case outcomeFull:
		p.at(end, Action{Kind: DoFill, Recording: r, Lasts: longestRefusedStatus}.with(StopRecording(r)))
	case outcomeFlooded:
		p.at(max(0, end-8*time.Second), Action{Kind: DoOnceBegun, Recording: r}.with(Action{Kind: DoFlood, Recording: r, Times: floodSize}))
		p.at(end, StopRecording(r))
	case outcomeUnwritableDelete:
		p.at(before, p.refusal(r, longestRefusedStatus))
		p.at(end, DeleteRecording(r))
	default:
		p.at(before, p.refusal(r, longestRefusedStatus))
		p.at(end, StopRecording(r))
	}
}

// floodSize is a number of notifications of one kind that would fill an object if all were
// kept.
const floodSize = 150

// finishElsewhere plans the end of a recording whose labels change beforehand.
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
