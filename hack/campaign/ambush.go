// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"sync"

	"cloudrecording.dev/operator/hack/agorasim"
)

// moment is when the operator is killed that starts a recording.
type moment string

const (
	momentNone moment = ""
	// momentBeforeStart is between acquire and start: start is on its way, and has
	// no effect.
	momentBeforeStart moment = "between acquire and start"
	// momentStartActed is when start has taken effect and is not answered.
	momentStartActed moment = "when start has taken effect"
	// momentStartAnswered is when the answer is on its way.
	momentStartAnswered moment = "when start is answered"
)

func moments() []moment { return []moment{momentBeforeStart, momentStartActed, momentStartAnswered} }

// ambush kills the operator at the next start of a lesson.
type ambush struct {
	lesson lesson
	moment moment
}

func (a ambush) kind() string { return "operator killed " + string(a.moment) }

func (a ambush) do(_ context.Context, s *stage) error {
	s.front.ambushes.lay(a.lesson.options.CName, a.moment)
	return nil
}

// ambushes are those that are laid, by channels. It is safe for concurrent use.
type ambushes struct {
	mu     sync.Mutex
	laid   map[string]moment
	sprung map[string]int
}

func (a *ambushes) lay(cname string, at moment) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.laid == nil {
		a.laid, a.sprung = map[string]moment{}, map[string]int{}
	}
	a.laid[cname] = at
}

// spring returns when the operator that asks is to be killed, if it is.
func (a *ambushes) spring(method, cname string) moment {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := a.laid[cname]
	if method != agorasim.MethodStart || at == momentNone {
		return momentNone
	}
	delete(a.laid, cname)
	a.sprung[ambush{moment: at}.kind()]++
	return at
}

// clear lifts all.
func (a *ambushes) clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.laid)
}

// counts returns how often each kind was sprung.
func (a *ambushes) counts() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sprung
}
