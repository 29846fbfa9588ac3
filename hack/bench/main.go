// SPDX-License-Identifier: Apache-2.0

// Command bench measures the operator's real process with a real API server and the simulator
// of Agora.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"cloudrecording.dev/operator/hack/command"
	"cloudrecording.dev/operator/hack/testenv"
)

const usage = `Runs benchmarks of the operator and prints a table of what was measured: each
figure beside its floor, which is what no operator could do better, and the
aim. Figures are no tests: the exit code is 0 whatever they are. It is 1 if
something broke: a recording was not stopped or not found in its bucket, a
notification was refused or lost, or Agora's limit was broken.

Run it in the repository's root folder:
  go run ./hack/bench [flags]

Benchmarks:
`

// benchmark is a named measurement.
type benchmark struct {
	name, about string
	measure     func(*run)
}

// benchmarks returns all benchmarks in the order in which they run.
func benchmarks() []benchmark {
	return []benchmark{
		{"latency", "how soon a stop arrives at Agora", measureLatency},
		{"writes", "what a recording costs the API server", measureWrites},
		{"starts", "how long an account's limit makes many starts take", measureStarts},
		{"windows", "what recordings cost whose time is to come, and how soon they are started then", measureWindows},
		{"schedules", "what schedules cost while none of their lessons is near", measureSchedules},
		{"burst", "how long many stops take of one account, and of several at once", measureBurst},
		{"neighbor", "whether a busy account delays an idle one", measureNeighbor},
		{"polling", "whether polls delay a stop", measurePolling},
		{"fleet", "what many recordings cost, and how a restart among them goes", measureFleet},
		{"completed", "what many objects cost of which nothing is left to do", measureCompleted},
		{"tenant", "what a tenant's objects take from all others", measureTenant},
		{"verification", "what it costs to find a long recording in the bucket", measureVerification},
		{"notifications", "how Agora's notifications are taken when many come", measureNotifications},
	}
}

func main() { command.Main("bench", execute) }

// settings are the command-line settings for all benchmarks.
type settings struct {
	chosen []benchmark
	// scale multiplies the numbers of recordings.
	scale float64
	// pprofAddress is the address at which operators serve pprof profiles. Empty disables them.
	pprofAddress string
}

func execute(ctx context.Context, arguments []string, output, progress io.Writer) error {
	chosen, err := parse(arguments, progress)
	if err != nil {
		return err
	}
	rows, err := runAll(ctx, chosen, progress)
	if len(rows) > 0 {
		err = errors.Join(err, printTable(output, rows))
	}
	return err
}

// parse parses the command line.
func parse(arguments []string, diagnostics io.Writer) (settings, error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(diagnostics)
	var parsed settings
	pattern := flags.String("run", "", "run the benchmarks whose name this `regexp` matches; all if empty")
	flags.Float64Var(&parsed.scale, "scale", 1, "multiply the numbers of recordings by this `factor`; the aims are for 1")
	flags.StringVar(&parsed.pprofAddress, "pprof-bind-address", "", "`address` at which operators serve their profiles while they are measured")
	about := usage
	for _, b := range benchmarks() {
		about += fmt.Sprintf("  %-13s %s\n", b.name, b.about)
	}
	return parsed, command.Parse(flags, about+"\nFlags:\n", arguments, func() (err error) {
		if parsed.scale <= 0 {
			return errors.New("--scale must be above 0")
		}
		parsed.chosen, err = choose(*pattern)
		return err
	})
}

func choose(pattern string) ([]benchmark, error) {
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("--run: %w", err)
	}
	var chosen []benchmark
	for _, b := range benchmarks() {
		if expression.MatchString(b.name) {
			chosen = append(chosen, b)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("--run: no benchmark matches %q", pattern)
	}
	return chosen, nil
}

// runAll runs benchmarks one after another and continues after a failure. It returns all rows
// that were measured. If a benchmark failed, the logs are kept.
func runAll(ctx context.Context, settings settings, progress io.Writer) (rows []row, err error) {
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, fmt.Errorf("create a folder: %w", err)
	}
	defer func() {
		if err == nil {
			err = os.RemoveAll(folder)
			return
		}
		_, _ = fmt.Fprintln(progress, "the logs are kept in", folder)
	}()
	log, err := os.Create(filepath.Join(folder, "operator.log"))
	if err != nil {
		return nil, fmt.Errorf("create the operator's log: %w", err)
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	_, _ = fmt.Fprintln(progress, "building the operator")
	binary, err := testenv.BuildOperator(ctx, folder)
	if err != nil {
		return nil, err
	}
	var broken []error
	for _, b := range settings.chosen {
		_, _ = fmt.Fprintf(progress, "%s: %s\n", b.name, b.about)
		r := &run{settings: settings, folder: folder, log: log, progress: progress}
		if err := r.do(ctx, b, binary); err != nil {
			err = fmt.Errorf("benchmark %s: %w", b.name, err)
			_, _ = fmt.Fprintf(progress, "  broken: %v\n", err)
			broken = append(broken, err)
		}
		rows = append(rows, r.rows...)
		if ctx.Err() != nil {
			break
		}
	}
	return rows, errors.Join(broken...)
}
