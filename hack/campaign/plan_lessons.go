// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"
)

// live plans the life of a lesson: what its users do, and what happens to it at
// Agora.
func (p *planner) live(l lesson) {
	begin := p.share(0, 0.45)
	end := between(p.random, begin+time.Second, p.options.duration*95/100)
	soon := func() time.Duration { return end + between(p.random, 0, 3*time.Second) }
	p.at(begin, createLesson{l})
	switch l.fate {
	case fateKeep:
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
	case fateSuspendStop:
		p.at(between(p.random, begin, end), suspendLesson{l, true})
		p.at(end, stopLesson{l})
		p.at(soon()+time.Second, suspendLesson{l, false})
	case fateSuspendDelete:
		p.at(between(p.random, begin, end), suspendLesson{l, true})
		p.at(end, deleteLesson{l})
	case fateSuspendAndKeep:
		p.at(between(p.random, begin, end), suspendLesson{l, true})
		p.at(soon(), suspendLesson{l, false})
	}
	p.disturbLesson(l, begin, end)
}

// disturbLesson plans what goes wrong with a lesson alone: most of it just
// before its end, where most is at stake.
func (p *planner) disturbLesson(l lesson, begin, end time.Duration) {
	before := func() time.Duration { return max(begin, end-between(p.random, 0, 3*time.Second)) }
	during := func() time.Duration { return between(p.random, begin, end) }
	for range p.random.IntN(4) {
		p.at(before(), p.callFault(l, l.fate.calls()))
	}
	if p.random.IntN(2) == 0 {
		p.at(during(), p.callFault(l, queries))
	}
	if p.random.IntN(3) == 0 {
		when := before()
		p.at(when, loseWorker{l, between(p.random, longestMove/3, longestMove)})
		if p.random.IntN(4) == 0 {
			p.at(when+between(p.random, 0, longestMove/speed), loseWorker{l, longestMove})
		}
	}
	if p.random.IntN(4) == 0 {
		p.at(during(), editLesson{l, one(p.random, edits())})
	}
	if p.random.IntN(4) == 0 {
		p.at(before(), p.noticeFault(l))
	}
	if p.random.IntN(10) == 0 {
		p.at(before(), sendNotice{l, one(p.random, strayEvents())})
	}
}
