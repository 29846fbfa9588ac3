// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"k8s.io/client-go/kubernetes"
)

// requestsMetric is the API server's own count of requests.
const requestsMetric = "apiserver_request_total"

// Verbs as the API server counts them. Watches are left out: they last.
var (
	readVerbs  = []string{"GET", "LIST"}
	writeVerbs = []string{"POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"}
)

// Resources that the operator reads and writes.
const (
	recordingsResource = "cloudrecordings"
	secretsResource    = "secrets"
	configMapsResource = "configmaps"
	eventsResource     = "events"
	statusSubresource  = "status"
)

// served is what an API server has served so far.
type served samples

// served returns what the API server has served so far.
func (l *laboratory) served(ctx context.Context) (served, error) {
	clientset, err := kubernetes.NewForConfig(l.plane.Config)
	if err != nil {
		return nil, fmt.Errorf("create a client: %w", err)
	}
	content, err := clientset.RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the metrics of the API server: %w", err)
	}
	return served(parseSamples(content)), nil
}

// count adds up the requests of a kind that were meant: the operator tries by dry runs
// whether policies hold.
func (s served) count(verb, resource, subresource string) (int, error) {
	total, err := samples(s).sum(requestsMetric,
		label{"verb", verb}, label{"resource", resource}, label{"subresource", subresource}, label{"dry_run", ""})
	return int(total), err
}

// countBetween counts the requests of a kind between two times.
func countBetween(before, after served, verb, resource, subresource string) (int, error) {
	earlier, err := before.count(verb, resource, subresource)
	if err != nil {
		return 0, err
	}
	total, err := after.count(verb, resource, subresource)
	return total - earlier, err
}

// countOperatorRequests counts the requests with any of the verbs for whatever
// the operator reads and writes, between two times at which nobody else did.
func countOperatorRequests(before, after served, verbs []string) (int, error) {
	total := 0
	for _, verb := range verbs {
		for _, resource := range []string{recordingsResource, secretsResource, configMapsResource, eventsResource} {
			for _, subresource := range []string{"", statusSubresource} {
				count, err := countBetween(before, after, verb, resource, subresource)
				if err != nil {
					return 0, err
				}
				total += count
			}
		}
	}
	return total, nil
}
