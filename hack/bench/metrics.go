// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strconv"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"k8s.io/client-go/kubernetes"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// metrics are the metrics of a process by name.
type metrics map[string]*dto.MetricFamily

func parseMetrics(content io.Reader) (metrics, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(content)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	return families, nil
}

// sum adds up the samples of a metric that have all of the labels.
func (m metrics) sum(name string, labels map[string]string) (total float64) {
	for has, figure := range m.samples(name) {
		matches := true
		for label, value := range labels {
			matches = matches && has[label] == value
		}
		if matches {
			total += figure
		}
	}
	return total
}

// samples iterates over the samples of a metric with their labels.
func (m metrics) samples(name string) iter.Seq2[map[string]string, float64] {
	return func(yield func(map[string]string, float64) bool) {
		for _, metric := range m[name].GetMetric() {
			labels := map[string]string{}
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			if !yield(labels, metric.GetCounter().GetValue()+metric.GetGauge().GetValue()) {
				return
			}
		}
	}
}

// operatorMetrics reads the operator's metrics, as Prometheus does.
func (e *environment) operatorMetrics() metrics {
	request := must(http.NewRequestWithContext(e.ctx, http.MethodGet, e.metricsURL, nil))
	response, err := http.DefaultClient.Do(request)
	check(err)
	defer func() { _ = response.Body.Close() }()
	return must(parseMetrics(response.Body))
}

// Verbs in the API server's metrics. Watches are omitted because they are long-running.
var (
	readVerbs  = []string{"GET", "LIST"}
	writeVerbs = []string{"POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"}
)

// served returns the API server's metrics.
func (r *run) served() metrics {
	clientset := must(kubernetes.NewForConfig(r.ControlPlane.Config))
	content := must(clientset.RESTClient().Get().AbsPath("/metrics").DoRaw(context.WithoutCancel(r.ctx)))
	return must(parseMetrics(bytes.NewReader(content)))
}

const requestsMetric = "apiserver_request_total"

// requestsOf counts the requests of a kind to the API server. It ignores dry runs, which the
// operator uses to check whether policies are in force.
func (m metrics) requestsOf(verb, resource, subresource string) int {
	return int(m.sum(requestsMetric, map[string]string{
		"verb": verb, "resource": resource, "subresource": subresource, "dry_run": "",
	}))
}

// operatorRequests counts the requests with any of the verbs for the kinds that the operator
// reads and writes. It ignores the lease.
func (m metrics) operatorRequests(verbs []string) requestCounts {
	counts := requestCounts{}
	for labels, figure := range m.samples(requestsMetric) {
		isOperators := labels["group"] == v1alpha1.GroupVersion.Group || slices.Contains([]string{"secrets", "configmaps", "events"}, labels["resource"])
		if !isOperators || !slices.Contains(verbs, labels["verb"]) || labels["dry_run"] != "" {
			continue
		}
		kind := labels["verb"] + " " + labels["resource"]
		if labels["subresource"] != "" {
			kind += "/" + labels["subresource"]
		}
		counts[kind] += int(figure)
	}
	return counts
}

// requestCounts are the numbers of requests to an API server by kind, such as "PATCH
// cloudrecordings/status".
type requestCounts map[string]int

// since returns the requests that were added after an earlier count.
func (c requestCounts) since(before requestCounts) requestCounts {
	since := requestCounts{}
	for kind, count := range c {
		if count > before[kind] {
			since[kind] = count - before[kind]
		}
	}
	return since
}

// rows shows the total number of requests, which should be zero, and the number of each kind.
func (c requestCounts) rows(what string) []row {
	total := 0
	var rows []row
	for _, kind := range slices.Sorted(maps.Keys(c)) {
		total += c[kind]
		rows = append(rows, plainRow(what+": "+kind, strconv.Itoa(c[kind]), "-"))
	}
	return append([]row{countRow(what, total, 0, "0")}, rows...)
}
