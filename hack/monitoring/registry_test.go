// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestARegistryLacksWhatIsNotThere(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	registry, err := ReadRegistry(strings.NewReader(`# TYPE waiting gauge
waiting{priority="stop"} 1
waiting{priority="start"} 1
# TYPE took histogram
took_bucket{method="query",le="1"} 1
took_bucket{method="query",le="+Inf"} 1
took_sum{method="query"} 1
took_count{method="query"} 1
`))
	g.Expect(err).NotTo(HaveOccurred())
	for name, c := range map[string]struct {
		shown    []string
		selector Selector
		lacking  string
	}{
		"a metric":              {selector: Selector{Metric: "waiting"}},
		"a label":               {selector: Selector{Metric: "waiting", Labels: []string{"priority"}}, shown: []string{"priority"}},
		"a label of the target": {selector: Selector{Metric: "waiting", Labels: []string{"job"}}},
		"a value": {selector: Selector{
			Metric: "waiting", Labels: []string{"priority"}, Values: map[string][]string{"priority": {"start", "stop"}}}},
		"a value that may be still to come": {selector: Selector{
			Metric: "took_count", Labels: []string{"method"}, Values: map[string][]string{"method": {"stop"}}}},
		"the buckets of a histogram": {selector: Selector{Metric: "took_bucket", Labels: []string{"le", "method"}}},
		"another metric": {
			selector: Selector{Metric: "took"},
			lacking:  "the panel reads the metric took, which the operator does not have"},
		"another label": {
			selector: Selector{Metric: "waiting", Labels: []string{"account"}},
			lacking:  "the panel takes waiting to have the label account, which has [priority]"},
		"a bucket's label elsewhere": {
			selector: Selector{Metric: "took_sum", Labels: []string{"le"}},
			lacking:  "the panel takes took_sum to have the label le, which has [method]"},
		"another value": {
			selector: Selector{Metric: "waiting", Labels: []string{"priority"}, Values: map[string][]string{"priority": {"stopp"}}},
			lacking:  "the panel takes waiting to have the value stopp of priority, which has [start stop]"},
		"a label that is shown and not kept": {
			selector: Selector{Metric: "waiting"}, shown: []string{"priority"},
			lacking: "the panel shows the label priority, which its query does not keep"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			lacking := registry.Lacks(Query{Of: "the panel", Shown: c.shown}, []Selector{c.selector})
			g.Expect(strings.Join(lacking, "\n")).To(Equal(c.lacking))
		})
	}
}
