// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim"
)

// callFault makes something go wrong with the next calls to Agora: those for a
// lesson, or any.
type callFault struct {
	lesson lesson
	row    row
	// fault is what it is if it is no row of the error table.
	fault agorasim.Fault
	name  string
	times int
}

// methods are those of Agora that a fault may strike, each as often as it stands
// here.
type methods []string

var (
	queries  = methods{agorasim.MethodQuery}
	starts   = methods{agorasim.MethodAcquire, agorasim.MethodStart, agorasim.MethodStart, agorasim.MethodStart}
	allCalls = methods{agorasim.MethodAcquire, agorasim.MethodStart, agorasim.MethodQuery, agorasim.MethodStop}
)

// calls returns the methods that matter most for a fate.
func (f fate) calls() methods {
	switch f {
	case fateKeep, fateOrphan, fateIdle, fateFail, fateSuspendAndKeep, fateNeverUp:
		return queries
	default:
		return methods{agorasim.MethodQuery, agorasim.MethodStop, agorasim.MethodStop, agorasim.MethodStop}
	}
}

// callFault draws a fault for the calls of a lesson, or for any.
func (p *planner) callFault(l lesson, among methods) callFault {
	method := one(p.random, among)
	f := callFault{lesson: l, times: 1 + p.random.IntN(3)}
	if p.random.IntN(2) == 0 {
		f.row = p.drawRow(l, method)
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
	case agorasim.EffectHang, agorasim.EffectHangAfterActing:
		f.times = 1
		f.name = "call: " + string(f.fault.Effect)
	default:
		f.name = "call: " + string(f.fault.Effect)
	}
	return f
}

// drawRow draws a row of the error table for a method. What acts, or finds no
// recorder, says something of one recording, so it is for the calls of a lesson alone.
func (p *planner) drawRow(l lesson, method string) row {
	for {
		drawn := one(p.random, errorTable())
		if slices.Contains(drawn.methods, method) && p.options.allow(drawn) && (l.options.CName != "" || !drawn.acts && !drawn.isNotFound()) {
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
	return !drawn.slow || o.isPatient()
}

// callEffects are drawn by how often they stand here. The first is a latency.
func callEffects() []agorasim.Effect {
	return []agorasim.Effect{
		"", "", "", "", agorasim.EffectDropAfterActing, agorasim.EffectDropAfterActing, agorasim.EffectDropBeforeActing,
		agorasim.EffectGatewayPage, agorasim.EffectEmptyBody, agorasim.EffectCutBody, agorasim.EffectCutBody,
		agorasim.EffectHang, agorasim.EffectHangAfterActing,
	}
}

func (f callFault) kind() string { return f.name }

func (f callFault) do(_ context.Context, s *stage) error {
	recording, _ := s.recordingOf(f.lesson)
	fault := f.fault
	if f.row.name != "" {
		fault = f.row.fault(recording)
		fault.Method = f.fault.Method
	}
	fault.AppID, fault.CName, fault.Times = f.lesson.options.AppID, f.lesson.options.CName, f.times
	return s.addFault(f.name, fault)
}

// loseWorker takes the server of a recorder away.
type loseWorker struct {
	lesson lesson
	lasts  time.Duration
}

func (loseWorker) kind() string { return "recorder moved to another server" }

func (a loseWorker) do(_ context.Context, s *stage) error {
	recording, ok := s.recordingOf(a.lesson)
	if !ok || !recording.Running || !s.mayMove(recording.SID) {
		return nil
	}
	return s.agora.LoseWorker(recording.SID, a.lasts)
}

// moveDistance is after how long a recorder that was moved may be moved again: it is
// found in between. Moves that follow one another at once take longer together than
// Agora says of one.
const moveDistance = (longestMove + notFoundGrace/2) / speed

// mayMove notes a move of a recorder, unless one has just been.
func (s *stage) mayMove(sid string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.moves[sid]; ok && time.Since(last) < moveDistance {
		return false
	}
	s.moves[sid] = time.Now()
	return true
}

// emptyChannel makes a recorder idle out.
type emptyChannel struct{ lesson lesson }

func (emptyChannel) kind() string { return "channel left by all" }

func (a emptyChannel) do(_ context.Context, s *stage) error {
	recording, ok := s.recordingOf(a.lesson)
	if !ok {
		return nil
	}
	if recording.Mode == agorasim.ModeWeb {
		// Pages have no channel that is empty.
		return s.agora.IdleOut(recording.SID)
	}
	return s.agora.LeaveChannel(recording.SID)
}

// failRecorder ends a recording as a failure does.
type failRecorder struct {
	lesson lesson
	atOnce bool
}

func (failRecorder) kind() string { return "recorder failed" }

func (a failRecorder) do(_ context.Context, s *stage) error {
	recording, ok := s.recordingOf(a.lesson)
	if !ok {
		return nil
	}
	if a.atOnce {
		return s.agora.Exit(recording.SID)
	}
	return s.agora.Fail(recording.SID)
}

// restartAgora takes the service away for a while.
type restartAgora struct{ lasts time.Duration }

func (restartAgora) kind() string { return "Agora restarted" }

func (a restartAgora) do(_ context.Context, s *stage) error {
	s.agora.Restart(simulated(a.lasts).Duration)
	return nil
}

// sleep returns after a while, or when the context ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
