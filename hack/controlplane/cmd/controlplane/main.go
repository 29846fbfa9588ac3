// SPDX-License-Identifier: Apache-2.0

// Command controlplane fetches the binaries of a Kubernetes control plane and runs one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"cloudrecording.dev/operator/hack/command"
	"cloudrecording.dev/operator/hack/controlplane"
)

const usage = `Runs a real Kubernetes API server with its etcd, for tests and for trying things out.

Usage:
  controlplane assets [--kubernetes VERSION]   print the folder with etcd, kube-apiserver and kubectl
  controlplane run [flags]                     run a control plane until Ctrl-C
  controlplane help                            print this text

assets fetches the binaries on first use into the user's cache folder: a download where there is a way
out, else a build from their Go modules (about ten minutes on two cores). A folder that KUBEBUILDER_ASSETS
names is used as it is, and must hold VERSION where that is given. To hand the folder to tests:

  KUBEBUILDER_ASSETS=$(go run ./hack/controlplane/cmd/controlplane assets) go test ./...

run prints KUBECONFIG and KUBECTL as shell assignments once the API server answers. It listens on the
loopback interface alone. Flags of run, of which assets has --kubernetes:
`

func main() { command.Main("controlplane", execute) }

func execute(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags, settings := newFlags(stderr)
	action := ""
	if len(args) > 0 {
		action, args = args[0], args[1:]
	}
	switch action {
	case "help", "-h", "-help", "--help":
		flags.SetOutput(stdout)
		flags.Usage()
		return nil
	case "assets", "run":
	default:
		flags.Usage()
		return command.ErrUsage
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return command.ErrUsage
	}
	if flags.NArg() > 0 || (action == "assets" && hasFlagsOfRun(flags)) {
		flags.Usage()
		return command.ErrUsage
	}
	if action == "assets" {
		return printAssets(ctx, settings.kubernetes, stdout)
	}
	return run(ctx, *settings, stdout, stderr)
}

// kubernetesFlag is the only flag of assets.
const kubernetesFlag = "kubernetes"

// settings are the flags of run.
type settings struct {
	kubernetes string
	crds       paths
	dir        string
	verbose    bool
}

func newFlags(stderr io.Writer) (*flag.FlagSet, *settings) {
	flags := flag.NewFlagSet("controlplane", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		_, _ = io.WriteString(flags.Output(), usage)
		flags.PrintDefaults()
	}
	values := &settings{}
	flags.StringVar(&values.kubernetes, kubernetesFlag, "", "the `version` of Kubernetes, by its number or that of its minor version: "+strings.Join(controlplane.Releases(), " or ")+"; the first one when empty")
	flags.Var(&values.crds, "crds", "a `path` with CustomResourceDefinitions to install; may be repeated")
	flags.StringVar(&values.dir, "dir", "", "a `folder` to keep the data in; a temporary one when empty")
	flags.BoolVar(&values.verbose, "verbose", false, "show the logs of etcd and kube-apiserver on standard error")
	return flags, values
}

// hasFlagsOfRun reports whether a flag is set that only run has.
func hasFlagsOfRun(flags *flag.FlagSet) bool {
	found := false
	flags.Visit(func(f *flag.Flag) { found = found || f.Name != kubernetesFlag })
	return found
}

// paths is a flag that may be repeated.
type paths []string

// String implements flag.Value.
func (p *paths) String() string { return fmt.Sprint([]string(*p)) }

// Set implements flag.Value.
func (p *paths) Set(value string) error {
	*p = append(*p, value)
	return nil
}

func printAssets(ctx context.Context, kubernetes string, stdout io.Writer) error {
	dir, err := controlplane.Binaries(ctx, kubernetes)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, dir)
	return err
}

func run(ctx context.Context, settings settings, stdout, stderr io.Writer) error {
	options := controlplane.Options{Kubernetes: settings.kubernetes, CRDPaths: settings.crds, Dir: settings.dir}
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
