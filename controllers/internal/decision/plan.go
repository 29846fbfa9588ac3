// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// Plan is what a reconcile does after it has written the status.
type Plan struct {
	Action Action

	// Priority is how urgent a call is.
	Priority budget.Priority

	// Timeout limits a call to less than its method does, unless it is zero.
	Timeout time.Duration

	// Polls means that the recording is polled regularly.
	Polls bool

	// Returns means that a call will follow when its time has come.
	Returns bool

	// AwaitsPlace means that another session should begin, now or when its time has come, and
	// needs room.
	AwaitsPlace bool

	// Updates are the parts that an update carries.
	Updates []clientrequest.Section

	// Session is the sid of the session that the action is for, unless that is the current
	// one.
	Session string

	// Unlisted holds the names of files for which the status has no room or no session.
	Unlisted []string

	// Announcements are events to send in addition to those about conditions.
	Announcements []Announcement

	// RequeueAt is when to reconcile again if nothing happens before that; zero for never.
	RequeueAt time.Time

	// problem is what keeps the operator from its work. Its zero value is none.
	problem Problem

	// others holds the decisions for the previous sessions.
	others []sessionDecision
}

// isDone reports whether nothing more is done for a recording in the phase.
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

// call makes a call if its time has come. Otherwise it plans a reconcile for that time.
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

// requeueAt plans a reconcile for the earliest of the times that are still to come.
func (p *Plan) requeueAt(now time.Time, times ...time.Time) {
	for _, t := range times {
		if t.After(now) && (p.RequeueAt.IsZero() || t.Before(p.RequeueAt)) {
			p.RequeueAt = t
		}
	}
}
