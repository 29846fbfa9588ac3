// SPDX-License-Identifier: Apache-2.0

package removal

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/config"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/shard"
)

// Command is the first argument that makes the operator run the check.
const Command = "removal-check"

// defaultSecretsTimeout is how long the operator may take to release Secrets.
const defaultSecretsTimeout = 90 * time.Second

// Execute runs the check with the arguments that follow Command, and returns the exit
// code: 0 if the operator can be removed, 1 if not, 2 if the arguments are invalid.
func Execute(ctx context.Context, arguments []string, output io.Writer) int {
	o, err := parse(arguments, output)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintln(output, err)
		return 2
	}
	if err := o.check(ctx, output); err != nil {
		_, _ = fmt.Fprintln(output, err)
		return 1
	}
	return 0
}

// options are the flags of the check.
type options struct {
	shard           shard.Shard
	commands        Commands
	withDefinitions bool
	deletionTimeout time.Duration
	secretsTimeout  time.Duration
}

func parse(arguments []string, output io.Writer) (options, error) {
	var o options
	var namespaces, selector string
	flags := flag.NewFlagSet(Command, flag.ContinueOnError)
	flags.SetOutput(output)
	flags.StringVar(&namespaces, "watch-namespaces", "", "What the operator that is to be removed has for this flag.")
	flags.StringVar(&selector, "watch-label-selector", "", "What the operator that is to be removed has for this flag.")
	flags.StringVar(&o.commands.Again, "again", "", "The command that removes the operator, for a person to run again.")
	flags.StringVar(&o.commands.AgainByForce, "again-by-force", "", "The command that removes the operator and lets all recordings run on, for a person to run.")
	flags.StringVar(&o.commands.Kubectl, "kubectl", "kubectl", "How kubectl is called, for a person to run.")
	flags.BoolVar(&o.withDefinitions, "with-definitions", false, "Whether the CustomResourceDefinitions are to be removed as well: then no schedules may be left.")
	flags.DurationVar(&o.deletionTimeout, "deletion-timeout", 0, "How long to wait for recordings once all of them are being deleted.")
	flags.DurationVar(&o.secretsTimeout, "secrets-timeout", defaultSecretsTimeout, "How long to wait for the operator to let go of Secrets.")
	config.RegisterFlags(flags)
	if err := flags.Parse(arguments); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q: a flag and its value are one argument, such as --with-definitions=true. Nothing after it would count", flags.Arg(0))
	}
	var err error
	if o.shard, err = shard.Parse(namespaces, selector); err != nil {
		return options{}, fmt.Errorf("--watch-namespaces and --watch-label-selector: %w", err)
	}
	return o, nil
}

func (o options) check(ctx context.Context, output io.Writer) error {
	cluster, err := config.GetConfig()
	if err != nil {
		return fmt.Errorf("find the cluster: %w", err)
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return fmt.Errorf("register the types: %w", err)
	}
	reader, err := client.New(cluster, client.Options{Scheme: scheme})
	if err != nil {
		return fmt.Errorf("connect to the cluster: %w", err)
	}
	return Check{
		Reader: reader, Shard: o.shard, Clock: clock.RealClock{}, Commands: o.commands, Output: output,
		WithDefinitions: o.withDefinitions, DeletionTimeout: o.deletionTimeout, SecretsTimeout: o.secretsTimeout,
	}.Run(ctx)
}
