// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Register registers a metric of the recordings that the leader knows. A namespace has a
// value while any of its recordings is kept, so there are at most as many values as
// recordings.
func (t *Tracker) Register(registerer prometheus.Registerer) error {
	if err := registerer.Register(collector{tracker: t}); err != nil {
		return fmt.Errorf("register the metric of unowned recordings: %w", err)
	}
	return nil
}

var description = prometheus.NewDesc("cloudrecording_unowned_recordings",
	"Recordings that Agora notifies of and that no object has, by the namespace of the Secret that signs their notifications.",
	[]string{"namespace"}, nil)

// collector counts recordings.
type collector struct{ tracker *Tracker }

// Describe describes the metric.
func (c collector) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- description }

// Collect counts the recordings if this process leads.
func (c collector) Collect(collected chan<- prometheus.Metric) {
	select {
	case <-c.tracker.elected:
	default:
		return
	}
	for namespace, count := range c.tracker.count() {
		collected <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, float64(count), namespace)
	}
}

// count returns the number of reported recordings that have not ended, by namespace.
func (t *Tracker) count() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	counts := map[string]int{}
	for _, recording := range t.recordings() {
		counts[recording.Namespace] += count(recording.IsReported())
	}
	return counts
}
