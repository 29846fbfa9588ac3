// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"cloudrecording.dev/operator/controllers/capacity"
)

// WatchCapacity registers metrics of how many recordings run. An account is named after
// its Secret.
func (m *Metrics) WatchCapacity(places *capacity.Pools) error {
	collector := &capacityCollector{
		places: places,
		running: prometheus.NewDesc("cloudrecording_account_recordings",
			"Recordings that run or may run for an account, of the App ID for which most do.", []string{"account"}, nil),
		limit: prometheus.NewDesc("cloudrecording_account_recordings_limit",
			"Recordings that an account's Secret allows to run for each App ID at once, where it says so.", []string{"account"}, nil),
		waiting: prometheus.NewDesc("cloudrecording_account_recordings_waiting",
			"Recordings of an account whose time has come and that wait for room.", []string{"account"}, nil),
	}
	if err := m.registerer.Register(collector); err != nil {
		return fmt.Errorf("register the metrics of capacity: %w", err)
	}
	return nil
}

// capacityCollector collects how many recordings run for each account.
type capacityCollector struct {
	places  *capacity.Pools
	running *prometheus.Desc
	limit   *prometheus.Desc
	waiting *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c *capacityCollector) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- c.running
	descriptions <- c.limit
	descriptions <- c.waiting
}

// Collect implements prometheus.Collector.
func (c *capacityCollector) Collect(collected chan<- prometheus.Metric) {
	gauge := func(description *prometheus.Desc, value int, account string) {
		collected <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, float64(value), account)
	}
	for _, usage := range c.places.Usage() {
		account := string(usage.Source)
		gauge(c.running, usage.Running, account)
		gauge(c.waiting, usage.Waiting, account)
		if usage.Limit > 0 {
			gauge(c.limit, usage.Limit, account)
		}
	}
}
