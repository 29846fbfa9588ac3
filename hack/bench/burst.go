// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const burstRecordings = 1000

// burst is a case of many stops that are wanted together.
type burst struct {
	// limit is the account's, in requests a second.
	limit int

	// stop is how long a synchronous stop takes.
	stop time.Duration
}

// measureBurst measures how long the stops of many recordings take that are
// wanted together. The floor is the time that the account's limit asks for.
func measureBurst(ctx context.Context, l *laboratory) ([]row, error) {
	var rows []row
	var broken []error
	for _, b := range []burst{
		{requestsPerSecond, 2 * time.Second},
		{10 * requestsPerSecond, 2 * time.Second},
		{requestsPerSecond, 20 * time.Second},
		{10 * requestsPerSecond, 20 * time.Second},
	} {
		measured, err := b.measure(ctx, l)
		rows = append(rows, measured...)
		if err != nil {
			broken = append(broken, fmt.Errorf("at %d requests/s, stops of %v: %w", b.limit, b.stop, err))
		}
	}
	return rows, errors.Join(broken...)
}

func (b burst) measure(ctx context.Context, l *laboratory) (rows []row, err error) {
	s, err := l.open(ctx, schoolOptions{requestsPerSecond: b.limit})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	lessons, err := s.adopt(ctx, s.accounts[0], manyLessons("lesson", l.scaled(burstRecordings), b.stop))
	if err != nil {
		return nil, err
	}
	l.say("  adopted %d recordings; stopping them at %d requests/s, %v each", len(lessons), b.limit, b.stop)
	took, err := s.stopAll(ctx, lessons)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%d stops of %v together, %d requests/s", len(lessons), b.stop, b.limit)
	floor := turns(len(lessons), b.limit)
	return []row{
		durationRow(what+": last stop arrives", took.arrived, floor, "ratio <= 1.03"),
		durationRow(what+": last Completed", took.completed, floor+b.stop, "ratio <= 1.03"),
		countRow(what+": most requests in any second", took.most, b.limit, fmt.Sprintf("<= %d", b.limit)),
		countRow(what+": answered 429", s.refused(), 0, "0"),
		took.machineRow(what),
	}, s.check()
}

// turns returns how long so many requests take at a limit.
func turns(requests, limit int) time.Duration {
	return time.Duration(requests) * time.Second / time.Duration(limit)
}

// stopping is what it took to stop recordings together.
type stopping struct {
	// arrived and completed are the times until the last stop arrived at Agora
	// and until a watch showed the last object as Completed.
	arrived, completed time.Duration

	// most is how many requests arrived within any second at the most.
	most int

	// processor is how long the operator kept processors busy, and idle how long
	// those of the machine had nothing to do.
	processor, idle time.Duration
}

// machineRow says how busy the machine was, with all that runs on it.
func (t stopping) machineRow(what string) row {
	machine := time.Duration(runtime.NumCPU()) * t.completed
	return shareRow(what+": use of the machine by all", machine-t.idle, machine, "-")
}

// stopAll sets recordings to Stopped and waits until they are.
func (s *school) stopAll(ctx context.Context, lessons []*v1alpha1.CloudRecording) (stopping, error) {
	busy, err := processorTime(s.operator.PID())
	if err != nil {
		return stopping{}, err
	}
	idle, err := idleTime()
	if err != nil {
		return stopping{}, err
	}
	began := time.Now()
	if err := s.stopTogether(ctx, lessons); err != nil {
		return stopping{}, err
	}
	completed, err := s.awaitCompleted(ctx, lessons)
	if err != nil {
		return stopping{}, err
	}
	requests := s.arrivals.since(began)
	took := stopping{
		arrived:   requests[len(requests)-1].at.Sub(began),
		completed: completed.Sub(began),
		most:      mostInAnySecond(requests),
	}
	if took.processor, err = processorTime(s.operator.PID()); err != nil {
		return stopping{}, err
	}
	took.processor -= busy
	took.idle, err = idleTime()
	took.idle -= idle
	return took, err
}

// awaitCompleted waits until all recordings are completed, and returns since when.
func (s *school) awaitCompleted(ctx context.Context, lessons []*v1alpha1.CloudRecording) (time.Time, error) {
	var last time.Time
	for _, lesson := range lessons {
		change, err := s.changes.await(ctx, lesson.Name, "completed", isCompleted)
		if err != nil {
			return time.Time{}, err
		}
		last = later(last, change.at)
	}
	return last, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
