// SPDX-License-Identifier: Apache-2.0

package faults

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

	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
	"cloudrecording.dev/operator/hack/testenv"
)

// Fleet is the set of the operator's replicas.
type Fleet struct {
	binary, folder string
	apiServer      *apiServerProxy
	// arguments are the flags that all operators share.
	arguments []string
	replicas  []*replica
	// started counts the processes.
	started atomic.Int64
}

// endpointsEach is the number of Agora endpoints of each replica.
const endpointsEach = 2

// add adds a replica, which does not run yet.
func (f *Fleet) add(ctx context.Context, of plan.Shard, agoraProxy *agoraProxy) (err error) {
	r := &replica{fleet: f, index: len(f.replicas), shard: of}
	for range endpointsEach {
		e, err := newEndpoint(agoraProxy, r)
		if err != nil {
			return err
		}
		r.endpoints = append(r.endpoints, e)
	}
	r.kubeconfig = filepath.Join(f.folder, fmt.Sprintf("operator-%d.kubeconfig", r.index+1))
	if r.apiClient, err = f.apiServer.writeKubeconfig(r.kubeconfig, r); err != nil {
		return err
	}
	r.receiver, err = testenv.FreeAddress(ctx)
	f.replicas = append(f.replicas, r)
	return err
}

// Run runs all replicas until the context ends. The returned channel receives one value once
// they have ended.
func (f *Fleet) Run(ctx context.Context) <-chan error {
	ended := make(chan error, 1)
	group, ctx := errgroup.WithContext(ctx)
	for _, r := range f.replicas {
		group.Go(func() error { return r.run(ctx) })
	}
	go func() { ended <- group.Wait() }()
	return ended
}

// OperatorTimeout is how long operators may take to run, and to lead.
const OperatorTimeout = time.Minute

// Await waits until every replica runs.
func (f *Fleet) Await(ctx context.Context) error {
	isAway := func(r *replica) bool { _, operator := r.running(); return operator == nil }
	if !Until(ctx, OperatorTimeout, UserRetry, func() bool { return !slices.ContainsFunc(f.replicas, isAway) }) {
		return errors.New("not all replicas run: see their logs")
	}
	return nil
}

// of returns the replicas of a shard.
func (f *Fleet) of(which plan.Shard) []*replica {
	return slices.DeleteFunc(slices.Clone(f.replicas), func(r *replica) bool { return r.shard != which })
}

// chosen returns the replicas that a variant selects. It uses the answers to find the leader.
func (f *Fleet) chosen(who plan.Variant, answers []record.Answer) []*replica {
	switch who {
	case plan.AllReplicas:
		return f.replicas
	case plan.OfAnotherShard:
		return f.of(plan.ShardOther)
	default:
	}
	last := map[int]time.Time{}
	for _, a := range answers {
		if a.Arrived.After(last[a.Process]) {
			last[a.Process] = a.Arrived
		}
	}
	// The replica that asked Agora most recently is the leader.
	main := f.of(plan.ShardMain)
	slices.SortStableFunc(main, func(a, b *replica) int { return last[b.number()].Compare(last[a.number()]) })
	if who == plan.Leader {
		return main[:1]
	}
	return main[1:2]
}

// processes returns all processes that ran.
func (f *Fleet) processes() []record.Process {
	var all []record.Process
	for _, r := range f.replicas {
		r.change(func() {
			for _, p := range r.processes {
				all = append(all, *p)
			}
		})
	}
	return all
}

// recover makes all endpoints answer again.
func (f *Fleet) recover() error { return each(f.endpoints(), (*endpoint).recover) }

// close closes the endpoints of all replicas.
func (f *Fleet) close() error { return each(f.endpoints(), (*endpoint).close) }

func (f *Fleet) endpoints() []*endpoint {
	var all []*endpoint
	for _, r := range f.replicas {
		all = append(all, r.endpoints...)
	}
	return all
}

// each calls a function for all endpoints, and continues after errors.
func each(endpoints []*endpoint, do func(*endpoint) error) (err error) {
	for _, e := range endpoints {
		err = errors.Join(err, do(e))
	}
	return err
}

// operatorFlags returns the flags that all operators share, with the URL of the bucket.
func operatorFlags(bucketURL string) []string {
	return []string{
		"--leader-elect", "--leader-election-namespace=" + plan.OperatorNamespace,
		fmt.Sprintf("--leader-election-lease-duration=%s", plan.LeaseDuration),
		fmt.Sprintf("--leader-election-renew-deadline=%s", plan.RenewDeadline),
		fmt.Sprintf("--leader-election-retry-period=%s", plan.RetryPeriod),
		"--notifications-namespace=" + plan.OperatorNamespace,
		"--allowed-storage-endpoints=" + bucketURL,
		"--zap-log-level=debug", "--zap-time-encoding=rfc3339nano",
		// These scale with the speed.
		fmt.Sprintf("--poll-interval=%s", plan.PollInterval/plan.Speed),
		fmt.Sprintf("--not-found-grace=%s", plan.NotFoundGrace/plan.Speed),
		fmt.Sprintf("--upload-recheck-min=%s", plan.SoonestRecheck/plan.Speed),
		fmt.Sprintf("--upload-recheck-max=%s", plan.LatestRecheck/plan.Speed),
		fmt.Sprintf("--upload-settle-time=%s", plan.SettleTime/plan.Speed),
		"--allow-unsafe-timings",
	}
}

