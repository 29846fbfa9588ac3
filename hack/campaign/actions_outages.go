// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"
)

// loseAPIServer ends the API server for longer than a lease: whoever leads ends
// before it is back.
type loseAPIServer struct{ down time.Duration }

func (loseAPIServer) kind() string { return "API server away for longer than the lease" }

func (a loseAPIServer) do(ctx context.Context, s *stage) error {
	return restartAPIServer(a).do(ctx, s)
}

// cutOffOperators keeps all operators from the API server, which goes on for users.
type cutOffOperators struct{ lasts time.Duration }

func (cutOffOperators) kind() string {
	return "all replicas cut off from the API server for longer than the lease"
}

func (a cutOffOperators) do(ctx context.Context, s *stage) error {
	begin := time.Now()
	restore := s.proxy.outages.cutOff()
	defer func() {
		restore()
		s.troubles.add(span{begin, time.Now().Add(troubleAfter)})
	}()
	s.proxy.server.CloseClientConnections()
	sleep(ctx, a.lasts)
	return nil
}

// refuseStatus has every write of a lesson's status be refused for a while.
type refuseStatus struct {
	lesson lesson
	how    refusal
	lasts  time.Duration
}

func (a refuseStatus) kind() string { return a.how.kind() }

func (a refuseStatus) do(ctx context.Context, s *stage) error {
	begin := time.Now()
	s.proxy.outages.refuse(a.lesson.object(), a.how)
	defer func() {
		s.proxy.outages.accept(a.lesson.object())
		s.unwritable.add(ofObject{a.lesson.object(), span{begin, time.Now().Add(troubleAfter)}})
	}()
	sleep(ctx, a.lasts)
	return nil
}
