// SPDX-License-Identifier: Apache-2.0

// Command controlplane fetches the binaries of a Kubernetes control plane and runs one.
package main

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
	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/hack/controlplane"
)

const usage = `Runs a real Kubernetes API server with its etcd, for tests and for trying things out.

Usage:
  controlplane assets        print the folder with etcd, kube-apiserver and kubectl
  controlplane run [flags]   run a control plane until Ctrl-C
  controlplane help          print this text

assets fetches the binaries on first use into the user's cache folder: a download where there is a way
out, else a build from their Go modules (about ten minutes on two cores). A folder that KUBEBUILDER_ASSETS
names is used as it is. To hand the folder to tests:

  KUBEBUILDER_ASSETS=$(go run ./hack/controlplane/cmd/controlplane assets) go test ./...

run prints KUBECONFIG and KUBECTL as shell assignments once the API server answers. It listens on the
loopback interface alone. Flags of run:
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
		fmt.Fprintln(os.Stderr, "controlplane:", err)
		os.Exit(1)
	}
}

// errUsage says that the command line was wrong and that the usage has been printed.
var errUsage = errors.New("wrong usage")

func execute(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags, settings := newFlags(stderr)
	command := ""
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	switch command {
	case "help", "-h", "-help", "--help":
		flags.SetOutput(stdout)
		flags.Usage()
		return nil
	case "assets", "run":
	default:
		flags.Usage()
		return errUsage
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if flags.NArg() > 0 || (command == "assets" && flags.NFlag() > 0) {
		flags.Usage()
		return errUsage
	}
	if command == "assets" {
		return printAssets(ctx, stdout)
	}
	return run(ctx, *settings, stdout, stderr)
}

// settings are the flags of run.
type settings struct {
	crds    paths
	dir     string
	verbose bool
}

func newFlags(stderr io.Writer) (*flag.FlagSet, *settings) {
	flags := flag.NewFlagSet("controlplane", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		_, _ = io.WriteString(flags.Output(), usage)
		flags.PrintDefaults()
	}
	values := &settings{}
	flags.Var(&values.crds, "crds", "a `path` with CustomResourceDefinitions to install; may be repeated")
	flags.StringVar(&values.dir, "dir", "", "a `folder` to keep the data in; a temporary one when empty")
	flags.BoolVar(&values.verbose, "verbose", false, "show the logs of etcd and kube-apiserver on standard error")
	return flags, values
}

// paths is a flag that may be given several times.
type paths []string

// String implements flag.Value.
func (p *paths) String() string { return fmt.Sprint([]string(*p)) }

// Set implements flag.Value.
func (p *paths) Set(value string) error {
	*p = append(*p, value)
	return nil
}

func printAssets(ctx context.Context, stdout io.Writer) error {
	dir, err := controlplane.Binaries(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, dir)
	return err
}

func run(ctx context.Context, settings settings, stdout, stderr io.Writer) error {
	// Without a logger, controller-runtime complains after a while.
	log.SetLogger(logr.Discard())
	options := controlplane.Options{CRDPaths: settings.crds, Dir: settings.dir}
	if settings.verbose {
		options.Output = stderr
	}
	plane, err := controlplane.Start(ctx, options)
	if err != nil {
		return err
	}
	_, printed := fmt.Fprintf(stdout, "export KUBECONFIG='%s'\nexport KUBECTL='%s'\n", plane.Kubeconfig, plane.Kubectl)
	if printed == nil {
		_, _ = fmt.Fprintln(stderr, "controlplane: ready; Ctrl-C stops it")
		<-ctx.Done()
	}
	return errors.Join(printed, plane.Stop())
}
