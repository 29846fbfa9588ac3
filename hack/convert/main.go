// SPDX-License-Identifier: Apache-2.0

// Command convert reads the body of a request to Agora's start method and prints
// the manifests that start the same recording: a CloudRecording, and the Secrets
// with what is secret in the body.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"cloudrecording.dev/operator/hack/convert/conversion"
)

const usage = `Usage: go run ./hack/convert --app-id ID [--mode individual|mix|web] [--acquire FILE] [--name NAME] [--namespace NAMESPACE] [FILE]

Reads the body of a request to Agora's start method, {"cname": ..., "uid": ..., "clientRequest": {...}}, from FILE, or
from the standard input if FILE is - or absent, and prints a CloudRecording and its Secrets as YAML:

  go run ./hack/convert --app-id ID --name lesson-42 --acquire acquire.json start.json >lesson-42.yaml
  kubectl apply -f lesson-42.yaml

What is secret in the body (token, secret, salt, accessKey, secretKey, stsToken, rtmpUrl) stands in the Secrets alone,
so keep the output as you keep the body. Members of clientRequest without a field of their own become
spec.start.rawParameters. What says nothing to Agora is left out. What cannot be converted is refused, with a sentence
that says what to do; so is what an API server would not take, by its own code and the CRD. What was guessed, changed or
left out is told on the standard error.

If the script calls acquire with more than a scene, give the body of that request by --acquire: its resourceExpiredHour,
region and excludeResourceIds are fields of spec.start, and others, such as regionAffinity, become rawParameters.

The customer ID and secret do not stand in the body, so the Secret with them is not printed. Create it by the name that
--credentials states:

  kubectl create secret generic agora-credentials --from-literal=customerId=... --from-literal=customerSecret=...

Flags:
`

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

func run(arguments []string, input io.Reader, output, messages io.Writer) error {
	var options conversion.Options
	var acquire string
	flags := flag.NewFlagSet("convert", flag.ContinueOnError)
	flags.SetOutput(messages)
	flags.Usage = func() {
		_, _ = fmt.Fprint(messages, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&options.AppID, "app-id", "", "the App ID in the request's URL, behind /v1/apps/; required")
	flags.StringVar(&options.Mode, "mode", "", "the mode in the request's URL; found out from the body where that can be")
	flags.StringVar(&acquire, "acquire", "", "the file with the body of the request to acquire; - for the standard input")
	flags.StringVar(&options.Name, "name", "recording", "the name of the object, with which those of its Secrets begin")
	flags.StringVar(&options.Namespace, "namespace", "", "the namespace of all objects; none is printed if empty")
	flags.StringVar(&options.Credentials, "credentials", "agora-credentials", "the name of the Secret with the customer ID and secret")
	if err := flags.Parse(arguments); err != nil {
		return fmt.Errorf("read the flags: %w", err)
	}
	if options.AppID == "" {
		return errors.New("--app-id is missing: it stands in the URL of the request, behind /v1/apps/")
	}
	bodies, err := readBodies(flags.Args(), acquire, input)
	if err != nil {
		return err
	}
	manifests, notes, err := conversion.Convert(bodies, options)
	for _, note := range notes {
		_, _ = fmt.Fprintln(messages, "note:", note)
	}
	if err != nil {
		return fmt.Errorf("convert the body: %w", err)
	}
	if _, err := output.Write(manifests); err != nil {
		return fmt.Errorf("print the manifests: %w", err)
	}
	return nil
}

const standardInput = "-"

// readBodies reads the files, of which one at most is the standard input.
func readBodies(files []string, acquire string, input io.Reader) (bodies conversion.Bodies, err error) {
	start := standardInput
	switch len(files) {
	case 0:
	case 1:
		start = files[0]
	default:
		return bodies, errors.New("more than one file is given: convert one body at a time, and put the flags before the file")
	}
	if start == standardInput && acquire == standardInput {
		return bodies, errors.New("the standard input cannot be both bodies: give a file for one of them")
	}
	if bodies.Start, err = read(start, input); err != nil || acquire == "" {
		return bodies, err
	}
	bodies.Acquire, err = read(acquire, input)
	return bodies, err
}

func read(name string, input io.Reader) ([]byte, error) {
	if name == standardInput {
		body, err := io.ReadAll(input)
		if err != nil {
			return nil, fmt.Errorf("read the body from the standard input: %w", err)
		}
		return body, nil
	}
	body, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	return body, nil
}
