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
	// folder is where logs are kept.
	folder string
	// operator is the path of the operator's binary; built anew if empty.
	operator string
	progress io.Writer
}

// run carries the campaign out, and returns its report.
func (c campaign) run(ctx context.Context) (_ report, err error) {
	p := newPlan(c.options)
	e, err := c.startEnvironment(ctx, p)
	if err != nil {
		return report{}, err
	}
	defer func() { err = errors.Join(err, e.ends.Run()) }()
	done := &counter{}
	seen := &records{mended: map[object][]string{}}
	if err := c.play(ctx, e, p, done, seen); err != nil {
		return report{}, err
	}
	collected, err := e.collect(ctx)
	if err != nil {
		return report{}, err
	}
	collected.settled, collected.final, collected.quiet = seen.settled, seen.final, seen.quiet
	collected.mended, collected.namespaceLeft, collected.journalLeft = seen.mended, seen.namespaceLeft, seen.journalLeft
	figures, err := e.figures(ctx, collected)
	if err != nil {
		return report{}, err
	}
	return report{done: done.all(), struck: e.struck(), figures: figures, results: checks(collected)}, nil
}

// play runs the operators through the plan, and through what follows it.
func (c campaign) play(ctx context.Context, e *environment, p plan, done *counter, seen *records) (err error) {
	running, stop := context.WithCancel(ctx)
	ended := e.fleet.run(running)
	e.stalls.watch(running)
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	if err := e.awaitOperators(ctx); err != nil {
		return err
	}
	e.say("disturbing %d recordings for %s, by %d steps", len(p.recordings), c.options.duration, len(p.steps))
	if err := e.perform(ctx, p.steps, c.options.duration, done); err != nil {
		return err
	}
	if err := e.endDisturbances(ctx); err != nil {
		return err
	}
	if err := e.try(ctx, p.trials, done); err != nil {
		return err
	}
	return c.settle(ctx, e, p, seen)
}

// settle waits until all is quiet, does what the objects ask for, and waits again.
func (c campaign) settle(ctx context.Context, e *environment, p plan, seen *records) (err error) {
	begin := time.Now()
	e.say("nothing disturbs any more: waiting until all is quiet")
	if seen.settled, err = e.settle(ctx, settleTimeout, nil); err != nil {
		return err
	}
	seen.quiet = snapshot{at: time.Now(), recordings: e.agora.Recordings()}
	e.say("quiet after %s: doing what objects ask for", time.Since(begin).Round(time.Second))
	seen.final = seen.settled
	for range mendRounds {
		if allAsWanted(seen.final) {
			break
		}
		if err := e.mend(ctx, p, seen.final, seen.mended); err != nil {
			return err
		}
		if seen.final, err = e.settle(ctx, mendTimeout, seen.final); err != nil {
			return err
		}
	}
	seen.namespaceLeft = e.awaitNamespace(ctx, namespaceGone, mendTimeout)
	if seen.journalLeft, err = e.awaitJournal(ctx); err != nil {
		return err
	}
	e.say("ended after %s", time.Since(begin).Round(time.Second))
	return ctx.Err()
}

// try carries the trials out, once there is a leader of each shard.
func (e *environment) try(ctx context.Context, t trials, done *counter) error {
	if len(t.steps) == 0 {
		return nil
	}
	if err := e.awaitLeaders(ctx); err != nil {
		return err
	}
	e.say("trying %d recordings for %s, while nothing else disturbs", len(t.recordings), t.lasts)
	if err := e.perform(ctx, t.steps, t.lasts, done); err != nil {
		return err
	}
	return e.endDisturbances(ctx)
}

// awaitLeaders waits until every lease is being renewed.
func (e *environment) awaitLeaders(ctx context.Context) error {
	begin := &metav1.MicroTime{Time: time.Now()}
	var err error
	if !until(ctx, operatorTimeout, userRetry, func() bool {
		held := &coordinationv1.LeaseList{}
		err = e.Client.List(ctx, held, client.InNamespace(operatorNamespace))
		isStale := func(l coordinationv1.Lease) bool { return l.Spec.RenewTime == nil || l.Spec.RenewTime.Before(begin) }
		return err == nil && len(held.Items) > 0 && !slices.ContainsFunc(held.Items, isStale)
	}) {
		return errors.Join(errors.New("no operators lead"), err)
	}
	return nil
}

func allAsWanted(standings []standing) bool {
	return !slices.ContainsFunc(standings, func(s standing) bool { return s.state != asWanted })
}

// struck returns how often the faults struck, by their kinds.
func (e *environment) struck() map[string]int {
	struck := map[string]int{}
	for _, counted := range []*counter{&e.proxy.faults.struck, &e.bucketProxy.faults.struck, &e.agoraProxy.killPoints.reached, &e.agoraProxy.pages} {
		maps.Copy(struck, counted.all())
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, request := range e.agora.Requests() {
		if kind, ok := e.callFaults[request.Fault]; ok {
			struck[kind]++
		}
	}
	for _, delivery := range e.agora.Deliveries() {
		if kind, ok := e.notificationFaults[delivery.Fault]; ok {
			struck[kind]++
		}
	}
	return struck
}

// clocksOff counts the recordings for which Agora's clock is off.
func (e *environment) clocksOff() int {
	off := 0
	for _, l := range e.recordings {
		if l.options.ClockOffset.Duration != 0 {
			off++
		}
	}
	return off
}

// figures counts what else there is to know.
func (e *environment) figures(ctx context.Context, r *records) ([]figure, error) {
	leases := &coordinationv1.LeaseList{}
	if err := e.Client.List(ctx, leases, client.InNamespace(operatorNamespace)); err != nil {
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
	for _, a := range e.agora.Accounts() {
		refused += a.RateLimited
	}
	accepted := 0
	for _, n := range r.notifications {
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
		{"recordings whose notifications are by a clock that is off by " + clockOffset.String(), e.clocksOff()},
		{"versions of objects seen", versions},
		{"operators started", len(r.processes)},
		{"operators killed", ends[endKilled]},
		{"operators that ended by themselves, without a lease or an API server", ends[endByItself]},
		{"hand-overs of the leases", handOvers},
		{"requests of the operator to Agora", len(r.answers)},
		{"requests answered with 429, those of others included", refused},
		{"notifications sent", len(r.notifications)},
		{"notifications accepted", accepted},
		{"ConfigMaps with notifications left in the end", r.journalLeft},
	}, nil
}
