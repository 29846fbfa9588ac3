// SPDX-License-Identifier: Apache-2.0

package memory

import (
	"math"
	"os"
	"runtime/debug"
	"testing"

	. "github.com/onsi/gomega"
)

func TestRuntimeLimit(t *testing.T) {
	for name, c := range map[string]struct {
		environment map[string]string
		limit       int64
		problem     string
	}{
		"nothing is given":           {nil, 0, ""},
		"the container has none":     {map[string]string{LimitVariable: ""}, 0, ""},
		"the container's limit":      {map[string]string{LimitVariable: "536870912"}, 483183819, ""},
		"the user's comes first":     {map[string]string{LimitVariable: "536870912", runtimeVariable: "100MiB"}, 0, ""},
		"even if it is off":          {map[string]string{LimitVariable: "536870912", runtimeVariable: "off"}, 0, ""},
		"no limit that fits":         {map[string]string{LimitVariable: "9223372036854775807"}, math.MaxInt64 / 10 * 9, ""},
		"a number with a unit":       {map[string]string{LimitVariable: "512Mi"}, 0, `must be a number of bytes above 0, and is "512Mi"`},
		"a number that is no amount": {map[string]string{LimitVariable: "-1"}, 0, "must be a number of bytes above 0"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			limit, err := runtimeLimit(func(name string) (string, bool) {
				value, ok := c.environment[name]
				return value, ok
			})
			if c.problem != "" {
				g.Expect(err).To(MatchError(ContainSubstring(c.problem)))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(limit).To(Equal(c.limit))
		})
	}
}

func TestApplyLimit(t *testing.T) {
	g := NewWithT(t)
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	t.Setenv(LimitVariable, "1000000000")
	limit, err := ApplyLimit()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(limit).To(BeEquivalentTo(900000000))
	g.Expect(debug.SetMemoryLimit(-1)).To(Equal(limit))
}

func TestBoundGarbage(t *testing.T) {
	g := NewWithT(t)
	before := debug.SetGCPercent(80)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	t.Setenv(garbageVariable, "80")
	BoundGarbage()
	g.Expect(debug.SetGCPercent(80)).To(Equal(80))
	g.Expect(os.Unsetenv(garbageVariable)).To(Succeed())
	BoundGarbage()
	g.Expect(debug.SetGCPercent(80)).To(Equal(garbagePercent))
}
