// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// neighborTrials are made on an idle account, as many while its neighbor has
	// nothing to do as while that has recordings waiting to be stopped.
	neighborTrials  = 100
	neighborWaiting = 5000
)

// measureNeighbor measures how soon a stop arrives on an idle account while many
// wait on another. The floor is the same while none does.
func measureNeighbor(ctx context.Context, l *laboratory) (rows []row, err error) {
	s, err := l.open(ctx, schoolOptions{accounts: 2})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	busy, idle := s.accounts[0], s.accounts[1]
	waiting, err := s.adopt(ctx, busy, manyLessons("waiting", l.scaled(neighborWaiting), 0))
	if err != nil {
		return nil, err
	}
	tried, err := s.adopt(ctx, idle, manyLessons("tried", 2*l.scaled(neighborTrials), 0))
	if err != nil {
		return nil, err
	}
	l.say("  adopted %d and %d recordings; stops while nothing waits", len(waiting), len(tried))
	half := len(tried) / 2
	calm, err := s.tryAll(ctx, tried[:half])
	if err != nil {
		return nil, err
	}
	l.say("  stops while the other account's wait")
	began := time.Now()
	if err := s.stopTogether(ctx, waiting); err != nil {
		return nil, err
	}
	crowded, err := s.tryAll(ctx, tried[half:])
	if err != nil {
		return nil, err
	}
	left := len(waiting) - (len(s.arrivals.since(began)) - half)
	l.say("  %d still wait; letting them go", left)
	if err := s.raiseLimits(ctx, s.accounts[:1]); err != nil {
		return nil, err
	}
	if _, err := s.awaitCompleted(ctx, waiting); err != nil {
		return nil, err
	}
	what := fmt.Sprintf("a stop on an idle account while another has %d waiting", len(waiting))
	return []row{
		durationRow(fmt.Sprintf("%s: p50 of %d", what, half), percentile(crowded.reactions, 50), percentile(calm.reactions, 50), "-"),
		durationRow(fmt.Sprintf("%s: p99 of %d", what, half), percentile(crowded.reactions, 99), percentile(calm.reactions, 99), "floor + 50 ms"),
		countRow(what+": still waiting at the end", left, len(waiting), "-"),
	}, s.check()
}
