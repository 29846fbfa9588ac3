// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/clock"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/storage"
)

// Metrics are what the operator measures of itself, beside controller-runtime's
// own metrics. No label holds a name or a secret.
type Metrics struct {
	registerer      prometheus.Registerer
	requests        *prometheus.CounterVec
	requestDuration *prometheus.HistogramVec
	budgetWait      *prometheus.HistogramVec
	stopDuration    prometheus.Histogram
	confirmDuration prometheus.Histogram
	looks           *prometheus.CounterVec
	lookDuration    prometheus.Histogram
}

// NewMetrics registers the metrics.
func NewMetrics(registerer prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		registerer: registerer,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cloudrecording_agora_requests_total",
			Help: "Requests to Agora by method and by what the answer means.",
		}, []string{"method", "result"}),
		requestDuration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "cloudrecording_agora_request_duration_seconds",
			Help:    "How long requests to Agora took, by method.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20, 35},
		}, []string{"method"}),
		budgetWait: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "cloudrecording_agora_budget_wait_seconds",
			Help:    "How long requests waited for their turn in their account's budget, by priority.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 5, 15, 60, 300, 900},
		}, []string{"priority"}),
		stopDuration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "cloudrecording_stop_duration_seconds",
			Help:    "How long it took from the first try to stop a recording until it was known to have ended.",
			Buckets: []float64{1, 2.5, 5, 10, 20, 35, 60, 120, 300, 900, 3600},
		}),
		confirmDuration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "cloudrecording_upload_confirm_duration_seconds",
			Help:    "How long it took from the end of a recording until there was evidence of its upload.",
			Buckets: []float64{1, 10, 60, 300, 1200, 3600, 4 * 3600, 24 * 3600, 10 * 24 * 3600},
		}),
		looks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cloudrecording_storage_verifications_total",
			Help: "Looks into buckets by what they showed: Complete, Incomplete, or what kept the bucket from being read.",
		}, []string{"result"}),
		lookDuration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "cloudrecording_storage_verification_duration_seconds",
			Help:    "How long looks into buckets took, the wait for their turn included.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120},
		}),
	}
	collectors := []prometheus.Collector{
		m.requests, m.requestDuration, m.budgetWait, m.stopDuration, m.confirmDuration, m.looks, m.lookDuration,
	}
	for _, collector := range collectors {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the metrics: %w", err)
		}
	}
	return m, nil
}

// Called notes a call to Agora.
func (m *Metrics) Called(method agora.Method, conclusion agora.Conclusion, duration time.Duration) {
	m.requests.WithLabelValues(string(method), conclusion.String()).Inc()
	m.requestDuration.WithLabelValues(string(method)).Observe(duration.Seconds())
}

func (m *Metrics) waited(priority budget.Priority, wait time.Duration) {
	m.budgetWait.WithLabelValues(priority.String()).Observe(max(wait, 0).Seconds())
}

// looked notes a look into a bucket.
func (m *Metrics) looked(finding storage.Finding, err error, duration time.Duration) {
	result := "Incomplete"
	var problem *storage.Problem
	switch {
	case errors.As(err, &problem):
		result = problem.Kind.String()
	case err != nil:
		// The process ends, or the recording is gone.
		return
	case finding.Complete():
		result = "Complete"
	}
	m.looks.WithLabelValues(result).Inc()
	m.lookDuration.Observe(duration.Seconds())
}

// recorded notes what a new status says for the first time.
func (m *Metrics) recorded(before, after v1alpha1.CloudRecordingStatus) {
	if after.StoppedTime == nil {
		return
	}
	if becameTrue(v1alpha1.StoppedCondition, before, after) && after.StopRequestedTime != nil {
		m.stopDuration.Observe(after.StoppedTime.Sub(after.StopRequestedTime.Time).Seconds())
	}
	if becameTrue(v1alpha1.UploadedCondition, before, after) && after.UploadedTime != nil {
		m.confirmDuration.Observe(after.UploadedTime.Sub(after.StoppedTime.Time).Seconds())
	}
}

func becameTrue(conditionType string, before, after v1alpha1.CloudRecordingStatus) bool {
	return !meta.IsStatusConditionTrue(before.Conditions, conditionType) &&
		meta.IsStatusConditionTrue(after.Conditions, conditionType)
}

