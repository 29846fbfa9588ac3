// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// Plan is what a reconcile does once it has recorded.
type Plan struct {
	Action Action

	// Priority is the need of a call.
	Priority budget.Priority

	// Timeout bounds a call more closely than its method does; zero if it need not.
	Timeout time.Duration

	// Polls says that the recording is looked after again and again.
	Polls bool

	// Returns says that a call follows when its time has come.
	Returns bool

	// AwaitsPlace says that another session is to begin, now or when its time has come, and
	// that there must be room for it.
	AwaitsPlace bool

	// Updates are the parts that an update carries.
	Updates []clientrequest.Section

	// Session is the sid of the session that the action is for, if it is not the
	// current one.
	Session string

	// Unlisted are names of files for which the status has no room, or no session.
	Unlisted []string

	// Announcements are events to send beside those of the conditions.
	Announcements []Announcement

	// RequeueAt is when to reconcile again if nothing happens before; zero for never.
	RequeueAt time.Time

	// problem is what keeps the operator from its work; its zero value is none.
	problem Problem

	// others are what was decided for the previous sessions.
	others []sessionDecision
}

// isDone says that nothing is done any more for a recording of that phase.
func (p *Plan) isDone(phase v1alpha1.RecordingPhase) bool {
	return p.Action == ActionNone && p.RequeueAt.IsZero() && lifecycle.IsOver(phase)
}

// urgency orders what may be done next.
func (p *Plan) urgency() int {
	switch {
	case p.Action.IsCall():
		return int(p.Priority-budget.Poll) + 2
	case p.Action == ActionVerify:
		return 1
	default:
		return 0
	}
}

// call makes a call if its time has come, and looks again then if not.
func (p *Plan) call(memory *Memory, now time.Time, action Action, priority budget.Priority, notBefore time.Time) {
	if notBefore.After(now) {
		p.Returns = true
		p.requeueAt(now, notBefore)
		return
	}
	p.Action = action
	p.Priority = priority
	p.AwaitsPlace = p.AwaitsPlace || action == ActionAcquire
	memory.calledWith = memory.Trigger
}

// requeueAt looks again at the earliest of the times that are still to come.
func (p *Plan) requeueAt(now time.Time, times ...time.Time) {
	for _, t := range times {
		if t.After(now) && (p.RequeueAt.IsZero() || t.Before(p.RequeueAt)) {
			p.RequeueAt = t
		}
	}
}
