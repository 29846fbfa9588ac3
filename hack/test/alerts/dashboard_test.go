// SPDX-License-Identifier: Apache-2.0

package alerts

import (
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/monitoring"
)

// columns is the number of columns in a row of Grafana.
const columns = 24

func TestPanelsSayWhatTheyShow(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	panels, err := monitoring.ReadDashboard(filepath.Join(root, "config", "grafana", "dashboard.json"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(panels)).To(BeNumerically(">", 20))
	ids := map[int]bool{}
	widths := map[int]int{}
	for _, panel := range panels {
		g.Expect(ids).NotTo(HaveKey(panel.ID), panel.Title)
		ids[panel.ID] = true
		g.Expect(panel.Title).NotTo(BeEmpty())
		widths[panel.Position.Y] += panel.Position.Width
		if panel.Type == "row" {
			continue
		}
		g.Expect(panel.Description).To(HaveSuffix("."), panel.Title)
		g.Expect(panel.Targets).NotTo(BeEmpty(), panel.Title)
	}
	for y, width := range widths {
		g.Expect(width).To(Equal(columns), "the panels at %d do not fill the row", y)
	}
}