// watchRecordings measures the recordings whenever the metrics are read, once
// this process leads: two replicas would count everything twice.
func (m *Metrics) watchRecordings(census *census, memories *memories, elected <-chan struct{}, clock clock.PassiveClock) error {
	collector := &recordingsCollector{
		census:   census,
		memories: memories,
		elected:  elected,
		clock:    clock,
		recordings: prometheus.NewDesc("cloudrecording_recordings",
			"Recordings by phase.", []string{"phase"}, nil),
		contradicted: prometheus.NewDesc("cloudrecording_uploads_contradicted",
			"Recordings whose files are all uploaded, as Agora says, and are not all in the bucket.", nil, nil),
		expiring: prometheus.NewDesc("cloudrecording_control_windows_ending",
			"Recordings that run and that Agora will soon refuse to stop.", nil, nil),
		overdue: prometheus.NewDesc("cloudrecording_stop_overdue_seconds",
			"The longest that a recording which is wanted to stop has been waiting to be known to have ended.", nil, nil),
		unwritten: prometheus.NewDesc("cloudrecording_statuses_not_written",
			"Recordings whose status the API server does not take.", nil, nil),
		unwrittenFor: prometheus.NewDesc("cloudrecording_status_not_written_seconds",
			"The longest that the API server has not taken the status of a recording.", nil, nil),
	}
	if err := m.registerer.Register(collector); err != nil {
		return fmt.Errorf("register the metrics of recordings: %w", err)
	}
	return nil
}

// recordingsCollector measures the recordings.
type recordingsCollector struct {
	census       *census
	memories     *memories
	elected      <-chan struct{}
	clock        clock.PassiveClock
	recordings   *prometheus.Desc
	contradicted *prometheus.Desc
	expiring     *prometheus.Desc
	overdue      *prometheus.Desc
	unwritten    *prometheus.Desc
	unwrittenFor *prometheus.Desc
}

// Describe describes the metrics.
func (c *recordingsCollector) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- c.recordings
	descriptions <- c.contradicted
	descriptions <- c.expiring
	descriptions <- c.overdue
	descriptions <- c.unwritten
	descriptions <- c.unwrittenFor
}

// Collect reads the census and the memories.
func (c *recordingsCollector) Collect(collected chan<- prometheus.Metric) {
	select {
	case <-c.elected:
	default:
		return
	}
	_, failing := c.memories.unwritten()
	var longest time.Duration
	for _, since := range failing {
		longest = max(longest, c.clock.Since(since))
	}
	collected <- prometheus.MustNewConstMetric(c.unwritten, prometheus.GaugeValue, float64(len(failing)))
	collected <- prometheus.MustNewConstMetric(c.unwrittenFor, prometheus.GaugeValue, longest.Seconds())
	c.census.mu.Lock()
	defer c.census.mu.Unlock()
	for phase, count := range c.census.phases {
		collected <- prometheus.MustNewConstMetric(c.recordings, prometheus.GaugeValue, float64(count), string(phase))
	}
	collected <- prometheus.MustNewConstMetric(c.contradicted, prometheus.GaugeValue, float64(c.census.contradicted))
	collected <- prometheus.MustNewConstMetric(c.expiring, prometheus.GaugeValue, float64(c.census.expiring))
	collected <- prometheus.MustNewConstMetric(c.overdue, prometheus.GaugeValue, c.census.overdue(c.clock).Seconds())
}

// stopWantedSince returns the earliest time at which the object shows that its
// recording was wanted to stop.
func stopWantedSince(recording *v1alpha1.CloudRecording) time.Time {
	if i := slices.IndexFunc(recording.Status.Sessions, isBeingStopped); i >= 0 {
		return recording.Status.Sessions[i].StopRequestedTime.Time
	}
	since := recording.CreationTimestamp.Time
	if ready := meta.FindStatusCondition(recording.Status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		since = ready.LastTransitionTime.Time
	}
	if deleted := recording.DeletionTimestamp; deleted != nil {
		since = deleted.Time
	}
	if requested := recording.Status.StopRequestedTime; requested != nil && (!isDeleting(recording) || requested.Time.Before(since)) {
		since = requested.Time
	}
	return since
}
