// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

const (
	// pollingRecordings want more polls in pollingInterval than the half of the
	// account's budget that polling may use, and are still polled within two
	// intervals, so that their file lists stay fresh.
	pollingRecordings = 1000
	pollingInterval   = 2 * time.Minute

	pollingTrials = 100

	// pollingFull is how many polls a second are half of the budget, less the
	// little that a budget keeps unused.
	pollingFull = 0.95 * requestsPerSecond / 2

	// Trials begin at random, so far apart.
	shortestTrialPause = 200 * time.Millisecond
	longestTrialPause  = 800 * time.Millisecond
)

// measurePolling measures how soon a stop arrives while polls use as much of the
// account's budget as they may. The floor is one turn: a request that has just
// been sent is before it.
func measurePolling(ctx context.Context, l *laboratory) (rows []row, err error) {
	interval := max(time.Duration(float64(pollingInterval)*l.scale), 10*time.Second)
	s, err := l.open(ctx, schoolOptions{arguments: []string{"--poll-interval=" + interval.String()}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	lessons, err := s.adopt(ctx, s.accounts[0], manyLessons("lesson", l.scaled(pollingRecordings), 0))
	if err != nil {
		return nil, err
	}
	l.say("  adopted %d recordings; waiting until polls fill their half", len(lessons))
	if err := s.awaitPolls(ctx, time.Now(), pollingFull); err != nil {
		return nil, err
	}
	l.say("  stopping %d of them", l.scaled(pollingTrials))
	began := time.Now()
	tried, err := s.tryAtRandom(ctx, lessons[:l.scaled(pollingTrials)])
	if err != nil {
		return nil, err
	}
	took := time.Since(began)
	polls := count(s.arrivals.since(began), agorasim.MethodQuery)
	const what = "a stop while polling fills its account's budget"
	turn := time.Second / requestsPerSecond
	trialCount := len(tried.reactions)
	return []row{
		durationRow(fmt.Sprintf("%s: p50 of %d", what, trialCount), percentile(tried.reactions, 50), turn, "-"),
		durationRow(fmt.Sprintf("%s: p99 of %d", what, trialCount), percentile(tried.reactions, 99), turn, "<= 200 ms"),
		rateRow(what+": polls meanwhile", polls, took, requestsPerSecond/2.0),
		countRow(what+": answered 429", s.refused(), 0, "0"),
	}, s.keepIf(errors.Join(s.checkRefusals(), s.checkOnlyStopped(lessons[:trialCount])))
}

// awaitPolls waits until so many polls a second have arrived for a while.
func (s *school) awaitPolls(ctx context.Context, from time.Time, perSecond float64) error {
	const while = 5 * time.Second
	for {
		begin := later(from, time.Now().Add(-while))
		if float64(count(s.arrivals.since(begin), agorasim.MethodQuery)) >= perSecond*while.Seconds() {
			return nil
		}
		if err := sleep(ctx, idleInterval); err != nil {
			return fmt.Errorf("wait for polls: %w", err)
		}
	}
}

// tryAtRandom stops recordings one after another at random times, the same ones
// in every run.
func (s *school) tryAtRandom(ctx context.Context, lessons []*v1alpha1.CloudRecording) (trials, error) {
	random := rand.New(rand.NewPCG(1, 2))
	var tried trials
	for _, lesson := range lessons {
		pause := shortestTrialPause + time.Duration(random.Int64N(int64(longestTrialPause-shortestTrialPause)))
		if err := sleep(ctx, pause); err != nil {
			return trials{}, fmt.Errorf("wait before the stop of %s: %w", lesson.Name, err)
		}
		if err := s.try(ctx, lesson, &tried); err != nil {
			return trials{}, err
		}
	}
	return tried, nil
}

func count(requests []arrival, method string) int { return len(ofMethod(requests, method)) }

// checkOnlyStopped fails unless just these recordings were stopped.
func (s *school) checkOnlyStopped(lessons []*v1alpha1.CloudRecording) error {
	wanted := map[string]bool{}
	for _, lesson := range lessons {
		wanted[lesson.Spec.SID] = true
	}
	var broken []error
	for _, r := range s.agora.Recordings() {
		if stopped := !r.Running && r.StopsTaken == 1; stopped != wanted[r.SID] {
			broken = append(broken, fmt.Errorf("that recording %s was stopped is %t", r.CName, stopped))
		}
	}
	return errors.Join(broken...)
}
