// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/campaign/check"
	"cloudrecording.dev/operator/hack/campaign/faults"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// campaign is the configuration of a campaign.
type campaign struct {
	options plan.Options
	faults.Settings
}

// running is a campaign in progress.
type running struct {
	*faults.Environment
	plan plan.Plan
	// done are the steps that were carried out.
	done record.Log[string]
	seen *record.Records
}

// run carries out the campaign and returns its report.
func (c campaign) run(ctx context.Context) (_ report, err error) {
	c.Seed, c.Lasts = c.options.Seed, c.options.Duration
	p := plan.New(c.options)
	e, err := faults.Start(ctx, c.Settings, p.ByChannel())
	if err != nil {
		return report{}, err
	}
	defer func() { err = errors.Join(err, e.End()) }()
	r := &running{Environment: e, plan: p, seen: &record.Records{Mended: map[plan.Object][]string{}}}
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
	return report{done: record.Count(r.done.All()), struck: e.Struck(), figures: figures, results: check.All(r.seen)}, nil
}

// play runs the operators through the plan and everything that follows it.
func (r *running) play(ctx context.Context) (err error) {
	whole, stop := context.WithCancel(ctx)
	ended := r.Fleet.Run(whole)
	r.Stalls.Watch(whole)
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	if err := r.Fleet.Await(ctx); err != nil {
		return err
	}
	r.Say("disturbing %d recordings for %s, by %d steps", len(r.plan.Recordings), r.plan.Lasts, len(r.plan.Steps))
	if err := r.perform(ctx, r.plan); err != nil {
		return err
	}
	if trials := r.plan.Trials; len(trials.Steps) > 0 {
		// A trial needs operators that lead.
		if err := r.awaitLeaders(ctx); err != nil {
			return err
		}
		r.Say("trying %d recordings for %s, while nothing else disturbs", len(trials.Recordings), trials.Lasts)
		if err := r.perform(ctx, *trials); err != nil {
			return err
		}
	}
	return r.conclude(ctx)
}

// perform carries out the steps of a plan, and then ends its disturbances. It returns when the
// last step is done.
func (r *running) perform(ctx context.Context, p plan.Plan) error {
	begin := time.Now()
	// Steps that last end with the disturbances.
	disturbing, cancel := context.WithDeadline(ctx, begin.Add(p.Lasts))
	defer cancel()
	var performing sync.WaitGroup
	var failures record.Log[error]
	for _, next := range p.Steps {
		faults.Sleep(disturbing, time.Until(begin.Add(next.At)))
		performing.Go(func() {
			if err := r.Do(lasting(ctx, disturbing, next.Action), next.Action); err != nil {
				failures.Add(fmt.Errorf("%s: %w", next.Action, err))
				return
			}
			r.done.Add(next.Action.String())
		})
	}
	faults.Sleep(disturbing, time.Until(begin.Add(p.Lasts)))
	performing.Wait()
	if err := errors.Join(failures.All()...); err != nil {
		return err
	}
	return r.EndDisturbances(ctx)
}

// lasting returns the context of an action. A user's action does not end with the disturbances.
// A user's wait ends with the whole campaign.
func lasting(whole, disturbing context.Context, a plan.Action) context.Context {
	switch {
	case a.Kind == plan.DoOnceBegun, a.Kind == plan.DoOnceMade:
		return whole
	case a.Kind.IsByUser():
		return context.WithoutCancel(disturbing)
	default:
		return disturbing
	}
}

// awaitLeaders waits until every lease has been renewed.
func (r *running) awaitLeaders(ctx context.Context) error {
	begin := &metav1.MicroTime{Time: time.Now()}
	var err error
	if !faults.Until(ctx, faults.OperatorTimeout, faults.UserRetry, func() bool {
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
	if err := r.Client.List(ctx, list, client.InNamespace(plan.OperatorNamespace)); err != nil {
		return nil, fmt.Errorf("list the leases: %w", err)
	}
	return list.Items, nil
}

// collect gathers the records once nothing happens any more.
func (r *running) collect(ctx context.Context) (err error) {
	seen := r.seen
	if seen.Histories, err = r.awaitWatchLog(ctx); err != nil {
		return err
	}
	r.Collect(seen)
	if err := r.keepArrivals(); err != nil {
		return err
	}
	logs := []string{filepath.Join(r.Folder, record.ObjectsFile)}
	for _, p := range seen.Processes {
		logs = append(logs, p.Log)
	}
	for _, path := range logs {
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read a log: %w", err)
		}
		seen.Texts = append(seen.Texts, record.Text{Where: filepath.Base(path), Content: content})
		seen.Releases = append(seen.Releases, record.Releases(content)...)
	}
	return nil
}

// keepArrivals writes a log of all requests to Agora, for people who investigate a violation.
func (r *running) keepArrivals() error {
	var lines bytes.Buffer
	for _, a := range r.seen.Answers {
		_, _ = fmt.Fprintf(&lines, "%s %s process %d, account %s, %s of %s: %d, whole %t\n", // a buffer never fails
			record.Clock(a.Arrived), record.Clock(a.Answered), a.Process, a.Account, a.Method, a.SID, a.Status, a.Whole)
	}
	if err := os.WriteFile(filepath.Join(r.Folder, "requests.log"), lines.Bytes(), 0o600); err != nil {
		return fmt.Errorf("keep the requests: %w", err)
	}
	return nil
}

const watchTimeout = 20 * time.Second

// awaitWatchLog waits until the watches have shown the current objects, and returns the
// histories.
func (r *running) awaitWatchLog(ctx context.Context) (histories []record.History, err error) {
	behind := 0
	if !faults.Until(ctx, watchTimeout, faults.UserRetry, func() bool {
		histories, err = r.WatchLog.Current()
		if err == nil {
			behind, err = r.behind(ctx, histories)
		}
		return err != nil || behind == 0
	}) {
		return nil, fmt.Errorf("the watch does not show the last version of %d objects", behind)
	}
	return histories, err
}

// behind counts the objects whose last version the watch has not shown.
func (r *running) behind(ctx context.Context, histories []record.History) (int, error) {
	list := &v1alpha1.CloudRecordingList{}
	if err := r.Client.List(context.WithoutCancel(ctx), list); err != nil {
		return 0, fmt.Errorf("list the recordings: %w", err)
	}
	there := map[string]string{}
	for i := range list.Items {
		there[string(list.Items[i].UID)] = list.Items[i].ResourceVersion
	}
	behind := 0
	for _, h := range histories {
		version, isThere := there[h.UID]
		if isThere != h.Gone.IsZero() || isThere && version != h.Last().ResourceVersion {
			behind++
		}
		delete(there, h.UID)
	}
	return behind + len(there), nil
}
