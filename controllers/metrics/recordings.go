// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// Recordings are the sources for the metrics of recordings.
type Recordings struct {
	// Cache contains the recordings.
	Cache cache.Informers

	// Departed returns how many recordings the operator still manages although they have
	// left the cache. It also returns, for each of them that should have stopped and has
	// not, since when.
	Departed func() (count int, stopsWantedSince []time.Time)

	// UnwrittenSince returns, for each status that cannot be written, since when its
	// writes have failed.
	UnwrittenSince func() []time.Time

	// Elected is closed once this process leads. Otherwise, two replicas would count
	// everything twice.
	Elected <-chan struct{}

	// Clock tells the time.
	Clock clock.PassiveClock
}

// WatchRecordings registers metrics of the recordings. They have values once this process
// leads.
func (m *Metrics) WatchRecordings(ctx context.Context, from Recordings) error {
	collector := newRecordingsCollector(from)
	recorded := newRecordedCollector(m.recorded, from)
	if err := errors.Join(collector.watch(ctx), recorded.watch(ctx, from.Cache)); err != nil {
		return err
	}
	if err := errors.Join(m.registerer.Register(collector), m.registerer.Register(recorded)); err != nil {
		return fmt.Errorf("register the metrics of recordings: %w", err)
	}
	return nil
}

// recordingsCollector counts the recordings in the cache as they are added, changed and
// deleted. Reading all of them for each scrape would cost too much.
type recordingsCollector struct {
	from Recordings
	recordingDescriptions

	mu           sync.Mutex
	phases       map[v1alpha1.RecordingPhase]int
	stalled      map[string]int
	contradicted int
	expiring     int

	// awaited contains the time since which each recording has been expected to stop.
	awaited map[types.NamespacedName]time.Time
}

// recordingDescriptions are the descriptions of the metrics of recordings.
type recordingDescriptions struct {
	inPhase      *prometheus.Desc
	stall        *prometheus.Desc
	contradict   *prometheus.Desc
	expire       *prometheus.Desc
	longestWait  *prometheus.Desc
	departed     *prometheus.Desc
	unwritten    *prometheus.Desc
	unwrittenFor *prometheus.Desc
}

func newRecordingsCollector(from Recordings) *recordingsCollector {
	return &recordingsCollector{
		from: from,
		recordingDescriptions: recordingDescriptions{
			inPhase: prometheus.NewDesc("cloudrecording_recordings",
				"Recordings by phase.", []string{"phase"}, nil),
			stall: prometheus.NewDesc("cloudrecording_recordings_stalled",
				"Recordings for which a person must act, by the reason of their condition Stalled.", []string{"reason"}, nil),
			contradict: prometheus.NewDesc("cloudrecording_uploads_contradicted",
				"Recordings whose files are all uploaded, as Agora says, and are not all in the bucket.", nil, nil),
			expire: prometheus.NewDesc("cloudrecording_recordings_expiring",
				"Recordings that run and whose control window or token soon ends.", nil, nil),
			longestWait: prometheus.NewDesc("cloudrecording_stop_overdue_seconds",
				"The longest that a recording which is wanted to stop has been waiting to be known to have ended.", nil, nil),
			departed: prometheus.NewDesc("cloudrecording_recordings_departed",
				"Recordings that this operator looks after though their labels no longer match its selector.", nil, nil),
			unwritten: prometheus.NewDesc("cloudrecording_statuses_not_written",
				"Recordings whose status the API server does not take.", nil, nil),
			unwrittenFor: prometheus.NewDesc("cloudrecording_status_not_written_seconds",
				"The longest that the API server has not taken the status of a recording.", nil, nil),
		},
		phases: map[v1alpha1.RecordingPhase]int{
			v1alpha1.PhasePending: 0, v1alpha1.PhaseScheduled: 0, v1alpha1.PhaseStarting: 0, v1alpha1.PhaseRecording: 0,
			v1alpha1.PhaseStopping: 0, v1alpha1.PhaseUploading: 0, v1alpha1.PhaseCompleted: 0,
			v1alpha1.PhaseFailed: 0,
		},
		stalled: countersOf(append(v1alpha1.StalledReasons(), otherReason)),
		awaited: map[types.NamespacedName]time.Time{},
	}
}

// countersOf returns a zero counter for each reason.
func countersOf(reasons []string) map[string]int {
	counters := map[string]int{}
	for _, reason := range reasons {
		counters[reason] = 0
	}
	return counters
}

// Describe implements prometheus.Collector.
func (c *recordingsCollector) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range []*prometheus.Desc{
		c.inPhase, c.stall, c.contradict, c.expire, c.longestWait, c.departed, c.unwritten, c.unwrittenFor,
	} {
		descriptions <- description
	}
}

// Collect implements prometheus.Collector.
func (c *recordingsCollector) Collect(collected chan<- prometheus.Metric) {
	select {
	case <-c.from.Elected:
	default:
		return
	}
	gauge := func(description *prometheus.Desc, value float64, labels ...string) {
		collected <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value, labels...)
	}
	unwritten := c.from.UnwrittenSince()
	gauge(c.unwritten, float64(len(unwritten)))
	gauge(c.unwrittenFor, c.longest(unwritten).Seconds())
	departed, stopsWantedSince := c.from.Departed()
	gauge(c.departed, float64(departed))
	c.mu.Lock()
	defer c.mu.Unlock()
	for phase, count := range c.phases {
		gauge(c.inPhase, float64(count), string(phase))
	}
	for reason, count := range c.stalled {
		gauge(c.stall, float64(count), reason)
	}
	gauge(c.contradict, float64(c.contradicted))
	gauge(c.expire, float64(c.expiring))
	gauge(c.longestWait, c.overdue(stopsWantedSince).Seconds())
}

// watch starts to count the recordings in the cache.
func (c *recordingsCollector) watch(ctx context.Context) error {
	return followRecordings(ctx, c.from.Cache, c.change)
}

// change replaces the counts of an object's old state with those of its new state. Either
// may be nil.
func (c *recordingsCollector) change(before, after *v1alpha1.CloudRecording) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var seen time.Time
	if before != nil {
		name := client.ObjectKeyFromObject(before)
		c.count(before, -1)
		seen = c.awaited[name]
		delete(c.awaited, name)
	}
	if after != nil {
		c.count(after, 1)
		if lifecycle.AwaitsStop(after) {
			c.awaited[client.ObjectKeyFromObject(after)] = lifecycle.StopAwaitedSince(after, seen, c.from.Clock.Now())
		}
	}
}

func (c *recordingsCollector) count(recording *v1alpha1.CloudRecording, by int) {
	c.phases[recording.Status.Phase] += by
	if lifecycle.IsStalled(&recording.Status.SessionStatus) {
		stalled := meta.FindStatusCondition(recording.Status.Conditions, v1alpha1.StalledCondition)
		c.stalled[labelOf(stalled.Reason, v1alpha1.StalledReasons())] += by
	}
	if lifecycle.IsContradicted(recording.Status) {
		c.contradicted += by
	}
	if meta.IsStatusConditionTrue(recording.Status.Conditions, v1alpha1.ExpiringCondition) {
		c.expiring += by
	}
}

// overdue returns the longest time that a recording has been overdue to stop.
func (c *recordingsCollector) overdue(departed []time.Time) time.Duration {
	return c.longest(slices.AppendSeq(departed, maps.Values(c.awaited)))
}

// longest returns the time since the earliest of some times.
func (c *recordingsCollector) longest(times []time.Time) time.Duration {
	var longest time.Duration
	for _, since := range times {
		longest = max(longest, c.from.Clock.Since(since))
	}
	return longest
}
