// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"cloudrecording.dev/operator/hack/testenv"
)

const (
	// benchmarkTimeout is when a benchmark counts as broken.
	benchmarkTimeout = 20 * time.Minute

	// pollInterval is the interval between two checks of a condition.
	pollInterval = 5 * time.Millisecond
)

// run is a run of one benchmark. A failure ends it, as Fatal ends a test.
type run struct {
	settings
	testenv.Cleanup
	*testenv.Environment

	ctx      context.Context
	folder   string
	log      io.Writer
	progress io.Writer
	rows     []row
	// current is the most recently opened environment.
	current *environment
}

// failure is the panic value that ends a run.
type failure struct{ error }

// check ends the run on an error.
func check(err error) {
	if err != nil {
		panic(failure{err})
	}
}

// must returns the value, or ends the run on an error.
func must[V any](value V, err error) V {
	check(err)
	return value
}

// do runs a benchmark in its own control plane. A control plane with the objects of other
// benchmarks would be slower.
func (r *run) do(ctx context.Context, b benchmark, operator string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, benchmarkTimeout)
	defer cancel()
	r.ctx = ctx
	defer func() {
		if problem := recover(); problem != nil {
			failed, isFailure := problem.(failure)
			if !isFailure {
				panic(problem)
			}
			err = errors.Join(failed.error, r.keepRequests())
		}
		err = errors.Join(err, r.Run())
	}()
	r.Environment = must(testenv.Start(ctx, testenv.Options{Operator: operator}))
	r.Add(r.Environment.Run)
	b.measure(r)
	return nil
}

// keepRequests writes the simulator's request log to the folder of the operator's log.
func (r *run) keepRequests() error {
	if r.current == nil {
		return nil
	}
	content, err := json.MarshalIndent(r.current.agora.Requests(), "", "  ")
	if err != nil {
		return fmt.Errorf("write the requests as JSON: %w", err)
	}
	return os.WriteFile(filepath.Join(r.folder, "requests.json"), content, 0o600)
}

// report adds rows to the table.
func (r *run) report(rows ...row) { r.rows = append(r.rows, rows...) }

// say prints a progress message.
func (r *run) say(format string, arguments ...any) {
	_, _ = fmt.Fprintf(r.progress, "  "+format+"\n", arguments...)
}

// scaled applies the scale to a number of objects.
func (r *run) scaled(count int) int { return max(int(float64(count)*r.scale), 1) }

// sleep waits for a duration, or until the run times out.
func (r *run) sleep(d time.Duration) {
	end := time.Now().Add(d)
	r.await("a while is over", d, func() bool { return !time.Now().Before(end) })
}

// await checks a condition at an interval until it holds.
func (r *run) await(what string, interval time.Duration, holds func() bool) {
	for !holds() {
		select {
		case <-time.After(interval):
		case <-r.ctx.Done():
			check(fmt.Errorf("wait until %s: %w", what, r.ctx.Err()))
		}
	}
}
