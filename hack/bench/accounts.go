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
	// manyAccounts are busy at once, after one has been busy alone.
	manyAccounts = 10

	accountRecordings = 1000
	accountStop       = 2 * time.Second
)

// measureAccounts measures how long many stops take of many accounts at once.
// The floor is what as many stops take of one account alone, in the same school.
func measureAccounts(ctx context.Context, l *laboratory) (rows []row, err error) {
	s, err := l.open(ctx, schoolOptions{accounts: 1 + manyAccounts})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	byAccount, err := s.adoptMany(ctx, l, accountRecordings, accountStop)
	if err != nil {
		return nil, err
	}
	count := len(byAccount[0])
	l.say("  adopted %d recordings of each of %d accounts; stopping those of one", count, len(byAccount))
	alone, err := s.stopAll(ctx, byAccount[0])
	if err != nil {
		return nil, err
	}
	l.say("  stopping those of %d accounts", manyAccounts)
	var others []*v1alpha1.CloudRecording
	for i := range count {
		for _, lessons := range byAccount[1:] {
			others = append(others, lessons[i])
		}
	}
	together, err := s.stopAll(ctx, others)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%d accounts at once, %d stops each, %d requests/s each", manyAccounts, count, s.limit)
	return []row{
		durationRow(what+": last stop arrives", together.arrived, alone.arrived, "ratio <= 1.1"),
		durationRow(what+": last Completed", together.completed, alone.completed, "ratio <= 1.1"),
		countRow(what+": answered 429", s.refused(), 0, "0"),
		shareRow(what+": operator's use of a core", together.processor, together.completed, "-"),
		together.machineRow(what),
	}, s.check()
}

// adoptMany adopts as many recordings of every account.
func (s *school) adoptMany(ctx context.Context, l *laboratory, count int, stop time.Duration) ([][]*v1alpha1.CloudRecording, error) {
	var byAccount [][]*v1alpha1.CloudRecording
	for i, a := range s.accounts {
		lessons, err := s.adopt(ctx, a, manyLessons(fmt.Sprintf("lesson-%d", i), l.scaled(count), stop))
		if err != nil {
			return nil, err
		}
		byAccount = append(byAccount, lessons)
	}
	return byAccount, nil
}
