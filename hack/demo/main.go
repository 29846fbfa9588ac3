// SPDX-License-Identifier: Apache-2.0

// The demo shows the operator at work: a real API server, the operator as a
// process, and a simulator in Agora's place, all on this machine's loopback
// interface. It succeeds only if every recording came out as it should.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

func main() {
	keep := flag.Bool("keep", false, "leave all of it running until Ctrl-C, and print how to reach it")
	flag.Parse()
	silence()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	err := run(ctx, *keep)
	if err == nil && ctx.Err() != nil {
		fmt.Println("\nAll of it is stopped; nothing of it is left.")
	}
	if err != nil {
		if ctx.Err() != nil {
			fmt.Fprintln(os.Stderr, "The demo was interrupted; nothing of it is left.")
			os.Exit(130)
		}
		fmt.Fprintln(os.Stderr, "The demo failed:", err)
		os.Exit(1)
	}
}

// silence drops what the libraries log. Without a logger, controller-runtime
// complains after a while, with a stack trace.
func silence() {
	log.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
}

func run(ctx context.Context, keep bool) (err error) {
	stage, err := setStage(ctx)
	if stage != nil {
		defer func() { err = errors.Join(err, stage.clear()) }()
	}
	if err != nil {
		return err
	}
	for _, scene := range scenes {
		stage.say(scene.title)
		if err := scene.play(ctx, stage); err != nil {
			return fmt.Errorf("%s: %w\n%s", scene.title, err, stage.log.tail())
		}
	}
	stage.say("Each recording came out as it should.")
	if keep {
		return stage.keep(ctx)
	}
	return nil
}
