// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are what is measured of notifications. No label holds a name or a
// secret, or anything that somebody outside can make up.
type Metrics struct {
	registerer prometheus.Registerer
	received   *prometheus.CounterVec
	duration   prometheus.Histogram
	unreadable prometheus.Counter
	givenUp    prometheus.Counter
}

// NewMetrics registers the metrics.
func NewMetrics(registerer prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		registerer: registerer,
		received: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cloudrecording_notifications_total",
			Help: "Notifications by type of event and by what became of them.",
		}, []string{"type", "result"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "cloudrecording_notification_duration_seconds",
			Help:    "How long it took to answer a notification. Agora waits for ten seconds.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 8, 10},
		}),
		unreadable: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cloudrecording_notifications_unreadable_total",
			Help: "Accepted notifications, or batches of them, that could not be read any more.",
		}),
		givenUp: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cloudrecording_notifications_given_up_total",
			Help: "Accepted notifications that could not be written into a status in time, and are only in the log.",
		}),
	}
	for _, collector := range []prometheus.Collector{m.received, m.duration, m.unreadable, m.givenUp} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the metrics of notifications: %w", err)
		}
	}
	return m, nil
}

// answered notes what became of a notification.
func (m *Metrics) answered(eventType string, result Result, duration time.Duration) {
	m.received.WithLabelValues(eventType, string(result)).Inc()
	m.duration.Observe(duration.Seconds())
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
		return fmt.Errorf("register the metrics of notifications: %w", err)
	}
	return nil
}
