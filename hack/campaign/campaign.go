// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// campaign is one run.
type campaign struct {
	options planOptions
	// folder is where logs are kept, root that of the repository.
	folder, root string
	// operator is the path of the operator's binary; built anew if empty.
	operator string
	progress io.Writer
}

// run carries the campaign out, and returns its report.
func (c campaign) run(ctx context.Context) (_ report, err error) {
	p := newPlan(c.options)
	s, err := c.setStage(ctx, p)
	if err != nil {
		return report{}, err
	}
	defer func() { err = errors.Join(err, s.strike()) }()
	done := &tally{done: map[string]int{}}
	seen := &records{mended: map[object][]string{}}
	if err := c.play(ctx, s, p, done, seen); err != nil {
		return report{}, err
	}
	collected, err := s.collect(ctx)
	if err != nil {
		return report{}, err
	}
	collected.settled, collected.final, collected.quiet = seen.settled, seen.final, seen.quiet
	collected.mended, collected.namespaceLeft, collected.journalLeft = seen.mended, seen.namespaceLeft, seen.journalLeft
	figures, err := s.figures(ctx, collected)
	if err != nil {
		return report{}, err
	}
	return report{done: done.done, struck: s.struck(), figures: figures, results: checks(collected)}, nil
}

// play runs the operators through the plan, and through what follows it.
func (c campaign) play(ctx context.Context, s *stage, p plan, done *tally, seen *records) (err error) {
	running, stop := context.WithCancel(ctx)
	ended := s.fleet.run(running)
	s.stalls.watch(running)
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	if err := s.awaitOperators(ctx); err != nil {
		return err
	}
	s.say("disturbing %d recordings for %s, by %d steps", len(p.lessons), c.options.duration, len(p.steps))
	if err := s.perform(ctx, p.steps, c.options.duration, done); err != nil {
		return err
	}
	if err := s.cease(ctx); err != nil {
		return err
	}
	if err := s.try(ctx, p.trials, done); err != nil {
		return err
	}
	return c.settle(ctx, s, p, seen)
}

// settle waits until all is quiet, does what the objects ask for, and waits again.
func (c campaign) settle(ctx context.Context, s *stage, p plan, seen *records) (err error) {
	begin := time.Now()
	s.say("nothing disturbs any more: waiting until all is quiet")
	if seen.settled, err = s.settle(ctx, settlePatience, nil); err != nil {
		return err
	}
	seen.quiet = still{at: time.Now(), recordings: s.agora.Recordings()}
	s.say("quiet after %s: doing what objects ask for", time.Since(begin).Round(time.Second))
	seen.final = seen.settled
	for range mendRounds {
		if allAsWanted(seen.final) {
			break
		}
		if err := s.mend(ctx, p, seen.final, seen.mended); err != nil {
			return err
		}
		if seen.final, err = s.settle(ctx, mendPatience, seen.final); err != nil {
			return err
		}
	}
	seen.namespaceLeft = s.awaitNamespace(ctx, schoolGone, mendPatience)
	if seen.journalLeft, err = s.awaitJournal(ctx); err != nil {
		return err
	}
	s.say("ended after %s", time.Since(begin).Round(time.Second))
	return ctx.Err()
}

// try carries the trials out, once there is a leader of each shard.
func (s *stage) try(ctx context.Context, t trials, done *tally) error {
	if len(t.steps) == 0 {
		return nil
	}
	if err := s.awaitLeaders(ctx); err != nil {
		return err
	}
	s.say("trying %d recordings for %s, while nothing else disturbs", len(t.lessons), t.lasts)
	if err := s.perform(ctx, t.steps, t.lasts, done); err != nil {
		return err
	}
	return s.cease(ctx)
}

// awaitLeaders waits until every lease is being renewed.
func (s *stage) awaitLeaders(ctx context.Context) error {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, operatorPatience)
	defer cancel()
	for {
		held := &coordinationv1.LeaseList{}
		err := s.client.List(ctx, held, client.InNamespace(operatorNamespace))
		stale := slices.ContainsFunc(held.Items, func(lease coordinationv1.Lease) bool {
			return lease.Spec.RenewTime == nil || lease.Spec.RenewTime.Before(&metav1.MicroTime{Time: begin})
		})
		if err == nil && !stale && len(held.Items) > 0 {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("wait until operators lead: %w", errors.Join(ctx.Err(), err))
		}
		sleep(ctx, userRetry)
	}
}

func allAsWanted(standings []standing) bool {
	for _, standing := range standings {
		if standing.state != asWanted {
			return false
		}
	}
	return true
}

// struck returns how often the faults struck, by their kinds.
func (s *stage) struck() map[string]int {
	struck := map[string]int{}
	for _, counts := range []map[string]int{s.proxy.faults.counts(), s.gate.faults.counts(), s.front.ambushes.counts(), s.front.counts()} {
		maps.Copy(struck, counts)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, request := range s.agora.Requests() {
		if kind, ok := s.callFaults[request.Fault]; ok {
			struck[kind]++
		}
	}
	for _, delivery := range s.agora.Deliveries() {
		if kind, ok := s.noticeFaults[delivery.Fault]; ok {
			struck[kind]++
		}
	}
	return struck
}

// clocksOff counts the lessons for whose recordings Agora's clock is off.
func (s *stage) clocksOff() int {
	off := 0
	for _, l := range s.lessons {
		if l.options.ClockOffset.Duration != 0 {
			off++
		}
	}
	return off
}

// figures counts what else there is to know.
func (s *stage) figures(ctx context.Context, r *records) ([]figure, error) {
	leases := &coordinationv1.LeaseList{}
	if err := s.client.List(ctx, leases, client.InNamespace(operatorNamespace)); err != nil {
		return nil, fmt.Errorf("list the leases: %w", err)
	}
	ends := map[ending]int{}
	for _, p := range r.processes {
		ends[p.end]++
	}
	handOvers := 0
	for _, lease := range leases.Items {
		if lease.Spec.LeaseTransitions != nil {
			handOvers += int(*lease.Spec.LeaseTransitions)
		}
	}
	refused := 0
	for _, a := range s.agora.Accounts() {
		refused += a.RateLimited
	}
	accepted := 0
	for _, n := range r.notices {
		if n.status == 200 {
			accepted++
		}
	}
	versions := 0
	for _, h := range r.histories {
		versions += len(h.versions)
	}
	return []figure{
		{"objects", len(r.histories)},
		{"recordings whose notifications are by a clock that is off by " + clockOffset.String(), s.clocksOff()},
		{"versions of objects seen", versions},
		{"operators started", len(r.processes)},
		{"operators killed", ends[endKilled]},
		{"operators that ended by themselves, without a lease or an API server", ends[endByItself]},
		{"hand-overs of the leases", handOvers},
		{"requests of the operator to Agora", len(r.answers)},
		{"requests answered with 429, those of others included", refused},
		{"notifications sent", len(r.notices)},
		{"notifications accepted", accepted},
		{"ConfigMaps with notifications left in the end", r.journalLeft},
	}, nil
}
