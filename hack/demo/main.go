// SPDX-License-Identifier: Apache-2.0

// The demo shows the operator at work: a real API server, the operator as a process, and a
// simulator in place of Agora, all on the loopback interface of this machine. It succeeds only
// if every recording ended as it should.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"cloudrecording.dev/operator/hack/command"
)

func main() {
	// The demo does not accept the flags that libraries register.
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	keep := flags.Bool("keep", false, "leave all of it running until Ctrl-C, and print how to reach it")
	const usage = "Shows the operator at work, on this machine alone.\n\n"
	switch err := command.Parse(flags, usage, os.Args[1:], func() error { return nil }); {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2)
	}
	command.SilenceLibraries()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	err := run(ctx, *keep)
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "The demo was interrupted; nothing of it is left.")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "The demo failed:", err)
		os.Exit(1)
	case ctx.Err() != nil:
		fmt.Println("\nAll of it is stopped; nothing of it is left.")
	}
}

func run(ctx context.Context, keep bool) (err error) {
	d := &demo{}
	defer func() { err = errors.Join(err, d.cleanup.Run()) }()
	if err := d.start(ctx); err != nil {
		return err
	}
	for _, scene := range scenes() {
		say(scene.title)
		for _, step := range scene.steps {
			if err := step(ctx, d); err != nil {
				return fmt.Errorf("%s: %w\n%s", scene.title, err, d.logTail())
			}
		}
	}
	say("Each recording came out as it should.")
	if keep {
		return d.keep(ctx)
	}
	return nil
}

// say prints a heading.
func say(text string) { fmt.Printf("\n== %s\n", text) }
