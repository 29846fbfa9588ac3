// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cloudrecording.dev/operator/controllers/notifications"
)

// Metrics are the metrics of received notifications. No label contains a name, a secret,
// or anything that an outsider can choose freely.
type Metrics struct {
	received *prometheus.CounterVec
	duration prometheus.Histogram
}

// NewMetrics registers the metrics.
func NewMetrics(registerer prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		received: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cloudrecording_notifications_total",
			Help: "Notifications by type of event and by what became of them.",
		}, []string{"type", "result"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "cloudrecording_notification_duration_seconds",
			Help:    "How long it took to answer a notification. Agora waits for ten seconds.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 8, 10},
		}),
	}
	for _, collector := range []prometheus.Collector{m.received, m.duration} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the metrics of notifications: %w", err)
		}
	}
	return m, nil
}

// answered counts a notification by its result.
func (m *Metrics) answered(eventType string, result Result, duration time.Duration) {
	m.received.WithLabelValues(eventType, string(result)).Inc()
	m.duration.Observe(duration.Seconds())
}

// unknownType is the label for types that are undocumented or were not read.
const unknownType = "other"

// labelOf returns the metric label of a type. All undocumented types share one label,
// because anybody can invent more.
func labelOf(eventType notifications.Type) string {
	if !eventType.IsDocumented() {
		return unknownType
	}
	return strconv.Itoa(int(eventType))
}
