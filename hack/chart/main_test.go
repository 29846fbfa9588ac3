// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/hack/controlplane"
)

// tool returns the path of a pinned tool, which the go command builds once.
func tool(t *testing.T, name string) string {
	t.Helper()
	command := controlplane.GoCommand(t.Context(), filepath.Join("..", "helm"), "tool", "-n", name)
	command.Env = append(command.Env, "CGO_ENABLED=0")
	output, err := command.CombinedOutput()
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), string(output))
	return strings.TrimSpace(string(output))
}

func generate(t *testing.T, config string) (folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "chart")
	arguments := []string{"--kustomize", tool(t, "kustomize"), "--config", config, "--output", folder}
	NewWithT(t).Expect(execute(t.Context(), arguments, io.Discard, io.Discard)).To(Succeed())
	return folder
}

// TestTheChartIsUpToDate fails if config or the generator has changed without make chart.
func TestTheChartIsUpToDate(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	config := filepath.Join("..", "..", "config")
	g.Expect(contents(g, filepath.Join(config, "chart"))).To(Equal(contents(g, generate(t, config))), "run make chart")
}

// contents returns the files of a folder by path.
func contents(g *WithT, folder string) map[string]string {
	found := map[string]string{}
	root := os.DirFS(folder)
	g.Expect(fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, path)
		found[path] = string(text)
		return err
	})).To(Succeed())
	return found
}

// TestAlertsAndDashboardsArriveAsTheyAre renders alerts and dashboards that contain their own
// templates.
func TestAlertsAndDashboardsArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	config := t.TempDir()
	g.Expect(os.CopyFS(config, os.DirFS(filepath.Join("..", "..", "config")))).To(Succeed())
	g.Expect(os.MkdirAll(filepath.Join(config, "grafana"), 0o700)).To(Succeed())
	const summary, dashboard = `{{ $value | humanizeDuration }} is "too" long`, "{\n  \"legendFormat\": \"{{method}} {{result}}\"\n}\n"
	rules, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "test", "rules": []any{
		map[string]any{"alert": "Overdue", "annotations": map[string]any{"summary": summary}},
	}}}})
	g.Expect(err).NotTo(HaveOccurred())
	for file, text := range map[string]string{
		filepath.Join("prometheus", "rules.yaml"): string(rules), filepath.Join("grafana", "test.json"): dashboard,
		// Whether the kustomization includes rules must not matter.
		filepath.Join("prometheus", "kustomization.yaml"): "resources: [service_monitor.yaml]\n",
	} {
		g.Expect(os.WriteFile(filepath.Join(config, file), []byte(text), 0o600)).To(Succeed())
	}
	output, err := exec.CommandContext(t.Context(), tool(t, "helm"), "template", "test", generate(t, config), "--kube-version=1.37.2",
		"--set=alerts.enabled=true,dashboard.enabled=true,metricsCertificate.enabled=true").CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(output))

	var alerts, dashboards []string
	for document := range strings.SplitSeq(string(output), "\n---\n") {
		var object struct {
			Kind string
			Data map[string]string
			Spec struct {
				Groups []struct {
					Rules []struct{ Annotations map[string]string }
				}
			}
		}
		if yaml.Unmarshal([]byte(document), &object) != nil {
			continue
		}
		switch object.Kind {
		case "PrometheusRule":
			alerts = append(alerts, object.Spec.Groups[0].Rules[0].Annotations["summary"])
		case "ConfigMap":
			dashboards = append(dashboards, object.Data["test.json"])
		}
	}
	g.Expect(alerts).To(ConsistOf(summary))
	g.Expect(dashboards).To(ContainElement(dashboard))
}

func TestNoOutputIsRefused(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	NewWithT(t).Expect(execute(t.Context(), nil, io.Discard, &said)).NotTo(Succeed())
	NewWithT(t).Expect(said.String()).To(ContainSubstring("give --output"))
}
