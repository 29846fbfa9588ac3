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
