// SPDX-License-Identifier: Apache-2.0

// Command bench measures the operator: its real process, at a real API server,
// against the simulator of Agora.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"
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

// benchmarkTimeout is after how long a benchmark counts as broken.
const benchmarkTimeout = 20 * time.Minute

// benchmark is something to measure.
type benchmark struct {
	name, about string
	run         func(context.Context, *laboratory) ([]row, error)
}

// benchmarks returns all benchmarks in the order in which they run.
func benchmarks() []benchmark {
	return []benchmark{
		{"latency", "how soon a stop arrives at Agora", measureLatency},
		{"writes", "what a recording costs the API server", measureWrites},
		{"starts", "how long an account's limit makes many starts take", measureStarts},
		{"burst", "how long an account's limit makes many stops take", measureBurst},
		{"accounts", "whether accounts that are busy at once delay each other", measureAccounts},
		{"neighbor", "whether a busy account delays an idle one", measureNeighbor},
		{"polling", "whether polls delay a stop", measurePolling},
		{"fleet", "what many recordings cost, and how a restart among them goes", measureFleet},
		{"completed", "what many objects cost of which nothing is left to do", measureCompleted},
		{"tenant", "what a tenant's objects take from all others", measureTenant},
		{"replica", "how many stops a second one replica makes", measureReplica},
		{"verification", "what it costs to find a long recording in the bucket", measureVerification},
		{"notifications", "how Agora's notifications are taken when many come", measureNotifications},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the next one has its ordinary effect.
	context.AfterFunc(ctx, stop)
	err := execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// errUsage says that the command line was wrong, which has been printed.
var errUsage = errors.New("wrong usage")

func execute(ctx context.Context, arguments []string, output, progress io.Writer) error {
	// Without a logger, controller-runtime complains after a while.
	log.SetLogger(logr.Discard())
	chosen, settings, err := parse(arguments, progress)
	if err != nil {
		return err
	}
	rows, err := runAll(ctx, chosen, settings, progress)
	if len(rows) > 0 {
		err = errors.Join(err, printTable(output, rows))
	}
	return err
}

// parse returns the benchmarks that the command line chooses, and how they run.
func parse(arguments []string, diagnostics io.Writer) ([]benchmark, settings, error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(diagnostics)
	pattern := flags.String("run", "", "run the benchmarks whose name this `regexp` matches; all if empty")
	chosenSettings := settings{}
	flags.Float64Var(&chosenSettings.scale, "scale", 1, "multiply the numbers of recordings by this `factor`; the aims are for 1")
	flags.StringVar(&chosenSettings.pprofAddress, "pprof-bind-address", "", "`address` at which operators serve their profiles while they are measured")
	flags.Usage = func() {
		_, _ = io.WriteString(diagnostics, usage)
		for _, b := range benchmarks() {
			_, _ = fmt.Fprintf(diagnostics, "  %-13s %s\n", b.name, b.about)
		}
		_, _ = io.WriteString(diagnostics, "\nFlags:\n")
		flags.PrintDefaults()
	}
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, settings{}, err
		}
		return nil, settings{}, errUsage
	}
	chosen, err := choose(*pattern)
	if err == nil && chosenSettings.scale <= 0 {
		err = errors.New("--scale must be above 0")
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err != nil {
		_, _ = fmt.Fprintln(diagnostics, "bench:", err)
		return nil, settings{}, errUsage
	}
	return chosen, chosenSettings, nil
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

// runAll runs benchmarks one after another, also after one that broke. What was
// measured is returned in any case.
func runAll(ctx context.Context, chosen []benchmark, settings settings, progress io.Writer) (rows []row, err error) {
	l, err := setUp(ctx, settings, progress)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.tearDown(err != nil)) }()
	var broken []error
	for _, b := range chosen {
		l.say("%s: %s", b.name, b.about)
		measured, err := runOne(ctx, b, l)
		rows = append(rows, measured...)
		if err != nil {
			err = fmt.Errorf("benchmark %s: %w", b.name, err)
			l.say("  broken: %v", err)
			broken = append(broken, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return rows, errors.Join(broken...)
}

func runOne(ctx context.Context, b benchmark, l *laboratory) ([]row, error) {
	ctx, cancel := context.WithTimeout(ctx, benchmarkTimeout)
	defer cancel()
	return l.run(ctx, b)
}
