// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
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

func TestProfilesAreMadeOfFoldersAndFiles(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("conversion", "testdata", "lessons")
	lessons := []string{filepath.Join(folder, "lesson-41.json"), filepath.Join(folder, "lesson-41.acquire.json"), filepath.Join(folder, "lesson-42.json")}
	for name, test := range map[string]struct {
		arguments []string
		profiles  []string
		contains  string
	}{
		"a folder":                      {[]string{folder}, []string{"lessons-web", "lessons-mix"}, "name: agora-app-certificate"},
		"a folder with a name for it":   {[]string{"--profile", "school", folder}, []string{"school-web", "school-mix"}, "name: school-bucket"},
		"files":                         {lessons, []string{"recordings"}, "resourceExpiredHour: 24"},
		"a file":                        {[]string{"--profile", "school", lessons[0]}, []string{"school"}, "metadata: {name: lesson-41}"},
		"a file in its folder":          {[]string{folder, lessons[0]}, []string{"recordings-web", "recordings-mix"}, "metadata: {name: lesson-41}"},
		"tokens that are kept":          {append([]string{"--keep-tokens"}, lessons...), []string{"recordings"}, "token: s3cr3t-token-41"},
		"another Secret for the tokens": {append([]string{"--app-certificate", "own"}, lessons...), []string{"recordings"}, "appCertificateSecretRef:\n      name: own"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			var output bytes.Buffer
			g.Expect(run(append([]string{"--app-id", appID}, test.arguments...), nil, &output, &bytes.Buffer{})).To(Succeed())
			var profiles []string
			for _, found := range profileName.FindAllStringSubmatch(output.String(), -1) {
				profiles = append(profiles, found[1])
			}
			g.Expect(profiles).To(Equal(test.profiles))
			g.Expect(output.String()).To(ContainSubstring(test.contains))
			g.Expect(strings.Count(output.String(), "metadata: {name: lesson-41}")).To(Equal(1))
		})
	}
}

var profileName = regexp.MustCompile(`kind: CloudRecordingProfile\nmetadata: \{name: (.*)\}`)

func TestTokensOfOneBodyAreMintedOnlyIfWanted(t *testing.T) {
	t.Parallel()
	start, _ := sample(t, "mix.json")
	for certificate, wanted := range map[string]string{"": "tokenSecretRef", "own": "appCertificateSecretRef"} {
		g := NewWithT(t)
		var output bytes.Buffer
		g.Expect(run([]string{"--app-id", appID, "--app-certificate", certificate, start}, nil, &output, &bytes.Buffer{})).To(Succeed())
		g.Expect(output.String()).To(ContainSubstring(wanted))
	}
}

func TestWrongArguments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		message   string
	}{
		"no App ID":        {nil, "--app-id is missing"},
		"a flag behind":    {[]string{"--app-id", appID, "a.json", "--mode", "mix"}, "put the flags before the files"},
		"two for tokens":   {[]string{"--app-id", appID, "--keep-tokens", "--app-certificate", "c"}, "--keep-tokens keeps the tokens"},
		"one name of many": {[]string{"--app-id", appID, "--name", "n", "a.json", "b.json"}, "--profile names the profile"},
		"acquire of many":  {[]string{"--app-id", appID, "--acquire", "c.json", "a.json", "b.json"}, "as NAME.acquire.json beside NAME.json"},
		"an input of many": {[]string{"--app-id", appID, "--profile", "p", "-"}, "the standard input has no name"},
		"nothing of many":  {[]string{"--app-id", appID, "--profile", "p"}, "give the files or folders"},
		"an empty folder":  {[]string{"--app-id", appID, "apiserver"}, "there is no file *.json in apiserver"},
		"no start":         {[]string{"--app-id", appID, "--profile", "p", "a.acquire.json"}, "the body of start is missing beside it: give a.json too"},
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
	for _, name := range []string{"app-id", "mode", "acquire", "name", "namespace", "credentials", "profile", "app-certificate", "keep-tokens"} {
		g.Expect(messages.String()).To(ContainSubstring("\n  -" + name))
	}
}
