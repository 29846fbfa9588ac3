// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"cloudrecording.dev/operator/hack/testenv"
)

// fleet are the replicas of the operator.
type fleet struct {
	binary, kubeconfig, folder string
	// arguments are the flags that all operators have.
	arguments []string
	replicas  []*replica
	// started counts the processes.
	started atomic.Int64
}

// endpointsEach is how many addresses of Agora's each replica has.
const endpointsEach = 2

// add adds a replica, which does not run yet.
func (f *fleet) add(ctx context.Context, of shard, agoraProxy *agoraProxy) (err error) {
	r := &replica{fleet: f, index: len(f.replicas), shard: of}
	for range endpointsEach {
		e, err := newEndpoint(agoraProxy, r)
		if err != nil {
			return err
		}
		r.endpoints = append(r.endpoints, e)
	}
	r.receiver, err = testenv.FreeAddress(ctx)
	f.replicas = append(f.replicas, r)
	return err
}

// run runs all replicas until the context ends. What it returns gets one value,
// when they have ended.
func (f *fleet) run(ctx context.Context) <-chan error {
	ended := make(chan error, 1)
	group, ctx := errgroup.WithContext(ctx)
	for _, r := range f.replicas {
		group.Go(func() error { return r.run(ctx) })
	}
	go func() { ended <- group.Wait() }()
	return ended
}

const operatorTimeout = time.Minute

// await waits until every replica runs.
func (f *fleet) await(ctx context.Context) error {
	isAway := func(r *replica) bool { _, operator := r.running(); return operator == nil }
	if !until(ctx, operatorTimeout, userRetry, func() bool { return !slices.ContainsFunc(f.replicas, isAway) }) {
		return errors.New("not all replicas run: see their logs")
	}
	return nil
}

// of returns the replicas of a shard.
func (f *fleet) of(which shard) []*replica {
	return slices.DeleteFunc(slices.Clone(f.replicas), func(r *replica) bool { return r.shard != which })
}

// chosen returns the replicas that are chosen, by what Agora was asked.
func (f *fleet) chosen(who way, answers []answer) []*replica {
	switch who {
	case allReplicas:
		return f.replicas
	case ofAnotherShard:
		return f.of(shardOther)
	}
	last := map[int]time.Time{}
	for _, a := range answers {
		if a.arrived.After(last[a.process]) {
			last[a.process] = a.arrived
		}
	}
	// Whoever has asked Agora last leads.
	main := f.of(shardMain)
	slices.SortStableFunc(main, func(a, b *replica) int { return last[b.number()].Compare(last[a.number()]) })
	if who == leader {
		return main[:1]
	}
	return main[1:2]
}

// processes returns all that were run.
func (f *fleet) processes() []process {
	var all []process
	for _, r := range f.replicas {
		r.change(func() {
			for _, p := range r.processes {
				all = append(all, *p)
			}
		})
	}
	return all
}

// recover has all endpoints answer again.
func (f *fleet) recover() error { return each(f.endpoints(), (*endpoint).recover) }

// close closes the endpoints of all replicas.
func (f *fleet) close() error { return each(f.endpoints(), (*endpoint).close) }

func (f *fleet) endpoints() []*endpoint {
	var all []*endpoint
	for _, r := range f.replicas {
		all = append(all, r.endpoints...)
	}
	return all
}

// each does something to endpoints, also after one where that fails.
func each(endpoints []*endpoint, do func(*endpoint) error) (err error) {
	for _, e := range endpoints {
		err = errors.Join(err, do(e))
	}
	return err
}

// operatorFlags are the flags that all operators have, with where the bucket is.
func operatorFlags(bucketURL string) []string {
	return []string{
		"--leader-elect", "--leader-election-namespace=" + operatorNamespace,
		fmt.Sprintf("--leader-election-lease-duration=%s", leaseDuration),
		fmt.Sprintf("--leader-election-renew-deadline=%s", renewDeadline),
		fmt.Sprintf("--leader-election-retry-period=%s", retryPeriod),
		"--notifications-namespace=" + operatorNamespace,
		"--allowed-storage-endpoints=" + bucketURL,
		"--zap-log-level=debug", "--zap-time-encoding=rfc3339nano",
		// These go with the speed.
		fmt.Sprintf("--poll-interval=%s", pollInterval/speed),
		fmt.Sprintf("--not-found-grace=%s", notFoundGrace/speed),
		fmt.Sprintf("--upload-recheck-min=%s", soonestRecheck/speed),
		fmt.Sprintf("--upload-recheck-max=%s", latestRecheck/speed),
		fmt.Sprintf("--upload-settle-time=%s", settleTime/speed),
		"--allow-unsafe-timings",
	}
}

