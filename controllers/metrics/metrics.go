// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/storage"
)

// Metrics are the operator's own metrics, in addition to those of controller-runtime. No
// label contains a secret or the name of a recording.
type Metrics struct {
	registerer           prometheus.Registerer
	requests             *prometheus.CounterVec
	requestDuration      *prometheus.HistogramVec
	budgetWait           *prometheus.HistogramVec
	stopDuration         prometheus.Histogram
	confirmDuration      prometheus.Histogram
	uploadsConfirmed     *prometheus.CounterVec
	verifications        *prometheus.CounterVec
	verificationDuration prometheus.Histogram
	windowsMissed        prometheus.Counter
	occurrencesMissed    *prometheus.CounterVec
	recorded             *recordedSeconds
}

// NewMetrics registers the metrics.
func NewMetrics(registerer prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		registerer: registerer,
		recorded:   newRecordedSeconds(),
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
		uploadsConfirmed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cloudrecording_uploads_confirmed_total",
			Help: "Recordings with evidence of their upload, by the evidence: the reason of their condition Uploaded.",
		}, []string{"evidence"}),
		verifications: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cloudrecording_storage_verifications_total",
			Help: "Looks into buckets by what they showed: Complete, Incomplete, or what kept the bucket from being read.",
		}, []string{"result"}),
		verificationDuration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "cloudrecording_storage_verification_duration_seconds",
			Help:    "How long looks into buckets took, the wait for their turn included.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120},
		}),
		windowsMissed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cloudrecording_windows_missed_total",
			Help: "Recordings that could not be started before spec.window was over.",
		}),
		occurrencesMissed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cloudrecording_occurrences_missed_total",
			Help: "Occurrences of schedules for which no recording was made in time, by why: TooLate, Overlap, NameTaken or Refused.",
		}, []string{"reason"}),
	}
	for _, reason := range v1alpha1.MissedReasons() {
		m.occurrencesMissed.WithLabelValues(string(reason))
	}
	collectors := []prometheus.Collector{
		m.requests, m.requestDuration, m.budgetWait, m.stopDuration, m.confirmDuration, m.uploadsConfirmed, m.verifications,
		m.verificationDuration, m.windowsMissed, m.occurrencesMissed,
	}
	for _, collector := range collectors {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the metrics: %w", err)
		}
	}
	// A counter that only appears with its first increase hides that increase.
	for _, evidence := range append(v1alpha1.EvidenceReasons(), otherReason) {
		m.uploadsConfirmed.WithLabelValues(evidence)
	}
	return m, nil
}

// otherReason is the label for an unknown reason. Somebody may have written the status by
// hand.
const otherReason = "Other"

// labelOf returns the metric label of a reason. All unknown reasons share one label.
func labelOf(reason string, known []string) string {
	if !slices.Contains(known, reason) {
		return otherReason
	}
	return reason
}

// Called records a call to Agora.
func (m *Metrics) Called(method agora.Method, conclusion agora.Conclusion, duration time.Duration) {
	m.requests.WithLabelValues(string(method), conclusion.String()).Inc()
	m.requestDuration.WithLabelValues(string(method)).Observe(duration.Seconds())
}

// Waited records how long a request waited for its turn.
func (m *Metrics) Waited(priority budget.Priority, wait time.Duration) {
	m.budgetWait.WithLabelValues(priority.String()).Observe(max(wait, 0).Seconds())
}

// Verified records the verification of a recording in its bucket.
func (m *Metrics) Verified(finding storage.Finding, err error, duration time.Duration) {
	result := "Incomplete"
	var problem *storage.Problem
	switch {
	case errors.As(err, &problem):
		result = problem.Kind.String()
	case err != nil:
		// The process is shutting down, or the recording was deleted.
		return
	case finding.Complete():
		result = "Complete"
	}
	m.verifications.WithLabelValues(result).Inc()
	m.verificationDuration.Observe(duration.Seconds())
}

// Recorded records what a new status of a recording says for the first time.
func (m *Metrics) Recorded(recording *v1alpha1.CloudRecording, after v1alpha1.CloudRecordingStatus, now time.Time) {
	before := recording.Status
	m.recorded.count(recording, &after, now)
	if after.StopReason == v1alpha1.StopReasonWindowMissed && before.StopReason != after.StopReason {
		m.windowsMissed.Inc()
	}
	if after.StoppedTime == nil {
		return
	}
	if becameTrue(v1alpha1.StoppedCondition, before, after) && after.StopRequestedTime != nil {
		m.stopDuration.Observe(after.StoppedTime.Sub(after.StopRequestedTime.Time).Seconds())
	}
	if !becameTrue(v1alpha1.UploadedCondition, before, after) {
		return
	}
	evidence := meta.FindStatusCondition(after.Conditions, v1alpha1.UploadedCondition).Reason
	m.uploadsConfirmed.WithLabelValues(labelOf(evidence, v1alpha1.EvidenceReasons())).Inc()
	if after.UploadedTime != nil {
		m.confirmDuration.Observe(after.UploadedTime.Sub(after.StoppedTime.Time).Seconds())
	}
}

// OccurrencesMissed counts occurrences of a schedule for which no recording was made in
// time.
func (m *Metrics) OccurrencesMissed(reason v1alpha1.MissedReason, count int) {
	m.occurrencesMissed.WithLabelValues(string(reason)).Add(float64(count))
}

func becameTrue(conditionType string, before, after v1alpha1.CloudRecordingStatus) bool {
	return !meta.IsStatusConditionTrue(before.Conditions, conditionType) &&
		meta.IsStatusConditionTrue(after.Conditions, conditionType)
}
