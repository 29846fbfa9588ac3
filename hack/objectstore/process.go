// SPDX-License-Identifier: Apache-2.0

package objectstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"cloudrecording.dev/operator/hack/controlplane"
)

const (
	// startTimeout is generous, because a busy machine starts programs slowly.
	startTimeout      = time.Minute
	startPollInterval = 10 * time.Millisecond
	// stopTimeout is how long a server may take to write its data before it is killed.
	stopTimeout = 10 * time.Second
)

// errEnded means that a server ended before it was ready.
var errEnded = errors.New("the server ended")

// program is what a process runs.
type program struct {
	name   string
	binary string
	args   []string
	// environment is added to the environment of this process.
	environment []string
	// dir is the working folder. No other process uses it.
	dir string
}

// process runs a program until stop, or until this process ends in any way.
type process struct {
	name  string
	logs  *controlplane.Logs
	guard *controlplane.Guard
	cmd   *exec.Cmd
	// ended is closed when the program has ended. err is set before that.
	ended chan struct{}
	err   error
}

// startProcess starts a program. It does not wait until the program is ready. The context does
// not end the program.
func startProcess(ctx context.Context, p program) (*process, error) {
	dir, err := os.MkdirTemp(p.dir, "guard-")
	if err != nil {
		return nil, fmt.Errorf("creating the guard's folder: %w", err)
	}
	guard, err := controlplane.NewGuard(dir)
	if err != nil {
		return nil, err
	}
	script, err := guard.Wrap(p.binary)
	if err != nil {
		return nil, errors.Join(err, guard.Release())
	}
	logs := controlplane.NewLogs(nil)
	cmd := exec.CommandContext(context.WithoutCancel(ctx), script, p.args...)
	cmd.Dir = p.dir
	cmd.Env = append(append(os.Environ(), p.environment...), "PWD="+p.dir)
	cmd.Stdout, cmd.Stderr = logs.Process(p.name), logs.Process(p.name)
	// The guard kills the process group.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", p.name, err), guard.Release())
	}
	started := &process{name: p.name, logs: logs, guard: guard, cmd: cmd, ended: make(chan struct{})}
	go func() {
		started.err = cmd.Wait()
		close(started.ended)
	}()
	return started, nil
}

// awaitReady polls until the program is ready. The error is errEnded if the program ends first.
func (p *process) awaitReady(ctx context.Context, ready func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err := wait.PollUntilContextCancel(ctx, startPollInterval, true, func(ctx context.Context) (bool, error) {
		select {
		case <-p.ended:
			return false, fmt.Errorf("%w: %w", errEnded, p.err)
		default:
			return ready(ctx), nil
		}
	})
	if err != nil {
		return fmt.Errorf("waiting for %s to be ready: %w\nend of its log:\n%s", p.name, err, p.logs.Tail(p.name))
	}
	return nil
}

// stop asks the program to terminate, kills it after a timeout, and waits for its end.
func (p *process) stop() error {
	// Signal fails if the program has already ended, which is fine.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timeout := time.NewTimer(stopTimeout)
	defer timeout.Stop()
	select {
	case <-p.ended:
	case <-timeout.C:
	}
	released := p.guard.Release()
	<-p.ended
	return released
}
