// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	burstRecordings = 300

	// burstStop is how long a synchronous stop takes.
	burstStop = 2 * time.Second

	// burstSenders is how many patches are under way at once.
	burstSenders = 16
)

// measureBurst measures how long the stops of many recordings take that are
// wanted together. The floor is the time that the account's limit asks for.
func measureBurst(ctx context.Context, l *laboratory) (rows []row, err error) {
	s, err := l.open(ctx, schoolOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	lessons, err := s.adopt(ctx, manyLessons(burstRecordings, burstStop))
	if err != nil {
		return nil, err
	}
	l.say("  adopted %d recordings", len(lessons))
	began := time.Now()
	if err := s.stopTogether(ctx, lessons); err != nil {
		return nil, err
	}
	l.say("  set them to Stopped within %v", time.Since(began).Round(time.Millisecond))
	completed, err := s.awaitCompleted(ctx, lessons)
	if err != nil {
		return nil, err
	}
	var arrived time.Time
	for _, at := range s.stopArrivals() {
		arrived = later(arrived, at)
	}
	return burstRows(arrived.Sub(began), completed.Sub(began), s), s.check()
}

func burstRows(arrived, completed time.Duration, s *school) []row {
	what := fmt.Sprintf("%d stops of %v together, %d requests/s", burstRecordings, burstStop, requestsPerSecond)
	floor := burstRecordings * time.Second / requestsPerSecond
	account := s.account()
	return []row{
		durationRow(what+": last stop arrives", arrived, floor, "ratio <= 1.2"),
		durationRow(what+": last Completed", completed, floor+burstStop, "ratio <= 1.2"),
		countRow(what+": most requests in any second", account.MaxInAnySecond, requestsPerSecond, fmt.Sprintf("<= %d", requestsPerSecond)),
		countRow(what+": answered 429", account.RateLimited, 0, "0"),
	}
}

// stopTogether sets all recordings to Stopped, as fast as the API server takes it.
func (s *school) stopTogether(ctx context.Context, lessons []*v1alpha1.CloudRecording) error {
	queue := make(chan *v1alpha1.CloudRecording, len(lessons))
	for _, lesson := range lessons {
		queue <- lesson
	}
	close(queue)
	failures := make([]error, burstSenders)
	var senders sync.WaitGroup
	for i := range burstSenders {
		senders.Go(func() {
			for lesson := range queue {
				_, err := s.stop(ctx, lesson)
				failures[i] = errors.Join(failures[i], err)
			}
		})
	}
	senders.Wait()
	return errors.Join(failures...)
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
