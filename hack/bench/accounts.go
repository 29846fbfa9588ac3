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
	accountRecordings = 1000
	accountStop       = 2 * time.Second
)

// accountsAtOnce are how many accounts are busy at once, after one has been busy
// alone.
var accountsAtOnce = []int{5, 10}

// measureAccounts measures how long many stops take of many accounts at once.
// The floor is what as many stops take of one account alone, in the same school.
func measureAccounts(ctx context.Context, l *laboratory) (rows []row, err error) {
	accounts := 1
	for _, atOnce := range accountsAtOnce {
		accounts += atOnce
	}
	s, err := l.open(ctx, schoolOptions{accounts: accounts})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	byAccount, err := s.adoptMany(ctx, l, accountRecordings, accountStop)
	if err != nil {
		return nil, err
	}
	l.say("  adopted %d recordings of each of %d accounts; stopping those of one", len(byAccount[0]), len(byAccount))
	alone, err := s.stopAll(ctx, byAccount[0])
	if err != nil {
		return nil, err
	}
	byAccount = byAccount[1:]
	for _, atOnce := range accountsAtOnce {
		l.say("  stopping those of %d accounts", atOnce)
		together, err := s.stopAll(ctx, inTurn(byAccount[:atOnce]))
		if err != nil {
			return rows, err
		}
		what := fmt.Sprintf("%d accounts at once, %d stops each, %d requests/s each", atOnce, len(byAccount[0]), s.limit)
		rows = append(rows,
			durationRow(what+": last stop arrives", together.arrived, alone.arrived, "ratio <= 1.1"),
			durationRow(what+": last Completed", together.completed, alone.completed, "ratio <= 1.1"),
			countRow(what+": answered 429", s.refused(), 0, "0"),
			shareRow(what+": operator's use of a core", together.processor, together.completed, "-"),
			together.machineRow(what),
		)
		byAccount = byAccount[atOnce:]
	}
	return rows, s.check()
}

// inTurn returns one recording of each account after the other.
func inTurn(byAccount [][]*v1alpha1.CloudRecording) []*v1alpha1.CloudRecording {
	var all []*v1alpha1.CloudRecording
	for i := range byAccount[0] {
		for _, lessons := range byAccount {
			all = append(all, lessons[i])
		}
	}
	return all
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
