// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/hack/controlplane"
)

const usage = `Lets everything go wrong around the operator, in an order that a seed decides,
and then checks what the operator promises. The exit code is 1 if a promise was
broken, or if there was too little to look at. Logs are kept in a folder that is
printed.

Half of the recordings are adopted, and the others started by the operator. With
--starts all are, and stopped soon after: nothing must be left running that no
object knows, and nothing started twice, whatever is lost or killed.

  go run ./hack/campaign [flags]

Flags:
`

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
		fmt.Fprintln(os.Stderr, "campaign:", err)
		os.Exit(1)
	}
}

var (
	// errUsage says that the command line was wrong, which has been printed.
	errUsage = errors.New("wrong usage")
	// errBroken says that a promise was broken or not proved.
	errBroken = errors.New("not every promise was proved to hold")
)

func execute(ctx context.Context, arguments []string, output, progress io.Writer) error {
	silence()
	c, err := parse(arguments, progress)
	if err != nil {
		return err
	}
	if c.root, err = controlplane.ModuleRoot(); err != nil {
		return err
	}
	if c.folder == "" {
		if c.folder, err = os.MkdirTemp("", "campaign-"); err != nil {
			return fmt.Errorf("create a folder for the logs: %w", err)
		}
	}
	c.progress = progress
	_, _ = fmt.Fprintf(output, "%s; repeat it with %s\nlogs in %s\n\n", c.options.describe(), c.options.flags(), c.folder)
	reported, err := c.run(ctx)
	if err != nil {
		return err
	}
	if err := reported.print(output); err != nil {
		return err
	}
	if !reported.holds() {
		return errBroken
	}
	return nil
}

// silence drops what the libraries have to say of a broken API server: it is
// what is wanted.
func silence() {
	ctrllog.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
}

// parse reads the command line.
func parse(arguments []string, diagnostics io.Writer) (campaign, error) {
	var c campaign
	flags := flag.NewFlagSet("campaign", flag.ContinueOnError)
	flags.SetOutput(diagnostics)
	const seeds = 1_000_000
	flags.Uint64Var(&c.options.seed, "seed", rand.Uint64N(seeds), "what decides on everything that is drawn")
	flags.IntVar(&c.options.recordings, "recordings", 300, "how many recordings there are")
	flags.IntVar(&c.options.starts, "starts", 0, "how many recordings to start and stop soon after, in place of --recordings of all kinds")
	flags.DurationVar(&c.options.duration, "duration", 5*time.Minute, "how long things go wrong")
	flags.StringVar(&c.operator, "operator", "", "the `path` of an operator that was built before; built anew if empty")
	flags.StringVar(&c.folder, "logs", "", "an existing `folder` for the logs; a new one if empty")
	flags.Usage = func() {
		_, _ = io.WriteString(diagnostics, usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return campaign{}, err
		}
		return campaign{}, errUsage
	}
	if c.options.starts > 0 {
		c.options.recordings = 0
	}
	if err := c.validate(flags.Args()); err != nil {
		_, _ = fmt.Fprintln(diagnostics, "campaign:", err)
		return campaign{}, errUsage
	}
	return c, nil
}

// fewestStarts are enough for something to go wrong.
const fewestStarts = 50

// describe says what is to happen.
func (o planOptions) describe() string {
	if o.starts > 0 {
		return fmt.Sprintf("seed %d, %d starts, %s", o.seed, o.starts, o.duration)
	}
	return fmt.Sprintf("seed %d, %d recordings, %s", o.seed, o.recordings, o.duration)
}

// flags returns the flags that repeat it.
func (o planOptions) flags() string {
	if o.starts > 0 {
		return fmt.Sprintf("--seed %d --starts %d --duration %s", o.seed, o.starts, o.duration)
	}
	return fmt.Sprintf("--seed %d --recordings %d --duration %s", o.seed, o.recordings, o.duration)
}

// shortestDuration leaves room for what the plan puts one after the other.
const shortestDuration = 15 * time.Second

func (c campaign) validate(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case c.options.starts < 0, c.options.starts > 0 && c.options.starts < fewestStarts:
		return fmt.Errorf("--starts must be at least %d", fewestStarts)
	case c.options.starts == 0 && c.options.recordings < len(c.options.fates()):
		return fmt.Errorf("--recordings must be at least %d, one for everything that may become of one", len(c.options.fates()))
	case c.options.duration < shortestDuration:
		return fmt.Errorf("--duration must be at least %s", shortestDuration)
	}
	return nil
}
