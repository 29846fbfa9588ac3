// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"slices"
	"time"
)

// chosen returns the replica that leads, or another of the same shard. Most
// recordings are of the main one.
func (e *environment) chosen(leader bool) *replica {
	leading := e.fleet.leader(shardMain, e.agoraProxy.answers.all())
	if leader {
		return leading
	}
	all := e.fleet.of(shardMain)
	return all[(slices.Index(all, leading)+1)%len(all)]
}

// killOperator ends an operator with SIGKILL, and keeps it down for a while.
type killOperator struct {
	leader bool
	down   time.Duration
}

func (a killOperator) kind() string {
	if a.leader {
		return "leader killed"
	}
	return "other replica killed"
}

func (a killOperator) do(_ context.Context, e *environment) error {
	r := e.chosen(a.leader)
	r.hold(a.down)
	r.kill()
	return nil
}

// killShard ends the operators of a shard with SIGKILL.
type killShard struct{ shard shard }

func (a killShard) kind() string { return "replicas of another shard killed" }

func (a killShard) do(_ context.Context, e *environment) error {
	for _, r := range e.fleet.of(a.shard) {
		r.kill()
	}
	return nil
}

// killAll ends all operators with SIGKILL.
type killAll struct{}

func (killAll) kind() string { return "all replicas killed" }

func (killAll) do(_ context.Context, e *environment) error {
	for _, r := range e.fleet.replicas {
		r.kill()
	}
	return nil
}

// freezeLeader pauses the leader for longer than its lease.
type freezeLeader struct{ lasts time.Duration }

func (freezeLeader) kind() string { return "leader paused past its lease" }

func (a freezeLeader) do(ctx context.Context, e *environment) error {
	return e.chosen(true).freeze(ctx, a.lasts)
}

// terminateOperator asks an operator to end.
type terminateOperator struct{ leader bool }

func (a terminateOperator) kind() string {
	if a.leader {
		return "leader terminated"
	}
	return "other replica terminated"
}

func (a terminateOperator) do(_ context.Context, e *environment) error {
	e.chosen(a.leader).terminate()
	return nil
}
