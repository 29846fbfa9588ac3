// SPDX-License-Identifier: Apache-2.0

// Package command implements the command line of the plugin.
package command

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

const introduction = `Works with cloud recordings.

A CloudRecording is an object in your cluster that stands for one recording. The
operator starts the recording at Agora, watches it, and stops it. This plugin
shows the progress of a recording, starts and stops recordings, finds recordings
that have no object, and checks an installation.

  kubectl crec start lesson-42 --profile lessons --for 90m
  kubectl crec status lesson-42-x7k2p
  kubectl crec stop lesson-42-x7k2p --wait

Exit codes:
  0  success
  1  failure; the message says why
  2  wrong command line
  3  a person must act, or a check failed
  4  timeout`

// tool is what all commands share.
type tool struct {
	streams genericiooptions.IOStreams
	flags   *genericclioptions.ConfigFlags
	clock   clock.PassiveClock
	version string
}

// Execute runs a command line, and returns the exit code.
func Execute(ctx context.Context, version string, streams genericiooptions.IOStreams, arguments []string) int {
	// Errors are returned, so the libraries need not log them.
	log.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	return execute(ctx, version, clock.RealClock{}, streams, arguments)
}

func execute(ctx context.Context, version string, clock clock.PassiveClock, streams genericiooptions.IOStreams, arguments []string) int {
	t := &tool{streams: streams, flags: genericclioptions.NewConfigFlags(true), clock: clock, version: version}
	root := t.newRoot()
	root.SetArgs(arguments)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	err := root.ExecuteContext(ctx)
	if err != nil {
		_, _ = fmt.Fprintln(streams.ErrOut, "kubectl crec:", err)
	}
	return exitCodeOf(err)
}

func (t *tool) newRoot() *cobra.Command {
	root := &cobra.Command{
		Use: "kubectl-crec", Short: "Work with cloud recordings", Long: introduction, Version: t.version,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl crec"},
		SilenceErrors: true, SilenceUsage: true,
		Args: usage(cobra.NoArgs),
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	root.SetFlagErrorFunc(func(command *cobra.Command, err error) error { return usageError(command, err) })
	t.flags.AddFlags(root.PersistentFlags())
	hideRareFlags(root.PersistentFlags())
	root.AddCommand(t.newStatus(), t.newFiles(), t.newStart(), t.newAdopt(), t.newStop(), t.newConvert(), t.newUnowned(), t.newCheck(), t.newReport())
	return root
}

// hideRareFlags hides rarely needed kubectl flags in the help. The hidden flags still
// work.
func hideRareFlags(flags *pflag.FlagSet) {
	shown := []string{"namespace", "context", "kubeconfig"}
	flags.VisitAll(func(flag *pflag.Flag) { flag.Hidden = !slices.Contains(shown, flag.Name) })
}

// connect connects to the cluster that the flags select.
func (t *tool) connect() (*cluster.Cluster, error) { return cluster.Connect(t.flags) } //nolint:wrapcheck // it says what

// completeNames completes the first argument with the names of recordings.
func (t *tool) completeNames(command *cobra.Command, arguments []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(arguments) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	reached, err := t.connect()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	recordings, err := reached.Recordings(command.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, recording := range recordings {
		names = append(names, recording.Name+"\t"+string(recording.Status.Phase))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
