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
	lessons, err := s.adopt(ctx, s.accounts[0], manyLessons("lesson", l.scaled(latencyTrials), 0))
	if err != nil {
		return nil, err
	}
	l.say("  adopted %d recordings; before each trial the account rests for %v", len(lessons), latencyPause)
	tried, err := s.tryAll(ctx, lessons)
	if err != nil {
		return nil, err
	}
	what := "patch to Stopped until stop arrives, account at rest"
	return []row{
		durationRow(fmt.Sprintf("%s: p50 of %d", what, len(lessons)), percentile(tried.reactions, 50), percentile(tried.watches, 50), "-"),
		durationRow(fmt.Sprintf("%s: p99 of %d", what, len(lessons)), percentile(tried.reactions, 99), percentile(tried.watches, 99), "floor + 20 ms"),
	}, s.check()
}

// trials are what trials to stop a recording took: from the patch until the
// stop arrived, and until a watch showed the change.
type trials struct {
	reactions, watches []time.Duration
}

// tryAll stops recordings one after another, each when its account has rested.
func (s *school) tryAll(ctx context.Context, lessons []*v1alpha1.CloudRecording) (trials, error) {
	var tried trials
	for _, lesson := range lessons {
		if err := sleep(ctx, latencyPause); err != nil {
			return trials{}, fmt.Errorf("rest before the stop of %s: %w", lesson.Name, err)
		}
		if err := s.try(ctx, lesson, &tried); err != nil {
			return trials{}, err
		}
	}
	return tried, nil
}

// try stops a recording, and notes how long it took.
func (s *school) try(ctx context.Context, lesson *v1alpha1.CloudRecording, tried *trials) error {
	sent, err := s.stop(ctx, lesson)
	if err != nil {
		return err
	}
	shown, err := s.changes.await(ctx, lesson.Name, "wanted Stopped", isWantedStopped)
	if err != nil {
		return err
	}
	if _, err := s.changes.await(ctx, lesson.Name, "completed", isCompleted); err != nil {
		return err
	}
	arrived, ok := s.arrivals.stops()[lesson.Spec.SID]
	if !ok {
		return fmt.Errorf("%s is completed without a stop", lesson.Name)
	}
	tried.reactions = append(tried.reactions, arrived.Sub(sent))
	tried.watches = append(tried.watches, shown.at.Sub(sent))
	return nil
}
