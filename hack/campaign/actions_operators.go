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

// killReplicas ends some operators with SIGKILL.
type killReplicas struct {
	name  string
	which func(*fleet) []*replica
}

func (a killReplicas) kind() string { return a.name }

func (a killReplicas) do(_ context.Context, e *environment) error {
	for _, r := range a.which(e.fleet) {
		r.kill()
	}
	return nil
}

func killAll() killReplicas {
	return killReplicas{"all replicas killed", func(f *fleet) []*replica { return f.replicas }}
}

func killShard(s shard) killReplicas {
	return killReplicas{"replicas of another shard killed", func(f *fleet) []*replica { return f.of(s) }}
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
