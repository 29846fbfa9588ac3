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
	// keepEmptySeries is how long what was recorded in a namespace is shown after the last
	// object of it is gone: long enough to be read once more.
	keepEmptySeries = time.Hour

	// maxResumed bounds of how many sessions is remembered what was counted of them when
	// they turned out to go on.
	maxResumed = 1024
)

// recordedSeconds counts for how long sessions have recorded: each once, when a status
// says for the first time that it has ended.
//
// The count begins at zero with the process, as Prometheus expects of a counter. One that
// began with what the objects hold would be smaller after a restart if any was deleted
// before, and a counter that falls counts as begun anew: increase() would take all that is
// left for recorded once more.
type recordedSeconds struct {
	mu     sync.Mutex
	series map[recordedLabels]*recordedSeries
	// resumed is what was counted of sessions that turned out to go on, by their sid.
	resumed *lru.Cache
}

// recordedLabels are the labels of a series.
type recordedLabels struct{ namespace, mode string }

type recordedSeries struct {
	seconds float64
	objects int
	// emptySince is since when there is no object.
	emptySince time.Time
}

func newRecordedSeconds() *recordedSeconds {
	return &recordedSeconds{series: map[recordedLabels]*recordedSeries{}, resumed: lru.New(maxResumed)}
}

// labelsOf returns the labels that a recording counts for. The API server takes no modes but
// Agora's. There is none while a profile does not hold yet, and nothing has been recorded.
func labelsOf(recording *v1alpha1.CloudRecording) recordedLabels {
	return recordedLabels{namespace: recording.Namespace, mode: string(recording.Spec.Mode)}
}

// of returns a series. The caller holds the lock.
func (r *recordedSeconds) of(labels recordedLabels, now time.Time) *recordedSeries {
	if r.series[labels] == nil {
		r.series[labels] = &recordedSeries{emptySince: now}
	}
	return r.series[labels]
}

// count counts the sessions of a recording that have ended by a new status.
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

// countedOf returns what was counted of a session before it turned out to go on.
func (r *recordedSeconds) countedOf(sid string) time.Duration {
	counted, _ := r.resumed.Get(sid)
	duration, _ := counted.(time.Duration)
	return duration
}

// follow notes that an object is now as it is in place of what it was; either may be nil.
// There is a series for each object, so that its first increase shows.
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

// seconds returns what was recorded, and drops what belongs to no object any more.
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

// recordedCollector shows what was recorded, as long as this process leads.
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

// Describe describes the metric.
func (c *recordedCollector) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- c.description
}

// Collect reads what was recorded.
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

// watch follows which recordings there are.
func (c *recordedCollector) watch(ctx context.Context, informers cache.Informers) error {
	return followRecordings(ctx, informers, func(before, after *v1alpha1.CloudRecording) {
		c.recorded.follow(before, after, c.clock.Now())
	})
}
