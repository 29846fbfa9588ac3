// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

const appID = "3c1f5f6de0a4421c9e3c1f5f6de0a442"

func sample(t *testing.T, name string) (path, content string) {
	t.Helper()
	path = filepath.Join("conversion", "testdata", name)
	read, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, string(read)
}

func TestBodiesComeFromFilesOrTheStandardInput(t *testing.T) {
	t.Parallel()
	start, startContent := sample(t, "mix.json")
	acquire, acquireContent := sample(t, "mix.acquire.json")
	_, wanted := sample(t, "mix.yaml")
	for name, test := range map[string]struct {
		arguments []string
		input     string
	}{
		"files":                        {[]string{"--acquire", acquire, start}, ""},
		"start from a hyphen":          {[]string{"--acquire", acquire, "-"}, startContent},
		"start from the input":         {[]string{"--acquire", acquire}, startContent},
		"acquire from a hyphen":        {[]string{"--acquire", "-", start}, acquireContent},
		"with the mode of the request": {[]string{"--mode", "mix", "--acquire", acquire, start}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			var output, messages bytes.Buffer
			arguments := append([]string{"--app-id", appID, "--name", "lesson"}, test.arguments...)
			g.Expect(run(arguments, strings.NewReader(test.input), &output, &messages)).To(Succeed())
			g.Expect(output.String()).To(Equal(wanted))
		})
	}
}

func TestGuessesAreToldOnTheStandardError(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	start, _ := sample(t, "web.json")
	var output, messages bytes.Buffer
	g.Expect(run([]string{"--app-id", appID, start}, nil, &output, &messages)).To(Succeed())
	g.Expect(messages.String()).To(Equal("note: mode web was found out from extensionServiceConfig; give --mode if the URL of the request has another.\n"))
	messages.Reset()
	g.Expect(run([]string{"--app-id", appID, "--mode", "web", start}, nil, &output, &messages)).To(Succeed())
	g.Expect(messages.String()).To(BeEmpty())
}

func TestWrongArguments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		message   string
	}{
		"no App ID":        {nil, "--app-id is missing"},
		"two files":        {[]string{"--app-id", appID, "a.json", "b.json"}, "more than one file"},
		"a flag behind":    {[]string{"--app-id", appID, "a.json", "--mode", "mix"}, "put the flags before the file"},
		"a file not there": {[]string{"--app-id", appID, "missing.json"}, "read the body"},
		"one input twice":  {[]string{"--app-id", appID, "--acquire", "-", "-"}, "cannot be both"},
		"an empty body":    {[]string{"--app-id", appID}, "convert the body: the body of start is not JSON: it is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			var output bytes.Buffer
			g.Expect(run(test.arguments, strings.NewReader(""), &output, &bytes.Buffer{})).To(MatchError(ContainSubstring(test.message)))
			g.Expect(output.String()).To(BeEmpty())
		})
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var messages bytes.Buffer
	g.Expect(run([]string{"--help"}, nil, &bytes.Buffer{}, &messages)).To(MatchError(flag.ErrHelp))
	for _, name := range []string{"app-id", "mode", "acquire", "name", "namespace", "credentials"} {
		g.Expect(messages.String()).To(ContainSubstring("\n  -" + name))
	}
}
