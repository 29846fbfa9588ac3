// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

// restartStops is how many recordings are wanted to stop while no operator runs.
const restartStops = 100

// measureRestart kills the operator, wants recordings to stop meanwhile, and
// measures how soon the next operator stops them. After a restart nothing is
// known of their files, so each needs a query and a stop.
func (s *school) measureRestart(ctx context.Context, l *laboratory, lessons []*v1alpha1.CloudRecording) ([]row, error) {
	wanted := firstOf(lessons, l.scaled(restartStops))
	s.killOperator()
	if err := s.stopTogether(ctx, wanted); err != nil {
		return nil, err
	}
	// What the killed operator has asked must not count against the limit.
	if err := sleep(ctx, time.Second); err != nil {
		return nil, err
	}
	l.say("  starting the operator anew, with %d recordings to stop", len(wanted))
	began := time.Now()
	if err := s.startOperator(ctx); err != nil {
		return nil, err
	}
	if err := s.awaitStops(ctx, wanted); err != nil {
		return nil, err
	}
	requests := s.arrivals.since(began)
	isStop := func(a arrival) bool { return a.method == agorasim.MethodStop }
	first := requests[slices.IndexFunc(requests, isStop)].at
	var last time.Time
	for _, a := range requests {
		if isStop(a) {
			last = a.at
		}
	}
	what := fmt.Sprintf("restart with %d objects, %d to be stopped", len(lessons), len(wanted))
	return []row{
		durationRow(what+": start of the process until the first stop", first.Sub(began), turns(2, s.limit), "< 5 s"),
		durationRow(what+": start of the process until the last stop", last.Sub(began), turns(2*len(wanted), s.limit), "-"),
		countRow(what+": polls before the last stop", pollsBefore(requests, wanted, last), 0, "0"),
	}, s.keepIf(errors.Join(s.checkOnlyStopped(wanted), s.checkRefusals()))
}

// awaitStops waits until a stop of each of the recordings has arrived.
func (s *school) awaitStops(ctx context.Context, wanted []*v1alpha1.CloudRecording) error {
	for {
		stops := s.arrivals.stops()
		isMissing := func(lesson *v1alpha1.CloudRecording) bool { return stops[lesson.Spec.SID].IsZero() }
		if !slices.ContainsFunc(wanted, isMissing) {
			return nil
		}
		if err := sleep(ctx, idleInterval); err != nil {
			return fmt.Errorf("wait for the stops: %w", err)
		}
	}
}

// pollsBefore counts the requests for other recordings that arrived before a time.
func pollsBefore(requests []arrival, wanted []*v1alpha1.CloudRecording, end time.Time) int {
	sids := map[string]bool{}
	for _, lesson := range wanted {
		sids[lesson.Spec.SID] = true
	}
	polls := 0
	for _, a := range requests {
		if !sids[a.sid] && a.at.Before(end) {
			polls++
		}
	}
	return polls
}
