// SPDX-License-Identifier: Apache-2.0

// Release builds all parts of a release from a commit: the image for all platforms as an OCI
// layout, the chart, the manifests, the archives of the plugin, the list of the software in
// each program, licenses, and checksums. It publishes nothing.
//
//	go -C hack/release run . --version v0.1.0 --repository registry.example.com/cloudrecording-operator --output DIR
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal has its default effect.
	context.AfterFunc(ctx, stop)
	err := execute(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func execute(ctx context.Context, arguments []string, log io.Writer) error {
	r := release{log: log}
	var output, commit, platforms string
	var reproduce bool
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&r.repository, "source", "../..", "Folder of the Git repository.")
	flags.StringVar(&commit, "commit", "HEAD", "What to release. What is not committed is not in it.")
	flags.StringVar(&r.identity.Version, "version", "", "Version, such as v0.1.0.")
	flags.StringVar(&r.identity.Repository, "repository", "", "Where the image is to be pulled from, without a tag.")
	flags.StringVar(&r.identity.SourceURL, "source-url", "", "Where people find the source. The image says it.")
	flags.StringVar(&r.kustomize, "kustomize", "kustomize", "Path of kustomize.")
	flags.StringVar(&platforms, "platforms", "", "Platforms to build for, such as linux/amd64, separated by commas. All if empty, as a release has them.")
	flags.StringVar(&output, "output", "", "Folder for what is built. It must be empty, or not there.")
	flags.BoolVar(&reproduce, "reproduce", false, "Build everything once more, from another folder and without Go's build cache, and fail where a byte differs.")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	var err error
	if r.programs, err = restrict(programs, platforms); err != nil {
		return err
	}
	if err := r.identify(ctx, commit); err != nil {
		return err
	}
	if err := r.identity.Validate(); err != nil {
		return err
	}
	return r.run(ctx, output, reproduce)
}

// identify resolves the commit, which determines all timestamps.
func (r *release) identify(ctx context.Context, commit string) (err error) {
	if r.repository, err = filepath.Abs(r.repository); err != nil {
		return fmt.Errorf("find the source: %w", err)
	}
	r.identity.Commit, r.identity.Time, err = resolve(ctx, r.repository, commit)
	return err
}