const (
	// restartDelay is how soon an operator that ended is started again, and failedDelay
	// that of one that was never ready, as when there is no API server.
	restartDelay = 500 * time.Millisecond
	failedDelay  = 2 * time.Second
)

// replica is a place in which an operator runs, one process after another.
type replica struct {
	fleet     *fleet
	index     int
	shard     shard
	endpoints []*endpoint
	receiver  string

	mu sync.Mutex
	// processes are all that were run, and operator is the last one once it was ready.
	processes []*process
	operator  *testenv.Operator
	// heldUntil is when the replica may be started again.
	heldUntil time.Time
}

// running returns the process that runs now, or ran last, and its operator once that was
// ready.
func (r *replica) running() (*process, *testenv.Operator) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.processes) == 0 {
		return &process{}, nil
	}
	return r.processes[len(r.processes)-1], r.operator
}

// number is that of the process that runs now, or ran last.
func (r *replica) number() int {
	p, _ := r.running()
	return p.number
}

// change changes what is recorded of a process.
func (r *replica) change(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// run starts processes one after another, as a kubelet does, until the context
// ends, and then asks the last one to end.
func (r *replica) run(ctx context.Context) error {
	for ctx.Err() == nil {
		delay, err := r.runOnce(ctx)
		if err != nil {
			return err
		}
		r.change(func() { delay = max(delay, time.Until(r.heldUntil)) })
		sleep(ctx, delay)
	}
	return nil
}

// runOnce runs a process until it has ended, and returns how soon it may be followed by
// another.
func (r *replica) runOnce(ctx context.Context) (time.Duration, error) {
	number := int(r.fleet.started.Add(1))
	p := &process{number: number, log: filepath.Join(r.fleet.folder, fmt.Sprintf("operator-%d-%d.log", r.index+1, number))}
	output, err := os.Create(p.log)
	if err != nil {
		return 0, fmt.Errorf("create the operator's log: %w", err)
	}
	defer func() { _ = output.Close() }() // the process has it open itself
	r.change(func() { r.processes, r.operator = append(r.processes, p), nil })
	defer r.change(func() {
		p.ended = time.Now()
		if p.end == "" {
			p.end = endByItself
		}
	})
	started, err := testenv.StartOperator(ctx, testenv.OperatorOptions{
		Binary: r.fleet.binary, Kubeconfig: r.fleet.kubeconfig, Output: output, Arguments: append(r.flags(), r.fleet.arguments...),
	})
	if err != nil {
		// A broken API server may have made it end before it was ready.
		return failedDelay, nil
	}
	r.change(func() { r.operator = started })
	select {
	case <-started.Ended():
	case <-ctx.Done():
		r.change(func() { p.end = endTerminated })
		// How it ends is no matter any more.
		_ = started.Resume()
		_ = started.Stop()
	}
	return restartDelay, nil
}

// kill ends the replica's process with SIGKILL, and keeps it down for a while.
func (r *replica) kill(down time.Duration) {
	p, operator := r.running()
	if operator == nil {
		return
	}
	r.change(func() { r.heldUntil, p.end, p.ended = time.Now().Add(down), endKilled, time.Now() })
	operator.Kill()
}

// terminate asks the replica's process to end.
func (r *replica) terminate() {
	p, operator := r.running()
	if operator == nil {
		return
	}
	r.change(func() { p.end = endTerminated })
	// That fails if it has lost its lease just then.
	_ = operator.Stop()
}

// freeze pauses the replica's process for a while.
func (r *replica) freeze(ctx context.Context, d time.Duration) error {
	p, operator := r.running()
	if operator == nil {
		return nil
	}
	begin := time.Now()
	if err := operator.Pause(); err != nil {
		return err
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	case <-operator.Ended():
	}
	r.change(func() { p.frozen = append(p.frozen, span{begin, time.Now()}) })
	return operator.Resume()
}

// flags are those of one replica.
func (r *replica) flags() []string {
	var urls []string
	for _, e := range r.endpoints {
		urls = append(urls, e.URL())
	}
	return []string{
		"--agora-endpoints=" + strings.Join(urls, ","), "--notifications-bind-address=" + r.receiver,
		"--watch-label-selector=" + r.shard.selector(),
	}
}
