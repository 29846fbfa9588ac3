// SPDX-License-Identifier: Apache-2.0

// Package command contains what the commands in hack have in common.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// ErrUsage means that the command line was wrong. The reason has already been printed.
var ErrUsage = errors.New("wrong usage")

// SilenceLibraries discards the logs of libraries. Without a logger, controller-runtime
// complains after a while with a stack trace.
func SilenceLibraries() {
	log.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
}

// Main runs a command until it ends or receives a signal. It exits with 0 on success, 1 on
// failure, and 2 on wrong usage.
func Main(name string, execute func(ctx context.Context, arguments []string, stdout, stderr io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal has its default effect.
	context.AfterFunc(ctx, stop)
	SilenceLibraries()
	err := execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, ErrUsage):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

// Parse parses a command line that consists of flags only, and prints what is wrong with it.
// validate checks the combination of values.
func Parse(flags *flag.FlagSet, usage string, arguments []string, validate func() error) error {
	flags.Usage = func() {
		_, _ = io.WriteString(flags.Output(), usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return ErrUsage
	}
	err := validate()
	if flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err != nil {
		_, _ = fmt.Fprintf(flags.Output(), "%s: %v\n", flags.Name(), err)
		return ErrUsage
	}
	return nil
}
