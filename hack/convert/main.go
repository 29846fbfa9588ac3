// SPDX-License-Identifier: Apache-2.0

// Command convert reads the body of a request to Agora's start method and prints
// the manifests that start the same recording: a CloudRecording, and the Secrets
// with what is secret in the body.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

const usage = `Usage: go run ./hack/convert --app-id ID [--mode individual|mix|web] [--name NAME] [--namespace NAMESPACE] [FILE]

Reads the body of a request to Agora's start method, {"cname": ..., "uid": ..., "clientRequest": {...}}, from a file or
the standard input, and prints a CloudRecording and its Secrets as YAML. Members without a field of their own become
spec.start.rawParameters. The Secret with the customer ID and secret is not printed, since they do not stand in the body:
create it by the name that spec.credentialsSecretRef states.

`

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

func run(arguments []string, input io.Reader, output, messages io.Writer) error {
	var options options
	flags := flag.NewFlagSet("convert", flag.ContinueOnError)
	flags.SetOutput(messages)
	flags.Usage = func() {
		_, _ = fmt.Fprint(messages, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&options.appID, "app-id", "", "the App ID in the request's URL")
	flags.StringVar(&options.mode, "mode", "", "the mode in the request's URL; found out from the body where that can be")
	flags.StringVar(&options.name, "name", "recording", "the name of the object, with which those of its Secrets begin")
	flags.StringVar(&options.namespace, "namespace", "", "the namespace of all; none is printed if empty")
	flags.StringVar(&options.credentials, "credentials", "agora-credentials", "the name of the Secret with the customer ID and secret")
	if err := flags.Parse(arguments); err != nil {
		return fmt.Errorf("read the flags: %w", err)
	}
	if options.appID == "" {
		return fmt.Errorf("--app-id is missing: it stands in the URL of the request, behind /v1/apps/")
	}
	if flags.NArg() > 0 {
		file, err := os.Open(flags.Arg(0))
		if err != nil {
			return fmt.Errorf("open the body: %w", err)
		}
		defer func() { _ = file.Close() }()
		input = file
	}
	body, err := io.ReadAll(input)
	if err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	manifests, err := convert(body, options)
	if err != nil {
		return err
	}
	if _, err := output.Write(manifests); err != nil {
		return fmt.Errorf("print the manifests: %w", err)
	}
	return nil
}
