// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// found returns the matches of a pattern's group in a source file of the simulator.
func found(source, pattern string) []string {
	GinkgoHelper()
	content, err := os.ReadFile(filepath.FromSlash(source))
	Expect(err).NotTo(HaveOccurred())
	var groups []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(content), -1) {
		groups = append(groups, match[1])
	}
	Expect(groups).NotTo(BeEmpty())
	return groups
}

func jsonKeys(of any) []string {
	var keys []string
	for _, field := range reflect.VisibleFields(reflect.TypeOf(of)) {
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.Anonymous && key != "-" {
			keys = append(keys, key)
		}
	}
	return keys
}

// curl is a curl example in the help.
type curl struct{ verb, path, body string }

func examples() []curl {
	pattern := regexp.MustCompile(`curl (?:-X (\w+) )?localhost:8701(/\S+)(?: -d '([^']*)')?`)
	var all []curl
	for _, match := range pattern.FindAllStringSubmatch(adminHelp, -1) {
		example := curl{verb: match[1], path: match[2], body: match[3]}
		switch {
		case example.verb != "":
		case example.body != "":
			example.verb = "POST"
		default:
			example.verb = "GET"
		}
		all = append(all, example)
	}
	return all
}

var _ = Describe("The help", func() {
	var help string
	BeforeEach(func() {
		diagnostics := gbytes.NewBuffer()
		Expect(run(nil, []string{"--help"}, io.Discard, diagnostics)).To(MatchError(flag.ErrHelp))
		help = string(diagnostics.Contents())
	})

	It("names every endpoint of the admin interface", func() {
		variables := strings.NewReplacer("{sid}", "SID", "{id}", "ID", "{customerId}", "ID")
		for _, path := range found("../../admin/admin.go", `"(?:[A-Z]+ )?(/[^"]*[^"/])"`) {
			Expect(help).To(ContainSubstring(variables.Replace(path)))
		}
		for _, verb := range found("../../admin/admin.go", `"([a-z-]+)"(?:: s\.|, func\(sid)`) {
			Expect(help).To(ContainSubstring("/recordings/SID/" + verb + " "))
		}
	})

	It("names every effect of a fault", func() {
		for _, effect := range found("../../faults/calls.go", `Effect = "([a-z-]+)"`) {
			Expect(help).To(MatchRegexp(`(?m)^ +` + effect + ` +\S`))
		}
		for _, effect := range found("../../notify/faults.go", `Effect = "([a-z0-9-]+)"`) {
			Expect(help).To(MatchRegexp(`(?m)^ +` + effect + ` +\S`))
		}
	})

	It("names every member of a fault", func() {
		for _, key := range append(jsonKeys(faults.Fault{}), jsonKeys(notify.Fault{})...) {
			Expect(help).To(MatchRegexp(`\b(?i:`+key+`)\b`), key)
		}
	})

	It("names every member of a recording to add", func() {
		for _, key := range append(jsonKeys(agorasim.RecordingOptions{}), jsonKeys(recorder.Upload{})...) {
			Expect(help).To(MatchRegexp(`\b`+key+`\b`), key)
		}
	})

	It("names every flag", func() {
		for _, name := range found("main.go", `flags\.\w+Var\(&[^,]+, "([a-z-]+)"`) {
			Expect(help).To(MatchRegexp(`(?m)^  -` + name + `( |$)`))
		}
	})

	It("has examples that work", func() {
		receiver := httptest.NewServer(http.NotFoundHandler())
		defer receiver.Close()
		command := start("--notifications-url", receiver.URL)
		for uid, members := range []string{
			`"sid":"RUNNING"`, `"sid":"SID"`, `"sid":"UPLOADED","uploadingStatus":"backuped","uploadDuration":"0s"`,
		} {
			command.admin(http.MethodPost, "/recordings", fmt.Sprintf(`{"appId":"a","cname":"c","uid":"%d","mode":"mix",%s}`, uid+1, members))
		}
		command.admin(http.MethodPost, "/recordings/UPLOADED/idle-out", "")
		inTime := strings.NewReplacer("SID/transfer", "UPLOADED/transfer")
		Expect(len(examples())).To(BeNumerically(">", 15))
		for _, example := range examples() {
			status, body := command.admin(example.verb, inTime.Replace(example.path), example.body)
			Expect(status).To(BeNumerically("<", 300), "%v: %s", example, body)
		}
	})
})
