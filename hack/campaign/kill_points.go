// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"sync"

	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// moment is when the operator is killed that starts a recording.
type killPoint string

const (
	killNone killPoint = ""
	// momentBeforeStart is between acquire and start: start is on its way, and has
	// no effect.
	killBeforeStart killPoint = "between acquire and start"
	// momentStartActed is when start has taken effect and is not answered.
	killStartActed killPoint = "when start has taken effect"
	// momentStartAnswered is when the answer is on its way.
	killStartAnswered killPoint = "when start is answered"
)

func allKillPoints() []killPoint {
	return []killPoint{killBeforeStart, killStartActed, killStartAnswered}
}

// killAt kills the operator at the next start of a recording.
type killAt struct {
	recording recordingPlan
	killPoint killPoint
}

func (a killAt) kind() string { return "operator killed " + string(a.killPoint) }

func (a killAt) do(_ context.Context, e *environment) error {
	e.agoraProxy.killPoints.set(a.recording.options.CName, a.killPoint)
	return nil
}

// killPoints are those that wait to be reached, by channels. They are safe for concurrent
// use.
type killPoints struct {
	mu      sync.Mutex
	pending map[string]killPoint
	// reached counts how often each kind was reached.
	reached counter
}

func (p *killPoints) set(cname string, at killPoint) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pending == nil {
		p.pending = map[string]killPoint{}
	}
	p.pending[cname] = at
}

// reach returns when the operator that asks is to be killed, if it is.
func (p *killPoints) reach(method, cname string) killPoint {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.pending[cname]
	if method != faults.MethodStart || at == killNone {
		return killNone
	}
	delete(p.pending, cname)
	p.reached.add(killAt{killPoint: at}.kind())
	return at
}

// clear lifts all.
func (p *killPoints) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.pending)
}
