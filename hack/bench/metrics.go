// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"k8s.io/client-go/kubernetes"
)

// metrics are what a process tells of itself, by their names.
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
func (m metrics) sum(name string, labels map[string]string) float64 {
	total := 0.0
	for _, metric := range m[name].GetMetric() {
		has := map[string]string{}
		for _, label := range metric.GetLabel() {
			has[label.GetName()] = label.GetValue()
		}
		matches := true
		for label, value := range labels {
			matches = matches && has[label] == value
		}
		if matches {
			total += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
	}
	return total
}

// operatorMetrics reads the operator's metrics, as Prometheus does.
func (e *environment) operatorMetrics() metrics {
	request := must(http.NewRequestWithContext(e.ctx, http.MethodGet, e.metricsURL, nil))
	response, err := http.DefaultClient.Do(request)
	check(err)
	defer func() { _ = response.Body.Close() }()
	return must(parseMetrics(response.Body))
}

// Verbs as the API server counts them. Watches are left out: they last.
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

// requestsOf counts the requests of a kind that an API server has had, and that were
// meant: the operator tries by dry runs whether policies hold.
func (m metrics) requestsOf(verb, resource, subresource string) int {
	return int(m.sum("apiserver_request_total", map[string]string{
		"verb": verb, "resource": resource, "subresource": subresource, "dry_run": "",
	}))
}

// operatorRequests counts the requests with any of the verbs for whatever the operator
// reads and writes.
func (m metrics) operatorRequests(verbs []string) int {
	total := 0
	for _, verb := range verbs {
		for _, resource := range []string{"cloudrecordings", "secrets", "configmaps", "events"} {
			total += m.requestsOf(verb, resource, "") + m.requestsOf(verb, resource, "status")
		}
	}
	return total
}
