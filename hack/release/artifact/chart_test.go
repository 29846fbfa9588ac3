// SPDX-License-Identifier: Apache-2.0

package artifact

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	. "github.com/onsi/gomega"
)

// TestChart packages the project's chart.
func TestChart(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	folder := os.DirFS(filepath.Join("..", "..", "..", "config", "chart"))
	archive, err := Chart(folder, "cloudrecording-operator", released)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(Chart(folder, "cloudrecording-operator", released)).To(Equal(archive))
	files := map[string]string{}
	for _, file := range unpacked(t, archive) {
		files[file.path] = file.content
	}
	g.Expect(files["cloudrecording-operator/Chart.yaml"]).To(And(
		ContainSubstring("\nversion: 1.2.3\n"), ContainSubstring("\nappVersion: v1.2.3\n")))
	g.Expect(files["cloudrecording-operator/values.yaml"]).To(ContainSubstring("\n  repository: registry.example.com/team/operator\n"))
	g.Expect(files).To(HaveKey("cloudrecording-operator/templates/deployment-cloudrecording-controller-manager.yaml"))
	g.Expect(files).To(HaveKey("cloudrecording-operator/values.schema.json"))
}

func TestAChartThatCannotBeReleasedIsRefused(t *testing.T) {
	t.Parallel()
	const description = "name: x\nversion: 0.0.0-dev\nappVersion: dev\n"
	const values = "image:\n  repository: cloudrecording-operator\n"
	for name, c := range map[string]struct{ description, values, problem string }{
		"another version":  {"name: x\nversion: 1.0.0\nappVersion: dev\n", values, `Chart.yaml: "version: 0.0.0-dev" must be there once, and is there 0 times`},
		"two repositories": {description, values + values, "values.yaml: \"repository: cloudrecording-operator\" must be there once, and is there 2 times"},
		"no values":        {description, "", "the chart has no values.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chart := fstest.MapFS{"Chart.yaml": {Data: []byte(c.description)}}
			if c.values != "" {
				chart["values.yaml"] = &fstest.MapFile{Data: []byte(c.values)}
			}
			_, err := Chart(chart, "x", released)
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(c.problem)))
		})
	}
}
