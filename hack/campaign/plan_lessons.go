// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"
)

// live plans the life of a lesson: what its users do, and what happens to it at
// Agora.
func (p *planner) live(l lesson) {
	if p.options.starts > 0 && !l.fate.isOfStart() {
		p.liveShortly(l)
		return
	}
	begin, end := p.span()
	switch l.fate {
	case fateStopCutOff:
		p.stopBeforeOutage(l)
		return
	case fateManySessions:
		p.at(p.share(0, 0.1), createManySessions{l})
		p.at(p.share(0, 0.1), endSessions{l})
		return
	default:
	}
	p.at(begin, createLesson{l})
	if l.starts {
		p.disturbStart(l, begin)
	}
	switch l.fate {
	case fateStopStarting:
		p.at(begin+between(p.random, 0, longestStarting), stopLesson{l})
	case fateDeleteStarting:
		p.at(begin+between(p.random, 0, longestStarting), deleteLesson{l})
	case fateSuspendStop, fateSuspendDelete, fateSuspendAndKeep:
		p.suspend(l, begin, end)
	default:
		p.finish(l, end)
	}
	p.disturbLesson(l, begin, end)
}

// finish plans how a lesson ends that has been recorded for a while, if it does.
func (p *planner) finish(l lesson, end time.Duration) {
	soon := func() time.Duration { return end + between(p.random, 0, 3*time.Second) }
	switch l.fate {
	case fateStop, fateExpire:
		p.at(end, stopLesson{l})
	case fateDelete:
		p.at(end, deleteLesson{l})
	case fateStopDelete:
		p.at(end, stopLesson{l})
		p.at(soon(), deleteLesson{l})
	case fateOrphan:
		p.at(end, deleteLesson{l})
	case fateOrphanLate:
		p.at(end, deleteLesson{l})
		p.at(soon(), orphanLesson{l})
	case fateIdle:
		p.at(end, emptyChannel{l})
	case fateIdleStop:
		p.at(end, emptyChannel{l})
		p.at(soon(), stopLesson{l})
	case fateFail:
		p.at(end, failRecorder{l, p.random.IntN(2) == 0})
	case fateUnwritable, fateUnwritableDelete, fateFull, fateFlooded:
		p.finishUnwritable(l, end)
	case fateTakenOver, fateLeft, fateLeftDelete:
		p.finishElsewhere(l, end)
	default:
	}
}

// suspend plans what becomes of a lesson that is suspended for a while.
func (p *planner) suspend(l lesson, begin, end time.Duration) {
	soon := end + between(p.random, 0, 3*time.Second)
	p.at(between(p.random, begin, end), suspendLesson{l, true})
	switch l.fate {
	case fateSuspendStop:
		p.at(end, stopLesson{l})
		p.at(soon+time.Second, suspendLesson{l, false})
	case fateSuspendDelete:
		p.at(end, deleteLesson{l})
	default:
		p.at(soon, suspendLesson{l, false})
	}
}

// liveShortly plans the life of a lesson that is started and soon ended.
func (p *planner) liveShortly(l lesson) {
	begin, _ := p.span()
	p.at(begin, createLesson{l})
	p.disturbStart(l, begin)
	once := func(do action) { p.at(begin, onceBegun{l, between(p.random, 0, longestShortLife), do}) }
	switch l.fate {
	case fateStop:
		once(stopLesson{l})
	case fateDelete:
		once(deleteLesson{l})
	case fateStopDelete:
		once(stopLesson{l})
		once(deleteLesson{l})
	default:
	}
	// An answer that it is not found, and a move, would together take longer than
	// Agora says that a move does.
	isNotFound := false
	if p.random.IntN(2) == 0 {
		fault := p.callFault(l, l.fate.calls())
		isNotFound = fault.row.isNotFound()
		p.at(begin, onceBegun{l, 0, fault})
	}
	if p.random.IntN(20) == 0 {
		p.at(begin, onceBegun{l, 0, p.refusal(l, between(p.random, time.Second, longestRefusedStatus))})
	}
	if p.random.IntN(6) == 0 {
		lost := onceBegun{l, between(p.random, 0, longestShortLife), loseWorker{l, between(p.random, longestMove/3, longestMove)}}
		if !isNotFound {
			p.at(begin, lost)
		}
	}
}

// longestShortLife is how long after its begin a recording is ended of which
// there are a thousand.
const longestShortLife = 10 * time.Second

// longestStarting is how long after its creation a lesson is taken back that is
// being started.
const longestStarting = 5 * time.Second

// span draws when a lesson begins and ends.
func (p *planner) span() (begin, end time.Duration) {
	if p.options.starts > 0 {
		begin = p.share(0, 0.85)
		return begin, begin
	}
	begin = p.share(0, 0.45)
	return begin, between(p.random, begin+time.Second, p.options.duration*95/100)
}

// disturbStart plans what goes wrong while a lesson is started.
func (p *planner) disturbStart(l lesson, begin time.Duration) {
	const ahead = 200 * time.Millisecond
	before := max(0, begin-ahead)
	for range p.random.IntN(4) {
		p.at(before, p.callFault(l, starts))
	}
	rarely := 10
	if p.options.starts > 0 {
		// Each time the lease is waited for.
		rarely = 80
	}
	if p.random.IntN(rarely) == 0 {
		p.at(before, ambush{l, one(p.random, moments())})
	}
	if p.random.IntN(5) == 0 {
		p.at(before, loseStart(l))
	}
}

// disturbLesson plans what goes wrong with a lesson alone: most of it just
// before its end, where most is at stake.
func (p *planner) disturbLesson(l lesson, begin, end time.Duration) {
	before := func() time.Duration { return max(begin, end-between(p.random, 0, 3*time.Second)) }
	during := func() time.Duration { return between(p.random, begin, end) }
	// Not beside a move, as with those that live shortly.
	isNotFound := false
	fault := func(at time.Duration, among methods) {
		fault := p.callFault(l, among)
		isNotFound = isNotFound || fault.row.isNotFound()
		p.at(at, fault)
	}
	for range p.random.IntN(4) {
		fault(before(), l.fate.calls())
	}
	if p.random.IntN(2) == 0 {
		fault(during(), queries)
	}
	if p.random.IntN(3) == 0 {
		when := before()
		moves := []step{{when, loseWorker{l, between(p.random, longestMove/3, longestMove)}}}
		if p.random.IntN(4) == 0 {
			if again := when + moveDistance + between(p.random, 0, longestMove/speed); again < p.options.duration {
				moves = append(moves, step{again, loseWorker{l, longestMove}})
			}
		}
		if !isNotFound {
			p.steps = append(p.steps, moves...)
		}
	}
	if p.random.IntN(4) == 0 {
		p.at(during(), editLesson{l, one(p.random, edits())})
	}
	if p.random.IntN(4) == 0 {
		p.at(before(), p.noticeFault(l))
	}
	if p.random.IntN(10) == 0 {
		p.at(before(), p.refusal(l, between(p.random, time.Second, longestRefusedStatus)))
	}
	if p.random.IntN(10) == 0 && !accountOf(l.place.account).silent {
		p.at(before(), sendNotice{l, one(p.random, strayEvents())})
	}
}
