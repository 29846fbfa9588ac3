// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/watch"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// writesQuiet is how long after the last write no other must have come for
	// the writes to be counted.
	writesQuiet = 2 * time.Second

	// writesOfStop are the finalizer and what came of the stop.
	writesOfStop = 2

	// writesOfDeletion is the removal of the finalizer.
	writesOfDeletion = 1
)

// measureWrites counts what the operator writes to an object that is applied
// as Stopped, and to the same object when it is deleted.
func measureWrites(ctx context.Context, l *laboratory) (rows []row, err error) {
	s, err := l.open(ctx, schoolOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	lesson, err := s.record(s.accounts[0], lessonOptions("lesson", 0))
	if err != nil {
		return nil, err
	}
	lesson.Spec.State = v1alpha1.RecordingStateStopped
	ofStop, err := s.countStopWrites(ctx, lesson)
	if err != nil {
		return nil, err
	}
	ofDeletion, err := s.countDeletionWrites(ctx, lesson)
	if err != nil {
		return nil, err
	}
	return []row{
		countRow("API server writes for a recording applied as Stopped", ofStop, writesOfStop, "3"),
		countRow("API server writes for its deletion", ofDeletion, writesOfDeletion, "1"),
	}, s.check()
}

func (s *school) countStopWrites(ctx context.Context, lesson *v1alpha1.CloudRecording) (int, error) {
	if err := s.client.Create(ctx, lesson); err != nil {
		return 0, fmt.Errorf("create object %s: %w", lesson.Name, err)
	}
	if _, err := s.changes.await(ctx, lesson.Name, "completed", isCompleted); err != nil {
		return 0, err
	}
	known, err := s.changes.awaitQuiet(ctx, lesson.Name, writesQuiet)
	return countOperatorWrites(known), err
}

func (s *school) countDeletionWrites(ctx context.Context, lesson *v1alpha1.CloudRecording) (int, error) {
	before, _, _ := s.changes.of(lesson.Name)
	if err := s.client.Delete(ctx, lesson); err != nil {
		return 0, fmt.Errorf("delete object %s: %w", lesson.Name, err)
	}
	if _, err := s.changes.await(ctx, lesson.Name, "gone", isGone); err != nil {
		return 0, err
	}
	known, _, err := s.changes.of(lesson.Name)
	return countOperatorWrites(known) - countOperatorWrites(before), err
}

// countOperatorWrites counts the writes that are not the user's, who creates
// the object and marks it as deleted.
func countOperatorWrites(changes []change) int {
	count := len(changes)
	marked := false
	for _, c := range changes {
		marks := !marked && !c.recording.DeletionTimestamp.IsZero()
		marked = marked || marks
		if c.kind == watch.Added || marks {
			count--
		}
	}
	return count
}
