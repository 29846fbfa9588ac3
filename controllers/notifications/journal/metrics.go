// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are what is measured of accepted notifications.
type Metrics struct {
	registerer prometheus.Registerer
	unreadable prometheus.Counter
	givenUp    prometheus.Counter
}

// NewMetrics registers the metrics.
func NewMetrics(registerer prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		registerer: registerer,
		unreadable: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cloudrecording_notifications_unreadable_total",
			Help: "Accepted notifications, or batches of them, that could not be read any more.",
		}),
		givenUp: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cloudrecording_notifications_given_up_total",
			Help: "Accepted notifications that could not be written into a status in time, and are only in the log.",
		}),
	}
	for _, collector := range []prometheus.Collector{m.unreadable, m.givenUp} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the metrics of accepted notifications: %w", err)
		}
	}
	return m, nil
}

// watch measures what is pending, once this process leads: two replicas would
// count everything twice.
func (m *Metrics) watch(count func() int, elected <-chan struct{}) error {
	pending := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "cloudrecording_notifications_pending",
		Help: "Accepted notifications that no status shows yet, as the replica that leads knows them.",
	}, func() float64 {
		select {
		case <-elected:
			return float64(count())
		default:
			return 0
		}
	})
	if err := m.registerer.Register(pending); err != nil {
		return fmt.Errorf("register the metrics of accepted notifications: %w", err)
	}
	return nil
}
