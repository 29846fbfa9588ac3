// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"cloudrecording.dev/operator/hack/testenv"
)

// restartDelay is how soon an operator that ended is started again.
const restartDelay = 500 * time.Millisecond

// failedDelay is that of one that was never ready, as when there is no API server.
const failedDelay = 2 * time.Second

// fleet are the replicas of the operator.
type fleet struct {
	binary, kubeconfig, folder string
	arguments                  []string
	replicas                   []*replica
	// processes counts those that were started.
	processes atomic.Int64
	records   log[*runningProcess]
}

// replica is a place in which an operator runs, one process after another.
type replica struct {
	fleet     *fleet
	index     int
	shard     shard
	endpoints []*endpoint
	receiver  string

	mu      sync.Mutex
	current *runningProcess
	// heldUntil is when the replica may be started again.
	heldUntil time.Time
}

// runningProcess is a process that is or was run.
type runningProcess struct {
	mu      sync.Mutex
	record  process
	process *testenv.Operator
	log     string
}

// note changes what is recorded of a process.
func (p *runningProcess) note(change func(*process)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.record)
}

func (p *runningProcess) recorded() process {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.record
}

// add adds a replica, which does not run yet.
func (f *fleet) add(ctx context.Context, of shard, agoraProxy *agoraProxy, endpoints int) error {
	r := &replica{fleet: f, index: len(f.replicas), shard: of}
	for range endpoints {
		e, err := newEndpoint(agoraProxy, r)
		if err != nil {
			return err
		}
		r.endpoints = append(r.endpoints, e)
	}
	var err error
	r.receiver, err = testenv.FreeAddress(ctx)
	f.replicas = append(f.replicas, r)
	return err
}

// processNumber is that of the process that runs now, or ran last.
func (r *replica) processNumber() int {
	if current := r.running(); current != nil {
		return current.recorded().number
	}
	return 0
}

func (r *replica) running() *runningProcess {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current
}

// run starts processes one after another, as a kubelet does, until the context
// ends, and then asks the last one to end.
func (r *replica) run(ctx context.Context) error {
	for ctx.Err() == nil {
		running, err := r.start(ctx)
		if err != nil {
			return err
		}
		delay := failedDelay
		if running != nil {
			delay = restartDelay
			r.await(ctx, running)
		}
		sleep(ctx, max(delay, time.Until(r.held())))
	}
	return nil
}

// start starts a process. It returns nil where that ended before it was ready,
// which a broken API server may make it do.
func (r *replica) start(ctx context.Context) (*runningProcess, error) {
	number := int(r.fleet.processes.Add(1))
	path := filepath.Join(r.fleet.folder, fmt.Sprintf("operator-%d-%d.log", r.index+1, number))
	output, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("create the operator's log: %w", err)
	}
	defer func() { _ = output.Close() }() // the process has it open itself
	running := &runningProcess{log: path, record: process{number: number, replica: r.index, started: time.Now()}}
	r.fleet.records.add(running)
	r.mu.Lock()
	r.current = running
	r.mu.Unlock()
	started, err := testenv.StartOperator(ctx, testenv.OperatorOptions{
		Binary: r.fleet.binary, Kubeconfig: r.fleet.kubeconfig, Output: output,
		Arguments: append(flagsOf(r), r.fleet.arguments...),
	})
	if err != nil {
		running.note(func(p *process) { p.ended, p.end = time.Now(), endByItself })
		return nil, nil
	}
	running.mu.Lock()
	running.process = started
	running.mu.Unlock()
	return running, nil
}

// await returns when a process has ended.
func (r *replica) await(ctx context.Context, running *runningProcess) {
	select {
	case <-running.process.Ended():
	case <-ctx.Done():
		running.note(func(p *process) { p.end = endTerminated })
		// How it ends is no matter any more.
		_ = running.process.Resume()
		_ = running.process.Stop()
	}
	running.note(func(p *process) {
		p.ended = time.Now()
		if p.end == "" {
			p.end = endByItself
		}
	})
}

// process returns the process that runs, if one does.
func (p *runningProcess) get() *testenv.Operator {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.process
}

// hold keeps the replica from being started again for a while.
func (r *replica) hold(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heldUntil = time.Now().Add(d)
}

func (r *replica) held() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.heldUntil
}

// kill ends the replica's process with SIGKILL.
func (r *replica) kill() {
	running := r.running()
	if p := running.get(); p != nil {
		running.note(func(p *process) { p.end, p.ended = endKilled, time.Now() })
		p.Kill()
	}
}

// terminate asks the replica's process to end.
func (r *replica) terminate() {
	running := r.running()
	p := running.get()
	if p == nil {
		return
	}
	running.note(func(p *process) { p.end = endTerminated })
	// That fails if it has lost its lease just then.
	_ = p.Stop()
}

// freeze pauses the replica's process for a while.
func (r *replica) freeze(ctx context.Context, d time.Duration) error {
	running := r.running()
	p := running.get()
	if p == nil {
		return nil
	}
	begin := time.Now()
	if err := p.Pause(); err != nil {
		return err
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	case <-p.Ended():
	}
	running.note(func(p *process) { p.frozen = append(p.frozen, span{begin, time.Now()}) })
	return p.Resume()
}

// closeEndpoints closes the endpoints of all replicas.
func (f *fleet) closeEndpoints() (err error) {
	for _, r := range f.replicas {
		for _, e := range r.endpoints {
			err = errors.Join(err, e.close())
		}
	}
	return err
}

// of returns the replicas of a shard.
func (f *fleet) of(which shard) []*replica {
	return slices.DeleteFunc(slices.Clone(f.replicas), func(r *replica) bool { return r.shard != which })
}

// leader returns the replica of a shard that has asked Agora last.
func (f *fleet) leader(which shard, answers []answer) *replica {
	last := map[int]time.Time{}
	for _, a := range answers {
		if a.arrived.After(last[a.process]) {
			last[a.process] = a.arrived
		}
	}
	candidates := f.of(which)
	best := candidates[0]
	for _, r := range candidates {
		if last[r.processNumber()].After(last[best.processNumber()]) {
			best = r
		}
	}
	return best
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
