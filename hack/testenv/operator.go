// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"cloudrecording.dev/operator/hack/controlplane"
)

const (
	// readyTimeout is how long the operator may take to become ready. It is ready once its
	// cache is filled, which takes a minute for 100,000 objects on a busy machine.
	readyTimeout = 5 * time.Minute

	readyCheckInterval = 20 * time.Millisecond
)

// BuildOperator builds the operator into a folder and returns the path of the binary. The
// folder's path must be absolute. It builds in the operator's module, whichever module calls
// it.
func BuildOperator(ctx context.Context, folder string) (string, error) {
	root, err := controlplane.ModuleRoot()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(folder, "manager")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the operator: %w\n%s", err, output)
	}
	return binary, nil
}

// OperatorOptions configure the operator.
type OperatorOptions struct {
	// Binary is the path of the operator.
	Binary string

	// Kubeconfig is the path of the kubeconfig that it uses.
	Kubeconfig string

	// Arguments are its flags besides those for the kubeconfig and the probes.
	Arguments []string

	// Output receives its log.
	Output io.Writer
}

// Operator is a process of the operator.
type Operator struct {
	command *exec.Cmd
	ended   chan struct{}
	err     error
}

// StartOperator starts the operator and waits until it is ready. The operator runs until it is
// stopped, even if the context ends.
func StartOperator(ctx context.Context, options OperatorOptions) (*Operator, error) {
	probe, err := FreeAddress(ctx)
	if err != nil {
		return nil, err
	}
	arguments := append([]string{"--kubeconfig", options.Kubeconfig, "--health-probe-bind-address", probe}, options.Arguments...)
	command := exec.Command(options.Binary, arguments...) //nolint:noctx // it outlives the context
	command.Stdout, command.Stderr = options.Output, options.Output
	// A separate process group protects it from Ctrl-C, so that its parent can stop it in
	// order.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start the operator: %w", err)
	}
	operator := &Operator{command: command, ended: make(chan struct{})}
	go func() {
		defer close(operator.ended)
		operator.err = command.Wait()
	}()
	if err := operator.awaitReady(ctx, "http://"+probe+"/readyz"); err != nil {
		operator.Kill()
		return nil, err
	}
	return operator, nil
}

func (o *Operator) awaitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	err := wait.PollUntilContextCancel(ctx, readyCheckInterval, true, func(ctx context.Context) (bool, error) {
		select {
		case <-o.ended:
			return false, fmt.Errorf("it ended: %w", o.err)
		default:
			return isReady(ctx, url), nil
		}
	})
	if err != nil {
		return fmt.Errorf("wait for the operator to be ready: %w", err)
	}
	return nil
}

func isReady(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// Stop asks the operator to terminate and waits until it has, as Kubernetes does.
func (o *Operator) Stop() error {
	if err := o.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the operator: %w", err)
	}
	<-o.ended
	if o.err != nil {
		return fmt.Errorf("the operator ended with a failure: %w", o.err)
	}
	return nil
}

// Kill kills the operator with SIGKILL.
func (o *Operator) Kill() {
	// It fails only if the operator has already ended.
	_ = o.command.Process.Kill()
	<-o.ended
}

// Pause freezes the operator with SIGSTOP until Resume. The operator does not notice. Pause
// does nothing if the operator has ended.
func (o *Operator) Pause() error { return o.signal(syscall.SIGSTOP, "pause") }

// Resume continues a paused operator.
func (o *Operator) Resume() error { return o.signal(syscall.SIGCONT, "resume") }

func (o *Operator) signal(signal os.Signal, verb string) error {
	if err := o.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%s the operator: %w", verb, err)
	}
	return nil
}

// Ended returns a channel that is closed once the operator has ended.
func (o *Operator) Ended() <-chan struct{} { return o.ended }

// PID returns the ID of the operator's process.
func (o *Operator) PID() int { return o.command.Process.Pid }
