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
	"time"

	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/command"
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

func main() { command.Main("campaign", execute) }

// errBroken means that a promise was broken or not proved.
var errBroken = errors.New("not every promise was proved to hold")

func execute(ctx context.Context, arguments []string, output, progress io.Writer) error {
	c, err := parse(arguments, progress)
	if err != nil {
		return err
	}
	if c.Folder == "" {
		if c.Folder, err = os.MkdirTemp("", "campaign-"); err != nil {
			return fmt.Errorf("create a folder for the logs: %w", err)
		}
	}
	c.Progress = progress
	_, _ = fmt.Fprintf(output, "repeat it with %s\nlogs in %s\n\n", flags(c.options), c.Folder)
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

// parse parses the command line.
func parse(arguments []string, diagnostics io.Writer) (campaign, error) {
	var c campaign
	flags := flag.NewFlagSet("campaign", flag.ContinueOnError)
	flags.SetOutput(diagnostics)
	const seeds = 1_000_000
	flags.Uint64Var(&c.options.Seed, "seed", rand.Uint64N(seeds), "what decides on everything that is drawn")
	flags.IntVar(&c.options.Recordings, "recordings", 300, "how many recordings there are")
	flags.IntVar(&c.options.Starts, "starts", 0, "how many recordings to start and stop soon after, in place of --recordings of all kinds")
	flags.DurationVar(&c.options.Duration, "duration", 5*time.Minute, "how long things go wrong")
	flags.StringVar(&c.Binary, "operator", "", "the `path` of an operator that was built before; built anew if empty")
	flags.StringVar(&c.Folder, "logs", "", "an existing `folder` for the logs; a new one if empty")
	return c, command.Parse(flags, usage, arguments, func() error {
		if c.options.Starts > 0 {
			c.options.Recordings = 0
		}
		return c.options.Validate()
	})
}

// flags returns the flags that repeat a campaign.
func flags(o plan.Options) string {
	if o.Starts > 0 {
		return fmt.Sprintf("--seed %d --starts %d --duration %s", o.Seed, o.Starts, o.Duration)
	}
	return fmt.Sprintf("--seed %d --recordings %d --duration %s", o.Seed, o.Recordings, o.Duration)
}
