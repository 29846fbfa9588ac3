// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	latencyTrials = 100

	// latencyPause is how long the account rests before a trial, so that what is
	// measured is not the time that its limit puts between two requests.
	latencyPause = 150 * time.Millisecond
)

// measureLatency measures how soon a stop arrives at Agora. The floor is how
// soon a mere watch, as the operator has one too, shows that it is wanted.
func measureLatency(ctx context.Context, l *laboratory) (rows []row, err error) {
	s, err := l.open(ctx, schoolOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	lessons, err := s.adopt(ctx, manyLessons(latencyTrials, 0))
	if err != nil {
		return nil, err
	}
	l.say("  adopted %d recordings; before each trial the account rests for %v", len(lessons), latencyPause)
	var reactions, watches []time.Duration
	for _, lesson := range lessons {
		reaction, watch, err := s.tryLatency(ctx, lesson)
		if err != nil {
			return nil, err
		}
		reactions, watches = append(reactions, reaction), append(watches, watch)
	}
	const what = "patch to Stopped until stop arrives, account at rest"
	return []row{
		durationRow(fmt.Sprintf("%s: p50 of %d", what, latencyTrials), percentile(reactions, 50), percentile(watches, 50), "-"),
		durationRow(fmt.Sprintf("%s: p99 of %d", what, latencyTrials), percentile(reactions, 99), percentile(watches, 99), "< 50 ms"),
	}, s.check()
}

// tryLatency stops a recording, and returns how long after the patch its stop
// arrived and a watch showed the change.
func (s *school) tryLatency(ctx context.Context, lesson *v1alpha1.CloudRecording) (reaction, watch time.Duration, err error) {
	if err := s.awaitRest(ctx, lesson.Name); err != nil {
		return 0, 0, err
	}
	sent, err := s.stop(ctx, lesson)
	if err != nil {
		return 0, 0, err
	}
	shown, err := s.changes.await(ctx, lesson.Name, "wanted Stopped", isWantedStopped)
	if err != nil {
		return 0, 0, err
	}
	if _, err := s.changes.await(ctx, lesson.Name, "completed", isCompleted); err != nil {
		return 0, 0, err
	}
	arrived, ok := s.stopArrivals()[lesson.Spec.SID]
	if !ok {
		return 0, 0, fmt.Errorf("%s is completed without a stop", lesson.Name)
	}
	return arrived.Sub(sent), shown.at.Sub(sent), nil
}

// awaitRest waits until the account has sent nothing for a while.
func (s *school) awaitRest(ctx context.Context, name string) error {
	for {
		requests := s.agora.Requests()
		rest := latencyPause - time.Since(requests[len(requests)-1].Time)
		if rest <= 0 {
			return nil
		}
		if err := sleep(ctx, rest); err != nil {
			return fmt.Errorf("rest before the stop of %s: %w", name, err)
		}
	}
}
