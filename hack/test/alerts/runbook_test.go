// SPDX-License-Identifier: Apache-2.0

package alerts

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// runbook is the URL of the page with the sections of the alerts.
const runbook = "https://cloudrecording.dev/operator/config/prometheus/README.md"

// sectionsOf returns the content of the runbook by heading.
func sectionsOf(g Gomega) map[string]string {
	text, err := os.ReadFile(filepath.Join(root, "config", "prometheus", "README.md"))
	g.Expect(err).NotTo(HaveOccurred())
	sections := map[string]string{}
	for _, section := range strings.Split(string(text), "\n## ")[1:] {
		title, content, _ := strings.Cut(section, "\n")
		sections[title] = content
	}
	return sections
}

func TestEachAlertHasASectionThatSaysWhatToDo(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	sections := sectionsOf(g)
	var names []string
	for _, alert := range readRules(g).Alerts() {
		names = append(names, alert.Name)
		g.Expect(alert.Labels).To(HaveKeyWithValue("severity", BeElementOf("critical", "warning")), alert.Name)
		g.Expect(alert.Annotations).To(And(
			HaveLen(3),
			HaveKeyWithValue("summary", HaveSuffix(".")),
			HaveKeyWithValue("description", HaveSuffix(".")),
			HaveKeyWithValue("runbook_url", runbook+"#"+strings.ToLower(alert.Name)),
		), alert.Name)
		for _, part := range []string{"What it means", "What it costs", "How to look", "What to do"} {
			g.Expect(sections[alert.Name]).To(ContainSubstring("\n**"+part+".**"), "in the section of %s", alert.Name)
		}
	}
	g.Expect(sections).To(HaveLen(len(names)), "a section has no alert")
}

func TestSectionsReferToOnesThatThereAre(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	sections := sectionsOf(g)
	references := 0
	for _, content := range sections {
		for _, match := range regexp.MustCompile(`\[(\w+)\]\(#(\w+)\)`).FindAllStringSubmatch(content, -1) {
			references++
			g.Expect(sections).To(HaveKey(match[1]))
			g.Expect(match[2]).To(Equal(strings.ToLower(match[1])))
		}
	}
	g.Expect(references).To(BeNumerically(">", 2))
}
