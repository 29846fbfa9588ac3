// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"fmt"
	"io"
	"maps"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/util/sets"
)

// Registry contains the metrics of a process: for each series, the values of each label.
type Registry map[string]map[string]sets.Set[string]

// ReadRegistry reads metrics in Prometheus' text format.
func ReadRegistry(content io.Reader) (Registry, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(content)
	if err != nil {
		return nil, fmt.Errorf("read the metrics: %w", err)
	}
	registry := Registry{}
	for name, family := range families {
		for _, metric := range family.GetMetric() {
			for _, series := range seriesOf(name, family.GetType()) {
				registry.add(series, metric.GetLabel())
			}
		}
		if family.GetType() == dto.MetricType_HISTOGRAM {
			registry[name+"_bucket"]["le"] = nil
		}
	}
	return registry, nil
}

// seriesOf returns the names of the series of a metric family.
func seriesOf(name string, kind dto.MetricType) []string {
	if kind == dto.MetricType_HISTOGRAM {
		return []string{name + "_bucket", name + "_sum", name + "_count"}
	}
	return []string{name}
}

func (r Registry) add(series string, labels []*dto.LabelPair) {
	if r[series] == nil {
		r[series] = map[string]sets.Set[string]{}
	}
	for _, label := range labels {
		if r[series][label.GetName()] == nil {
			r[series][label.GetName()] = sets.New[string]()
		}
		r[series][label.GetName()].Insert(label.GetValue())
	}
}

// targetLabels are the labels that Prometheus adds to all metrics of a process.
func targetLabels() []string { return []string{"instance", "job"} }

// enumeratedLabels are the labels whose values all exist from the beginning, so that any other
// value is a mistake.
func enumeratedLabels() []string { return []string{"evidence", "phase", "priority", "reason"} }

// Lacks returns what a query uses that is not in the registry, or nothing.
func (r Registry) Lacks(query Query, selectors []Selector) []string {
	var lacking []string
	kept := map[string]bool{}
	for _, selector := range selectors {
		for _, name := range selector.Labels {
			kept[name] = true
		}
		for _, lack := range r.lacks(selector) {
			lacking = append(lacking, query.Of+" "+lack)
		}
	}
	for _, name := range query.Shown {
		if !kept[name] {
			lacking = append(lacking, fmt.Sprintf("%s shows the label %s, which its query does not keep", query.Of, name))
		}
	}
	return lacking
}

func (r Registry) lacks(selector Selector) []string {
	labels, ok := r[selector.Metric]
	if !ok {
		return []string{fmt.Sprintf("reads the metric %s, which the operator does not have", selector.Metric)}
	}
	var lacking []string
	for _, name := range selector.Labels {
		values, ok := labels[name]
		if !ok && !slices.Contains(targetLabels(), name) {
			lacking = append(lacking, fmt.Sprintf("takes %s to have the label %s, which has %v", selector.Metric, name, slices.Sorted(maps.Keys(labels))))
		}
		for _, value := range selector.Values[name] {
			if slices.Contains(enumeratedLabels(), name) && !values.Has(value) {
				lacking = append(lacking, fmt.Sprintf("takes %s to have the value %s of %s, which has %v", selector.Metric, value, name, sets.List(values)))
			}
		}
	}
	return lacking
}
