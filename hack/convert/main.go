// SPDX-License-Identifier: Apache-2.0

// Command convert reads bodies of requests to Agora's start method and prints the manifests
// that start the same recordings.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"cloudrecording.dev/operator/hack/convert/converter"
)

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

func run(arguments []string, input io.Reader, output, messages io.Writer) error {
	settings := &converter.Settings{}
	flags := flag.NewFlagSet("convert", flag.ContinueOnError)
	flags.SetOutput(messages)
	flags.Usage = func() {
		_, _ = fmt.Fprintln(messages, converter.Usage("go run ./hack/convert"))
		flags.PrintDefaults()
	}
	settings.Bind(flags)
	if err := flags.Parse(arguments); err != nil {
		return fmt.Errorf("read the flags: %w", err)
	}
	return settings.Run(flags.Args(), input, output, messages)
}
