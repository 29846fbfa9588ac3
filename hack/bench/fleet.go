// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

const (
	fleetRecordings = 10_000

	// fleetInterval is the operator's default between two polls of a recording.
	fleetInterval = 2 * time.Minute

	// fleetWindow is how long the operator is measured, and scrapeInterval how
	// often its metrics are read meanwhile, as Prometheus does.
	fleetWindow    = 90 * time.Second
	scrapeInterval = 30 * time.Second
)

// measureFleet measures what it costs to look after many recordings of one
// account, and how a restart among them goes.
func measureFleet(ctx context.Context, l *laboratory) (rows []row, err error) {
	s, err := l.open(ctx, schoolOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	began := time.Now()
	lessons, err := s.adopt(ctx, s.accounts[0], manyLessons("lesson", l.scaled(fleetRecordings), 0))
	if err != nil {
		return nil, err
	}
	l.say("  adopted %d recordings within %v; waiting until all are due to be polled", len(lessons), time.Since(began).Round(time.Second))
	// Nobody else watches from now on.
	s.changes.stop()
	if err := s.operator.Stop(); err != nil {
		return nil, err
	}
	s.operatorOptions.Arguments = append(s.operatorOptions.Arguments, "--poll-interval="+fleetInterval.String())
	if err := s.startOperator(ctx); err != nil {
		return nil, err
	}
	if err := sleep(ctx, fleetInterval); err != nil {
		return nil, err
	}
	rows, err = s.measureUpkeep(ctx, l, len(lessons))
	if err != nil {
		return rows, err
	}
	restarted, err := s.measureRestart(ctx, l, lessons)
	rows = append(rows, restarted...)
	return rows, errors.Join(err, s.keepIf(s.checkRefusals()))
}

// measureUpkeep measures the operator while nothing changes.
func (s *school) measureUpkeep(ctx context.Context, l *laboratory, recordings int) ([]row, error) {
	l.say("  measuring the operator for %v", fleetWindow)
	before, err := l.served(ctx)
	if err != nil {
		return nil, err
	}
	busy, err := processorTime(s.operator.PID())
	if err != nil {
		return nil, err
	}
	began := time.Now()
	for range fleetWindow / scrapeInterval {
		if err := sleep(ctx, scrapeInterval); err != nil {
			return nil, err
		}
		if _, err := s.operatorMetrics(ctx); err != nil {
			return nil, err
		}
	}
	used, err := processorTime(s.operator.PID())
	if err != nil {
		return nil, err
	}
	took := time.Since(began)
	after, err := l.served(ctx)
	if err != nil {
		return nil, err
	}
	polls := count(s.arrivals.since(began), agorasim.MethodQuery)
	return s.upkeepRows(recordings, used-busy, took, polls, before, after)
}

func (s *school) upkeepRows(recordings int, busy, took time.Duration, polls int, before, after served) ([]row, error) {
	reads, err := countOperatorRequests(before, after, readVerbs)
	if err != nil {
		return nil, err
	}
	writes, err := countOperatorRequests(before, after, writeVerbs)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%d objects, recording", recordings)
	memory, err := memoryRows(s.operator.PID(), what, "< 150 MiB")
	if err != nil {
		return nil, err
	}
	return append(memory,
		shareRow(what+": use of a core", busy, took, "< 5 %"),
		rateRow(what+": polls", polls, took, requestsPerSecond/2.0),
		countRow(fmt.Sprintf("%s: reads from the API server in %v", what, took.Round(time.Second)), reads, 0, "0"),
		countRow(fmt.Sprintf("%s: writes to the API server in %v", what, took.Round(time.Second)), writes, 0, "0"),
	), nil
}

// memoryRows shows how much memory a process uses, and used at the most.
func memoryRows(pid int, what, aim string) ([]row, error) {
	now, err := readMemory(pid, "VmRSS")
	if err != nil {
		return nil, err
	}
	peak, err := readMemory(pid, "VmHWM")
	if err != nil {
		return nil, err
	}
	return []row{
		sizeRow(what+": memory", now, aim),
		sizeRow(what+": peak memory since the start", peak, aim),
	}, nil
}

// firstOf returns the lessons of which the first are to be stopped.
func firstOf(lessons []*v1alpha1.CloudRecording, count int) []*v1alpha1.CloudRecording {
	return lessons[:min(count, len(lessons))]
}
