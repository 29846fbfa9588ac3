// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"cloudrecording.dev/operator/hack/testenv"
)

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
	// current is the process that runs now, or ran last.
	current *operatorProcess
	// heldUntil is when the replica may be started again.
	heldUntil time.Time
}

// operatorProcess is a process that is or was run.
type operatorProcess struct {
	log string

	mu       sync.Mutex
	record   process
	operator *testenv.Operator
}

// note changes what is recorded of a process.
func (p *operatorProcess) note(change func(*process)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.record)
}

func (p *operatorProcess) recorded() process {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.record
}

// processNumber is that of the process that runs now, or ran last.
func (r *replica) processNumber() int {
	if current, _ := r.running(); current != nil {
		return current.recorded().number
	}
	return 0
}

// running returns the process that runs now, or ran last, and its operator once that was
// ready.
func (r *replica) running() (*operatorProcess, *testenv.Operator) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current == nil {
		return nil, nil
	}
	r.current.mu.Lock()
	defer r.current.mu.Unlock()
	return r.current, r.current.operator
}

// run starts processes one after another, as a kubelet does, until the context
// ends, and then asks the last one to end.
func (r *replica) run(ctx context.Context) error {
	for ctx.Err() == nil {
		delay, err := r.runOnce(ctx)
		if err != nil {
			return err
		}
		r.mu.Lock()
		held := time.Until(r.heldUntil)
		r.mu.Unlock()
		sleep(ctx, max(delay, held))
	}
	return nil
}

// runOnce runs a process until it has ended, and returns how soon it may be followed by
// another.
func (r *replica) runOnce(ctx context.Context) (time.Duration, error) {
	number := int(r.fleet.started.Add(1))
	path := filepath.Join(r.fleet.folder, fmt.Sprintf("operator-%d-%d.log", r.index+1, number))
	output, err := os.Create(path)
	if err != nil {
		return 0, fmt.Errorf("create the operator's log: %w", err)
	}
	defer func() { _ = output.Close() }() // the process has it open itself
	running := &operatorProcess{log: path, record: process{number: number, replica: r.index, started: time.Now()}}
	defer running.note(func(p *process) {
		p.ended = time.Now()
		if p.end == "" {
			p.end = endByItself
		}
	})
	r.fleet.processes.add(running)
	r.mu.Lock()
	r.current = running
	r.mu.Unlock()
	started, err := testenv.StartOperator(ctx, testenv.OperatorOptions{
		Binary: r.fleet.binary, Kubeconfig: r.fleet.kubeconfig, Output: output, Arguments: append(r.flags(), r.fleet.arguments...),
	})
	if err != nil {
		// A broken API server may have made it end before it was ready.
		return failedDelay, nil
	}
	running.mu.Lock()
	running.operator = started
	running.mu.Unlock()
	select {
	case <-started.Ended():
	case <-ctx.Done():
		running.note(func(p *process) { p.end = endTerminated })
		// How it ends is no matter any more.
		_ = started.Resume()
		_ = started.Stop()
	}
	return restartDelay, nil
}

// kill ends the replica's process with SIGKILL.
func (r *replica) kill() {
	if running, operator := r.running(); operator != nil {
		running.note(func(p *process) { p.end, p.ended = endKilled, time.Now() })
		operator.Kill()
	}
}

// hold keeps the replica from being started again for a while.
func (r *replica) hold(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heldUntil = time.Now().Add(d)
}

// terminate asks the replica's process to end.
func (r *replica) terminate() {
	if running, operator := r.running(); operator != nil {
		running.note(func(p *process) { p.end = endTerminated })
		// That fails if it has lost its lease just then.
		_ = operator.Stop()
	}
}

// freeze pauses the replica's process for a while.
func (r *replica) freeze(ctx context.Context, d time.Duration) error {
	running, operator := r.running()
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
	running.note(func(p *process) { p.frozen = append(p.frozen, span{begin, time.Now()}) })
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
