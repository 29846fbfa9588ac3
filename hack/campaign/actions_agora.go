// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// callFault makes something go wrong with the next calls to Agora: those for a
// recording, or any.
type callFault struct {
	recording recordingPlan
	row       row
	// fault is what it is if it is no row of the error table.
	fault faults.Fault
	name  string
	times int
}

// methods are those of Agora that a fault may strike, each as often as it stands
// here.
type methods []string

var (
	queries  = methods{faults.MethodQuery}
	starts   = methods{faults.MethodAcquire, faults.MethodStart, faults.MethodStart, faults.MethodStart}
	allCalls = methods{faults.MethodAcquire, faults.MethodStart, faults.MethodQuery, faults.MethodStop}
)

// calls returns the methods that matter most for an outcome.
func (f outcome) calls() methods {
	switch f {
	case outcomeKeep, outcomeOrphan, outcomeIdle, outcomeFail, outcomeSuspendAndKeep, outcomeNeverUp:
		return queries
	default:
		return methods{faults.MethodQuery, faults.MethodStop, faults.MethodStop, faults.MethodStop}
	}
}

// callFault draws a fault for the calls of a recording, or for any.
func (p *planner) callFault(r recordingPlan, among methods) callFault {
	method := one(p.random, among)
	f := callFault{recording: r, times: 1 + p.random.IntN(3)}
	if p.random.IntN(2) == 0 {
		f.row = p.drawRow(r, method)
		f.fault.Method = method
		f.name = "answer: " + f.row.name
		return f
	}
	f.fault.Method = method
	switch f.fault.Effect = one(p.random, callEffects()); f.fault.Effect {
	case "":
		f.name = "call: latency"
		latency := metav1.Duration{Duration: between(p.random, 0, longestLatency)}
		if p.random.IntN(2) == 0 {
			f.fault.DelayBeforeActing = latency
		} else {
			f.fault.DelayBeforeReply = latency
		}
	case faults.EffectHang, faults.EffectHangAfterActing:
		f.times = 1
		f.name = "call: " + string(f.fault.Effect)
	default:
		f.name = "call: " + string(f.fault.Effect)
	}
	return f
}

// drawRow draws a row of the error table for a method. What acts, or finds no
// recorder, says something of one recording, so it is for the calls of a recording alone.
func (p *planner) drawRow(r recordingPlan, method string) row {
	for {
		drawn := one(p.random, errorTable())
		if slices.Contains(drawn.methods, method) && p.options.allow(drawn) && (r.options.CName != "" || !drawn.acts && !drawn.isNotFound()) {
			return drawn
		}
	}
}

// allow says whether there is time for a row. A thousand starts leave none for what
// keeps one of them waiting for minutes, or slows the whole account down.
func (o planOptions) allow(drawn row) bool {
	if o.starts > 0 {
		return !drawn.slow && !drawn.stalls && drawn.status != http.StatusTooManyRequests
	}
	return !drawn.slow || o.hasMinutes()
}

// callEffects are drawn by how often they stand here. The first is a latency.
func callEffects() []faults.Effect {
	return []faults.Effect{
		"", "", "", "", faults.EffectDropAfterActing, faults.EffectDropAfterActing, faults.EffectDropBeforeActing,
		faults.EffectGatewayPage, faults.EffectEmptyBody, faults.EffectCutBody, faults.EffectCutBody,
		faults.EffectHang, faults.EffectHangAfterActing,
	}
}

func (f callFault) kind() string { return f.name }

func (f callFault) do(_ context.Context, e *environment) error {
	recording, _ := e.recordingOf(f.recording)
	fault := f.fault
	if f.row.name != "" {
		fault = f.row.fault(recording)
		fault.Method = f.fault.Method
	}
	fault.AppID, fault.CName, fault.Times = f.recording.options.AppID, f.recording.options.CName, f.times
	return e.addFault(f.name, fault)
}

// loseWorker takes the server of a recorder away.
type loseWorker struct {
	recording recordingPlan
	lasts     time.Duration
}

func (loseWorker) kind() string { return "recorder moved to another server" }

func (a loseWorker) do(_ context.Context, e *environment) error {
	recording, ok := e.recordingOf(a.recording)
	if !ok || !recording.Running || !e.mayMove(recording.SID) {
		return nil
	}
	return e.agora.LoseWorker(recording.SID, a.lasts)
}

// moveDistance is after how long a recorder that was moved may be moved again: it is
// found in between. Moves that follow one another at once take longer together than
// Agora says of one.
const moveDistance = (longestMove + notFoundGrace/2) / speed

// mayMove notes a move of a recorder, unless one has just been.
func (e *environment) mayMove(sid string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if last, ok := e.moves[sid]; ok && time.Since(last) < moveDistance {
		return false
	}
	e.moves[sid] = time.Now()
	return true
}

// endRecording has a recording end at Agora by itself.
type endRecording struct {
	name      string
	recording recordingPlan
	end       func(*agorasim.Simulator, agorasim.Recording) error
}

func (a endRecording) kind() string { return a.name }

func (a endRecording) do(_ context.Context, e *environment) error {
	recording, ok := e.recordingOf(a.recording)
	if !ok {
		return nil
	}
	return a.end(e.agora, recording)
}

// emptyChannel makes a recorder idle out.
func emptyChannel(r recordingPlan) endRecording {
	return endRecording{"channel left by all", r, func(agora *agorasim.Simulator, recording agorasim.Recording) error {
		if recording.Mode == recorder.ModeWeb {
			// Pages have no channel that is empty.
			return agora.IdleOut(recording.SID)
		}
		return agora.LeaveChannel(recording.SID)
	}}
}

// failRecorder ends a recording as a failure does.
func failRecorder(r recordingPlan, atOnce bool) endRecording {
	return endRecording{"recorder failed", r, func(agora *agorasim.Simulator, recording agorasim.Recording) error {
		if atOnce {
			return agora.Exit(recording.SID)
		}
		return agora.Fail(recording.SID)
	}}
}

// restartAgora takes the service away for a while.
type restartAgora struct{ lasts time.Duration }

func (restartAgora) kind() string { return "Agora restarted" }

func (a restartAgora) do(_ context.Context, e *environment) error {
	e.agora.Restart(simulated(a.lasts).Duration)
	return nil
}
