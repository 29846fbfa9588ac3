// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// campaign is one run.
type campaign struct {
	options planOptions
	settings
}

// running is a campaign that is being carried out.
type running struct {
	*environment
	plan plan
	// lasts is how long things go wrong.
	lasts time.Duration
	// done are the steps that were carried out.
	done log[string]
	seen *records
}

// run carries the campaign out, and returns its report.
func (c campaign) run(ctx context.Context) (_ report, err error) {
	c.seed = c.options.seed
	p := newPlan(c.options)
	e, err := startEnvironment(ctx, c.settings, p.byChannel())
	if err != nil {
		return report{}, err
	}
	defer func() { err = errors.Join(err, e.end()) }()
	r := &running{environment: e, plan: p, lasts: c.options.duration, seen: &records{mended: map[object][]string{}}}
	if err := r.play(ctx); err != nil {
		return report{}, err
	}
	if err := r.collect(ctx); err != nil {
		return report{}, err
	}
	figures, err := r.figures(ctx)
	if err != nil {
		return report{}, err
	}
	return report{done: count(r.done.all()), struck: e.struck(), figures: figures, results: checks(r.seen)}, nil
}

// play runs the operators through the plan, and through what follows it.
func (r *running) play(ctx context.Context) (err error) {
	whole, stop := context.WithCancel(ctx)
	ended := r.fleet.run(whole)
	r.stalls.watch(whole)
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	if err := r.fleet.await(ctx); err != nil {
		return err
	}
	r.say("disturbing %d recordings for %s, by %d steps", len(r.plan.recordings), r.lasts, len(r.plan.steps))
	if err := r.perform(ctx, r.plan.steps, r.lasts); err != nil {
		return err
	}
	if trials := r.plan.trials; len(trials.steps) > 0 {
		// A trial is one of operators that lead.
		if err := r.awaitLeaders(ctx); err != nil {
			return err
		}
		r.say("trying %d recordings for %s, while nothing else disturbs", len(trials.recordings), trials.lasts)
		if err := r.perform(ctx, trials.steps, trials.lasts); err != nil {
			return err
		}
	}
	return r.conclude(ctx)
}

// perform carries steps out, and ends what they disturb. It returns when the last step is
// done.
func (r *running) perform(ctx context.Context, steps []step, lasts time.Duration) error {
	begin := time.Now()
	// What lasts ends with the disturbances.
	disturbing, cancel := context.WithDeadline(ctx, begin.Add(lasts))
	defer cancel()
	var performing sync.WaitGroup
	var failures log[error]
	for _, next := range steps {
		sleep(disturbing, time.Until(begin.Add(next.at)))
		performing.Go(func() {
			if err := r.do(lasting(ctx, disturbing, next.action), next.action); err != nil {
				failures.add(fmt.Errorf("%s: %w", next.action, err))
				return
			}
			r.done.add(next.action.String())
		})
	}
	sleep(disturbing, time.Until(begin.Add(lasts)))
	performing.Wait()
	if err := errors.Join(failures.all()...); err != nil {
		return err
	}
	return r.endDisturbances(ctx)
}

// lasting returns the context of an action: that of a user's wish is not ended by the
// end of the disturbances, and where a user waits, by that of the whole campaign.
func lasting(whole, disturbing context.Context, a action) context.Context {
	switch {
	case a.deed == doOnceBegun:
		return whole
	case a.deed.isWish():
		return context.WithoutCancel(disturbing)
	default:
		return disturbing
	}
}

// awaitLeaders waits until every lease is being renewed.
func (r *running) awaitLeaders(ctx context.Context) error {
	begin := &metav1.MicroTime{Time: time.Now()}
	var err error
	if !until(ctx, operatorTimeout, userRetry, func() bool {
		var held []coordinationv1.Lease
		held, err = r.heldLeases(ctx)
		isStale := func(l coordinationv1.Lease) bool { return l.Spec.RenewTime == nil || l.Spec.RenewTime.Before(begin) }
		return err == nil && len(held) > 0 && !slices.ContainsFunc(held, isStale)
	}) {
		return errors.Join(errors.New("no operators lead"), err)
	}
	return nil
}

// heldLeases returns the leases of the operators.
func (r *running) heldLeases(ctx context.Context) ([]coordinationv1.Lease, error) {
	list := &coordinationv1.LeaseList{}
	if err := r.Client.List(ctx, list, client.InNamespace(operatorNamespace)); err != nil {
		return nil, fmt.Errorf("list the leases: %w", err)
	}
	return list.Items, nil
}
