// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// watchDeparted counts the departed recordings whenever the metrics are read, once
// this process leads.
func (m *Metrics) watchDeparted(departed *departed, elected <-chan struct{}) error {
	collector := &departedCollector{
		departed: departed,
		elected:  elected,
		count: prometheus.NewDesc("cloudrecording_recordings_departed",
			"Recordings that this operator looks after though their labels no longer match its selector.", nil, nil),
	}
	if err := m.registerer.Register(collector); err != nil {
		return fmt.Errorf("register the metric of departed recordings: %w", err)
	}
	return nil
}

type departedCollector struct {
	departed *departed
	elected  <-chan struct{}
	count    *prometheus.Desc
}

// Describe describes the metric.
func (c *departedCollector) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- c.count }

// Collect counts.
func (c *departedCollector) Collect(collected chan<- prometheus.Metric) {
	select {
	case <-c.elected:
		collected <- prometheus.MustNewConstMetric(c.count, prometheus.GaugeValue, float64(c.departed.count()))
	default:
	}
}