const (
	// restartDelay is the delay before an operator that ended is restarted. failedDelay is the
	// delay if it was never ready, such as without an API server.
	restartDelay = 500 * time.Millisecond
	failedDelay  = 2 * time.Second
)

// replica runs an operator as one process after another.
type replica struct {
	fleet     *Fleet
	index     int
	shard     plan.Shard
	endpoints []*endpoint
	receiver  string
	// kubeconfig is the path of the kubeconfig with which it connects to the API server as
	// apiClient.
	kubeconfig string
	apiClient  *apiClient

	mu sync.Mutex
	// processes are all processes that ran. operator is the last of them, once it was ready.
	processes []*record.Process
	operator  *testenv.Operator
	// heldUntil is when the replica may be started again.
	heldUntil time.Time
}

// running returns the current or last process, and its operator once that was ready.
func (r *replica) running() (*record.Process, *testenv.Operator) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.processes) == 0 {
		return &record.Process{}, nil
	}
	return r.processes[len(r.processes)-1], r.operator
}

// number returns the number of the current or last process.
func (r *replica) number() int {
	p, _ := r.running()
	return p.Number
}

// change runs a function that changes the records of processes.
func (r *replica) change(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// run starts processes one after another, as a kubelet does. When the context ends, it asks the
// last one to terminate.
func (r *replica) run(ctx context.Context) error {
	for ctx.Err() == nil {
		delay, err := r.runOnce(ctx)
		if err != nil {
			return err
		}
		r.change(func() { delay = max(delay, time.Until(r.heldUntil)) })
		Sleep(ctx, delay)
	}
	return nil
}

// runOnce runs a process until it has ended, and returns the delay before the next one.
func (r *replica) runOnce(ctx context.Context) (time.Duration, error) {
	number := int(r.fleet.started.Add(1))
	p := &record.Process{Number: number, Log: filepath.Join(r.fleet.folder, fmt.Sprintf("operator-%d-%d.log", r.index+1, number))}
	output, err := os.Create(p.Log)
	if err != nil {
		return 0, fmt.Errorf("create the operator's log: %w", err)
	}
	defer func() { _ = output.Close() }() // the process has its own descriptor
	r.change(func() { r.processes, r.operator = append(r.processes, p), nil })
	defer r.change(func() {
		p.Ended = time.Now()
		if p.End == "" {
			p.End = record.EndByItself
		}
	})
	started, err := testenv.StartOperator(ctx, testenv.OperatorOptions{
		Binary: r.fleet.binary, Kubeconfig: r.kubeconfig, Output: output, Arguments: append(r.flags(), r.fleet.arguments...),
	})
	if err != nil {
		// A broken API server may have made it exit before it was ready.
		return failedDelay, nil
	}
	r.change(func() { r.operator = started })
	select {
	case <-started.Ended():
	case <-ctx.Done():
		r.change(func() { p.End = record.EndTerminated })
		// The way in which it ends no longer matters.
		_ = started.Resume()
		_ = started.Stop()
	}
	return restartDelay, nil
}

// strike kills, terminates, or pauses the replica's process.
func (r *replica) strike(ctx context.Context, a plan.Action) error {
	p, operator := r.running()
	if operator == nil {
		return nil
	}
	begin := time.Now()
	switch a.Kind {
	case plan.DoTerminate:
		r.change(func() { p.End = record.EndTerminated })
		// Stop fails if the process has just lost its lease.
		_ = operator.Stop()
		return nil
	case plan.DoPause:
		if err := operator.Pause(); err != nil {
			return err
		}
		select {
		case <-time.After(a.Lasts):
		case <-ctx.Done():
		case <-operator.Ended():
		}
		r.change(func() { p.Frozen = append(p.Frozen, record.Span{Begin: begin, End: time.Now()}) })
		return operator.Resume()
	default:
		r.change(func() { r.heldUntil, p.End, p.Ended = begin.Add(a.Lasts), record.EndKilled, begin })
		operator.Kill()
		return nil
	}
}

// kill kills the replica's process with SIGKILL.
func (r *replica) kill() { _ = r.strike(context.Background(), plan.Action{Kind: plan.DoKill}) }

// flags returns the flags of this replica.
func (r *replica) flags() []string {
	var urls []string
	for _, e := range r.endpoints {
		urls = append(urls, e.URL())
	}
	return []string{
		"--agora-endpoints=" + strings.Join(urls, ","), "--notifications-bind-address=" + r.receiver,
		"--watch-label-selector=" + r.shard.Selector(),
	}
}
