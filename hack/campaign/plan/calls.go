// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"net/http"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
)

// CallFault returns the fault for the calls of an action's recording, given its state at Agora.
func (a Action) CallFault(recording agorasim.Recording) faults.Fault {
	fault := a.call
	if a.row.name != "" {
		fault = a.row.fault(recording)
		fault.Method = a.call.Method
	}
	fault.AppID, fault.CName, fault.Times = a.Recording.Options.AppID, a.Recording.Options.CName, a.Times
	return fault
}

// slowStop delays the answer to the stop of a recording. The stop takes effect at once.
func slowStop(r Recording, late time.Duration) Action {
	return Action{
		Kind: DoBreakCalls, Name: "call: stop answered late", Recording: r, Times: 1,
		call: faults.Fault{Method: faults.MethodStop, DelayBeforeReply: Simulated(late)},
	}
}

// loseNotifications loses all notifications of a recording, so that only the answer to its stop
// names its last files.
func loseNotifications(r Recording) Action {
	return notificationFault(r, notify.Fault{Effect: notify.EffectLose})
}

func notificationFault(r Recording, fault notify.Fault) Action {
	return Action{Kind: DoBreakNotifications, Name: "notification: " + string(fault.Effect), Recording: r, Notification: fault}
}

// methods are the methods of Agora to which a fault may apply. A method that is listed several
// times is drawn more often.
type methods []string

var (
	queries  = methods{faults.MethodQuery}
	starts   = methods{faults.MethodAcquire, faults.MethodStart, faults.MethodStart, faults.MethodStart}
	allCalls = methods{faults.MethodAcquire, faults.MethodStart, faults.MethodQuery, faults.MethodStop}
)

// calls returns the methods that matter most for an outcome.
func (f Outcome) calls() methods {
	switch f {
	case outcomeKeep, outcomeOrphan, outcomeIdle, outcomeFail, outcomeSuspendAndKeep, OutcomeNeverUp:
		return queries
	default:
		return methods{faults.MethodQuery, faults.MethodStop, faults.MethodStop, faults.MethodStop}
	}
}

// callFault draws a fault for the calls of a recording, or of any.
func (p *planner) callFault(r Recording, among methods) Action {
	method := one(p.random, among)
	f := Action{Kind: DoBreakCalls, Recording: r, Times: 1 + p.random.IntN(3), call: faults.Fault{Method: method}}
	if p.random.IntN(2) == 0 {
		f.row = p.drawRow(r, method)
		f.Name = "answer: " + f.row.name
		return f
	}
	f.call.Effect = one(p.random, callEffects())
	f.Name = "call: " + string(f.call.Effect)
	switch f.call.Effect {
	case "":
		f.Name = "call: latency"
		latency := metav1.Duration{Duration: between(p.random, 0, longestLatency)}
		if p.random.IntN(2) == 0 {
			f.call.DelayBeforeActing = latency
		} else {
			f.call.DelayBeforeReply = latency
		}
	case faults.EffectHang, faults.EffectHangAfterActing:
		f.Times = 1
	default:
	}
	return f
}

// drawRow draws a row of the error table for a method. A row that acts or finds no recorder is
// about a specific recording, so it is never drawn for the calls of any recording.
func (p *planner) drawRow(r Recording, method string) row {
	for {
		drawn := one(p.random, errorTable())
		if slices.Contains(drawn.methods, method) && p.options.allow(drawn) && (r.Options.CName != "" || !drawn.acts && !drawn.isNotFound()) {
			return drawn
		}
	}
}

// allow reports whether there is time for a row. A campaign of a thousand starts has no time
// for rows that delay a single start for minutes or that slow down the whole account.
func (o Options) allow(drawn row) bool {
	if o.Starts > 0 {
		return !drawn.slow && !drawn.stalls && drawn.status != http.StatusTooManyRequests
	}
	return !drawn.slow || o.hasMinutes()
}

// callEffects returns the effects to draw from. A repeated effect is drawn more often. The
// empty effect is a latency.
func callEffects() []faults.Effect {
	return []faults.Effect{
		"", "", "", "", faults.EffectDropAfterActing, faults.EffectDropAfterActing, faults.EffectDropBeforeActing,
		faults.EffectGatewayPage, faults.EffectEmptyBody, faults.EffectCutBody, faults.EffectCutBody,
		faults.EffectHang, faults.EffectHangAfterActing,
	}
}

// notificationFault draws a fault for the notifications of a recording, or of any.
func (p *planner) notificationFault(r Recording) Action {
	fault := notify.Fault{
		Effect: one(p.random, []notify.Effect{
			notify.EffectLose, notify.EffectDuplicate, notify.EffectRedundant,
			notify.EffectDelay, notify.EffectReverse, notify.EffectWrongSignature,
			notify.EffectWithoutV2, notify.EffectUnsigned,
		}),
		Times: 2 + p.random.IntN(6),
	}
	if fault.Effect == notify.EffectDelay {
		fault.Delay.Duration = between(p.random, 1, longestMove)
	}
	return notificationFault(r, fault)
}

// strayEvents are events that make no false statement.
func strayEvents() []int {
	return []int{
		notify.EventError, notify.EventWarning, notify.EventStatusUpdate, notify.EventHighAvailability,
		notify.EventWebReload, notify.EventTranscoderCompleted, notify.EventRTMPPublishStatus,
		notify.EventPostponeTranscodeFinal,
	}
}
