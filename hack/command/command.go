// SPDX-License-Identifier: Apache-2.0

// Package command is what the commands below hack have in common.
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

// ErrUsage says that a command line was wrong, which has been printed.
var ErrUsage = errors.New("wrong usage")

// SilenceLibraries drops what the libraries log. Without a logger, controller-runtime
// complains after a while, with a stack trace.
func SilenceLibraries() {
	log.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
}

// Main runs a command until a signal comes, and exits with 0, 1 where it fails, or 2 where
// it was called wrongly.
func Main(name string, execute func(ctx context.Context, arguments []string, stdout, stderr io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the next one has its ordinary effect.
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

// Parse parses a command line that has flags alone, and says what is wrong with it.
// Whether the values fit each other is up to validate.
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
