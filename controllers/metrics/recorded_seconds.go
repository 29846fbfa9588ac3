// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/utils/clock"
	"k8s.io/utils/lru"
	"sigs.k8s.io/controller-runtime/pkg/cache"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

const (
	// keepEmptySeries is how long the series of a namespace is kept after the namespace's
	// last object is gone, so that it is scraped once more.
	keepEmptySeries = time.Hour

	// maxResumed limits the sessions that are remembered because they turned out not to
	// have ended after they were counted.
	maxResumed = 1024
)

// recordedSeconds counts how long sessions have recorded. Each session is counted once,
// when a status first says that it has ended.
//
// The count starts at zero with the process, as Prometheus expects of a counter. A count
// that started with the sum of all objects would be smaller after a restart if an object
// had been deleted. Prometheus treats a smaller value as a reset, so increase() would
// count all remaining objects again.
type recordedSeconds struct {
	mu     sync.Mutex
	series map[recordedLabels]*recordedSeries
	// resumed is what was counted for sessions that turned out not to have ended, by sid.
	resumed *lru.Cache
}

// recordedLabels are the labels of a series.
type recordedLabels struct{ namespace, mode string }

type recordedSeries struct {
	seconds float64
	objects int
	// emptySince is when the last object was deleted.
	emptySince time.Time
}

func newRecordedSeconds() *recordedSeconds {
	return &recordedSeconds{series: map[recordedLabels]*recordedSeries{}, resumed: lru.New(maxResumed)}
}

// labelsOf returns the labels that a recording counts for. The API server accepts only
// Agora's modes. The mode is empty while a profile is not resolved yet, and then nothing
// has been recorded.
func labelsOf(recording *v1alpha1.CloudRecording) recordedLabels {
	return recordedLabels{namespace: recording.Namespace, mode: string(recording.Spec.Mode)}
}

// of returns a series, and creates it if necessary. The caller holds the lock.
func (r *recordedSeconds) of(labels recordedLabels, now time.Time) *recordedSeries {
	if r.series[labels] == nil {
		r.series[labels] = &recordedSeries{emptySince: now}
	}
	return r.series[labels]
}

// count counts the sessions of a recording that a new status reports as ended.
func (r *recordedSeconds) count(recording *v1alpha1.CloudRecording, after *v1alpha1.CloudRecordingStatus, now time.Time) {
	before := map[string]*v1alpha1.SessionStatus{}
	for _, session := range lifecycle.Sessions(&recording.Status) {
		before[session.SID] = session
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, session := range lifecycle.Sessions(after) {
		old, isKnown := before[session.SID]
		hadEnded, hasEnded := isKnown && old.StoppedTime != nil, session.StoppedTime != nil
		switch {
		case session.SID == "" || hadEnded == hasEnded:
		case hadEnded:
			r.resumed.Add(session.SID, max(r.countedOf(session.SID), lifecycle.RecordedTime(old)))
		default:
			more := max(lifecycle.RecordedTime(session)-r.countedOf(session.SID), 0)
			r.of(labelsOf(recording), now).seconds += more.Seconds()
		}
	}
}

// countedOf returns what was counted for a session that turned out not to have ended.
func (r *recordedSeconds) countedOf(sid string) time.Duration {
	counted, _ := r.resumed.Get(sid)
	duration, _ := counted.(time.Duration)
	return duration
}

// follow updates the number of objects of a series when an object changes. Before or
// after may be nil. Each object has a series from the start, so that its first increase
// is visible.
func (r *recordedSeconds) follow(before, after *v1alpha1.CloudRecording, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if after != nil && after.Spec.Mode != "" {
		r.of(labelsOf(after), now).objects++
	}
	if before == nil || before.Spec.Mode == "" {
		return
	}
	series := r.of(labelsOf(before), now)
	if series.objects--; series.objects == 0 {
		series.emptySince = now
	}
}

// seconds returns the recorded seconds, and drops series that have had no object for long
// enough.
func (r *recordedSeconds) seconds(now time.Time) map[recordedLabels]float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.series, func(_ recordedLabels, series *recordedSeries) bool {
		return series.objects == 0 && now.Sub(series.emptySince) >= keepEmptySeries
	})
	seconds := make(map[recordedLabels]float64, len(r.series))
	for labels, series := range r.series {
		seconds[labels] = series.seconds
	}
	return seconds
}

// recordedCollector collects the recorded seconds while this process leads.
type recordedCollector struct {
	recorded    *recordedSeconds
	elected     <-chan struct{}
	clock       clock.PassiveClock
	description *prometheus.Desc
}

func newRecordedCollector(recorded *recordedSeconds, from Recordings) *recordedCollector {
	return &recordedCollector{
		recorded: recorded, elected: from.Elected, clock: from.Clock,
		description: prometheus.NewDesc("cloudrecording_recorded_seconds_total",
			"How long sessions have recorded that have ended since this process began, by the namespace and the mode of their recording.",
			[]string{"namespace", "mode"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (c *recordedCollector) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- c.description
}

// Collect implements prometheus.Collector.
func (c *recordedCollector) Collect(collected chan<- prometheus.Metric) {
	select {
	case <-c.elected:
	default:
		return
	}
	for labels, seconds := range c.recorded.seconds(c.clock.Now()) {
		collected <- prometheus.MustNewConstMetric(c.description, prometheus.CounterValue, seconds, labels.namespace, labels.mode)
	}
}

// watch starts to follow the recordings in the cache.
func (c *recordedCollector) watch(ctx context.Context, informers cache.Informers) error {
	return followRecordings(ctx, informers, func(before, after *v1alpha1.CloudRecording) {
		c.recorded.follow(before, after, c.clock.Now())
	})
}
