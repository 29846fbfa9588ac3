// SPDX-License-Identifier: Apache-2.0

// Package alerts tests the alerts, their runbook, and the dashboard.
package alerts

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/hack/monitoring"
)

const (
	root = "../../.."

	// unitTests is the file with the unit tests of the alerts.
	unitTests = "alerts.yaml"
)

func readRules(g Gomega) monitoring.Rules {
	rules, err := monitoring.ReadRules(filepath.Join(root, "config", "prometheus", "rules.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(rules.Alerts()).NotTo(BeEmpty())
	return rules
}

func TestAlertsFireWhenTheyShould(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	folder := t.TempDir()
	// Prometheus accepts JSON because it is valid YAML.
	rules, err := json.Marshal(readRules(g))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(filepath.Join(folder, "rules.yaml"), rules, 0o600)).To(Succeed())
	tests, err := os.ReadFile(unitTests)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(filepath.Join(folder, unitTests), tests, 0o600)).To(Succeed())

	g.Expect(monitoring.Promtool(t.Context(), root, "check", "rules", "--lint=all", "--lint-fatal", filepath.Join(folder, "rules.yaml"))).To(Succeed())
	g.Expect(monitoring.Promtool(t.Context(), root, "test", "rules", filepath.Join(folder, unitTests))).To(Succeed())
}

// TestEachAlertIsTested checks that each alert fires in a unit test, and does not fire just
// before.
func TestEachAlertIsTested(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	content, err := os.ReadFile(unitTests)
	g.Expect(err).NotTo(HaveOccurred())
	var file struct {
		Tests []struct {
			Expectations []struct {
				Expression string `json:"expr"`
				Samples    []any  `json:"exp_samples"`
			} `json:"promql_expr_test"`
		} `json:"tests"`
	}
	g.Expect(yaml.Unmarshal(content, &file)).To(Succeed())
	fires, isQuiet := map[string]bool{}, map[string]bool{}
	for _, test := range file.Tests {
		for _, expectation := range test.Expectations {
			_, name, _ := strings.Cut(expectation.Expression, `alertname="`)
			name, _, _ = strings.Cut(name, `"`)
			if len(expectation.Samples) > 0 {
				fires[name] = true
			} else {
				isQuiet[name] = true
			}
		}
	}
	for _, alert := range readRules(g).Alerts() {
		g.Expect(fires).To(HaveKey(alert.Name), "no test has it fire")
		g.Expect(isQuiet).To(HaveKey(alert.Name), "no test has it not fire")
	}
}
