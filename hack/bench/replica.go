// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// replicaStop is how long a synchronous stop takes.
const replicaStop = 2 * time.Second

// measureReplica measures how many stops a second one replica makes, by limits
// that are raised until it no longer keeps up. The API server, Agora and the
// benchmark share the machine with it.
func measureReplica(ctx context.Context, l *laboratory) ([]row, error) {
	var rows []row
	for _, attempt := range []struct{ limit, recordings int }{{100, 1000}, {300, 3000}, {1000, 5000}} {
		measured, err := measureRate(ctx, l, attempt.limit, l.scaled(attempt.recordings))
		rows = append(rows, measured...)
		if err != nil {
			return rows, fmt.Errorf("at %d requests/s: %w", attempt.limit, err)
		}
	}
	return rows, nil
}

func measureRate(ctx context.Context, l *laboratory, limit, recordings int) (rows []row, err error) {
	s, err := l.open(ctx, schoolOptions{requestsPerSecond: limit})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	lessons, err := s.adopt(ctx, s.accounts[0], manyLessons("lesson", recordings, replicaStop))
	if err != nil {
		return nil, err
	}
	l.say("  adopted %d recordings; stopping them at %d requests/s", len(lessons), limit)
	before, err := l.served(ctx)
	if err != nil {
		return nil, err
	}
	took, err := s.stopAll(ctx, lessons)
	if err != nil {
		return nil, err
	}
	after, err := l.served(ctx)
	if err != nil {
		return nil, err
	}
	// The users' own are among them, one for each.
	writes, err := countOperatorRequests(before, after, writeVerbs)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("one replica, %d stops at %d/s", len(lessons), limit)
	perStop := took.processor / time.Duration(len(lessons))
	return []row{
		durationRow(what+": last stop arrives", took.arrived, turns(len(lessons), limit), "-"),
		timeRow(what+": operator's time of a core for each", perStop, "-"),
		meanRow(what+": writes to the API server for each, events included", writes-len(lessons), len(lessons)),
		shareRow(what+": operator's use of a core", took.processor, took.completed, "-"),
		took.machineRow(what),
	}, s.check()
}
