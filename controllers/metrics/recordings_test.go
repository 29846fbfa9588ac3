// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// withCondition returns a recording with one condition that is True.
func withCondition(conditionType, reason string) *v1alpha1.CloudRecording {
	recording := &v1alpha1.CloudRecording{}
	recording.Status.Conditions = []metav1.Condition{{Type: conditionType, Status: metav1.ConditionTrue, Reason: reason}}
	return recording
}

func newCollector(elected <-chan struct{}) *recordingsCollector {
	return newRecordingsCollector(Recordings{
		Departed:       func() (int, []time.Time) { return 0, nil },
		UnwrittenSince: func() []time.Time { return nil },
		Elected:        elected,
		Clock:          clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)),
	})
}

func TestStalledRecordingsAreCountedByReason(t *testing.T) {
	g := NewWithT(t)
	elected := make(chan struct{})
	collector := newCollector(elected)
	rejected := withCondition(v1alpha1.StalledCondition, v1alpha1.CredentialsRejectedReason)
	mended := withCondition(v1alpha1.ReadyCondition, v1alpha1.RecordingReason)
	collector.change(nil, rejected)
	collector.change(nil, rejected)
	collector.change(rejected, mended)
	collector.change(nil, withCondition(v1alpha1.StalledCondition, "MadeUp"))
	collector.change(nil, withCondition(v1alpha1.StalledCondition, "MadeUpAsWell"))

	g.Expect(testutil.CollectAndCount(collector)).To(BeZero(), "another replica leads")
	close(elected)
	const name = "cloudrecording_recordings_stalled"
	g.Expect(testutil.CollectAndCount(collector, name)).To(Equal(len(v1alpha1.StalledReasons()) + 1))
	lines, err := testutil.CollectAndFormat(collector, expfmt.TypeTextPlain, name)
	g.Expect(err).NotTo(HaveOccurred())
	var counted []string
	for line := range strings.Lines(string(lines)) {
		if !strings.HasPrefix(line, "#") && !strings.HasSuffix(line, " 0\n") {
			counted = append(counted, strings.TrimSpace(line))
		}
	}
	g.Expect(counted).To(ConsistOf(name+`{reason="CredentialsRejected"} 1`, name+`{reason="Other"} 2`))
}

func TestUploadsAreCountedByEvidence(t *testing.T) {
	g := NewWithT(t)
	registry := prometheus.NewRegistry()
	metrics, err := NewMetrics(registry)
	g.Expect(err).NotTo(HaveOccurred())
	now := metav1.NewTime(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	uploaded := func(reason string) v1alpha1.CloudRecordingStatus {
		status := withCondition(v1alpha1.UploadedCondition, reason).Status
		status.StoppedTime, status.UploadedTime = &now, &now
		return status
	}
	notified := uploaded(v1alpha1.NotifiedByAgoraReason)
	record := func(before, after v1alpha1.CloudRecordingStatus) {
		metrics.Recorded(&v1alpha1.CloudRecording{Status: before}, after, now.Time)
	}
	record(v1alpha1.CloudRecordingStatus{}, notified)
	record(notified, notified)
	record(v1alpha1.CloudRecordingStatus{}, uploaded("MadeUp"))

	g.Expect(testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP cloudrecording_uploads_confirmed_total Recordings with evidence of their upload, by the evidence: the reason of their condition Uploaded.
# TYPE cloudrecording_uploads_confirmed_total counter
cloudrecording_uploads_confirmed_total{evidence="NoRecordedData"} 0
cloudrecording_uploads_confirmed_total{evidence="NotifiedByAgora"} 1
cloudrecording_uploads_confirmed_total{evidence="Other"} 1
cloudrecording_uploads_confirmed_total{evidence="ReportedByAgora"} 0
cloudrecording_uploads_confirmed_total{evidence="VerifiedInStorage"} 0
`), "cloudrecording_uploads_confirmed_total")).To(Succeed())
}
