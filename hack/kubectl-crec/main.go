// SPDX-License-Identifier: Apache-2.0

// Command kubectl-crec is a kubectl plugin. It shows, starts, adopts and stops cloud
// recordings, shows recordings that no object owns, checks an installation, and collects
// a report for support.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"cloudrecording.dev/operator/hack/kubectl-crec/command"
)

// version is set when the binary is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process immediately.
	context.AfterFunc(ctx, stop)
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	code := command.Execute(ctx, version, streams, os.Args[1:])
	stop()
	os.Exit(code)
}
