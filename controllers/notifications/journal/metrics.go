// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the metrics of accepted notifications.
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

// watch registers the metrics of pending events and of the journal's fullness. Their
// values are 0 until this process leads, because two replicas would count everything
// twice.
func (m *Metrics) watch(pending func() int, fullness func() float64, elected <-chan struct{}) error {
	onceElected := func(value func() float64) func() float64 {
		return func() float64 {
			select {
			case <-elected:
				return value()
			default:
				return 0
			}
		}
	}
	for _, collector := range []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "cloudrecording_notifications_pending",
			Help: "Accepted notifications that no status shows yet, as the replica that leads knows them.",
		}, onceElected(func() float64 { return float64(pending()) })),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "cloudrecording_notifications_journal_fullness",
			Help: "How much of its share of the journal the namespace has filled that has filled most: from 1 on, its notifications are refused.",
		}, onceElected(fullness)),
	} {
		if err := m.registerer.Register(collector); err != nil {
			return fmt.Errorf("register the metrics of accepted notifications: %w", err)
		}
	}
	return nil
}
