// SPDX-License-Identifier: Apache-2.0

package process_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/monitoring"
)

var (
	// flagHelp matches a flag in the output of --help, and whether it takes a value.
	// defaultHelp matches its default.
	flagHelp    = regexp.MustCompile(`(?m)^  -([a-z-]+)( \w+)?\n((?:    .*\n)+)`)
	defaultHelp = regexp.MustCompile(`\(default "?(.*?)"?\)\n`)

	code = regexp.MustCompile("`([^`]+)`")
)

// operationGuide returns the table rows in a section of the guide for operators, as cells.
func operationGuide(heading string) (rows [][]string) {
	GinkgoHelper()
	text, err := os.ReadFile(filepath.Join(root, "config", "README.md"))
	Expect(err).NotTo(HaveOccurred())
	_, section, ok := strings.Cut(string(text), "\n## "+heading+"\n")
	Expect(ok).To(BeTrue(), heading)
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "| `") {
			rows = append(rows, strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|"))
		}
	}
	Expect(rows).NotTo(BeEmpty(), heading)
	return rows
}

// inBackticks returns the texts between backticks.
func inBackticks(text string) (names []string) {
	for _, match := range code.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	return names
}

// likeHelp formats a duration as --help does. A number without a unit is not a duration.
func likeHelp(value string) string {
	if duration, err := time.ParseDuration(value); err == nil && value != "0" {
		return duration.String()
	}
	return value
}

// expectLabelsAsWritten compares the labels of a process's metrics with those in the guide.
func expectLabelsAsWritten(registry monitoring.Registry) {
	GinkgoHelper()
	seen := 0
	for _, row := range operationGuide("Metrics") {
		name := inBackticks(row[0])[0]
		labels, ok := registry[name]
		if !ok {
			labels, ok = registry[name+"_count"]
		}
		if ok {
			seen++
			Expect(slices.Sorted(maps.Keys(labels))).To(ConsistOf(inBackticks(row[1])), name)
		}
	}
	Expect(seen).To(BeNumerically(">", 20))
}

var _ = Describe("The guide for those who run the operator", func() {
	It("has its flags, with their defaults", func(ctx context.Context) {
		help, err := exec.CommandContext(ctx, binary, "--help").CombinedOutput()
		Expect(err).NotTo(HaveOccurred())
		defaults := map[string]string{}
		for _, match := range flagHelp.FindAllStringSubmatch(string(help), -1) {
			name, value := match[1], ""
			if found := defaultHelp.FindStringSubmatch(match[3]); found != nil {
				value = found[1]
			} else if match[2] == "" {
				value = "false"
			}
			// The flags for logging are controller-runtime's.
			if strings.HasPrefix(name, "zap-") {
				name, value = "zap-*", ""
			}
			defaults["--"+name] = value
		}
		Expect(len(defaults)).To(BeNumerically(">", 25))

		written := map[string]string{}
		for _, row := range operationGuide("Flags") {
			values := inBackticks(row[1])
			for i, name := range inBackticks(row[0]) {
				if !strings.HasPrefix(name, "--") {
					continue
				}
				written[name] = ""
				switch {
				case defaults[name] == "":
				case name == "--allowed-storage-endpoints":
					// The guide describes the addresses instead of repeating them, because
					// there are too many.
					written[name] = defaults[name]
				case len(values) > i:
					written[name] = likeHelp(values[i])
				}
			}
		}
		Expect(written).To(Equal(defaults))
	})
})
