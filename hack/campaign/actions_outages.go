// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"
)

// cutOffOperators keeps all operators from the API server, which goes on for users.
type cutOffOperators struct{ lasts time.Duration }

func (cutOffOperators) kind() string {
	return "all replicas cut off from the API server for longer than the lease"
}

func (a cutOffOperators) do(ctx context.Context, e *environment) error {
	begin := time.Now()
	restore := e.proxy.outages.cutOff()
	defer func() {
		restore()
		e.troubles.add(span{begin, time.Now().Add(troubleAfter)})
	}()
	e.proxy.server.CloseClientConnections()
	sleep(ctx, a.lasts)
	return nil
}

// refuseStatus has every write of a recording's status be refused for a while.
type refuseStatus struct {
	recording recordingPlan
	how       refusal
	lasts     time.Duration
}

func (a refuseStatus) kind() string { return a.how.kind() }

func (a refuseStatus) do(ctx context.Context, e *environment) error {
	begin := time.Now()
	e.proxy.outages.refuse(a.recording.object(), a.how)
	defer func() {
		e.proxy.outages.accept(a.recording.object())
		e.unwritable.add(ofObject{a.recording.object(), span{begin, time.Now().Add(troubleAfter)}})
	}()
	sleep(ctx, a.lasts)
	return nil
}
