// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	testingclock "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/outline"
	"cloudrecording.dev/operator/controllers/internal/pace"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/internal/tasks"
)

// reading is a reconciler that reads large recordings.
func reading() (*CloudRecordingReconciler, *testingclock.FakeClock) {
	clock := testingclock.NewFakeClock(recordingtest.Noon)
	leads := func(time.Duration) bool { return true }
	return &CloudRecordingReconciler{
		Clock: clock, reads: pace.New(clock),
		calls: tasks.NewRunner[agora.Answer](clock, leads), verifications: tasks.NewRunner[decision.Verification](clock, leads),
	}, clock
}

// largeOutline is what the cache keeps of a recording of so many bytes.
func largeOutline(namespace string, size int) *v1alpha1.CloudRecording {
	recording := recordingtest.Adopted(recordingtest.Noon)
	recording.Namespace = namespace
	recording.Spec.Start = &v1alpha1.StartSpec{RawParameters: []v1alpha1.RawParameter{{Value: strings.Repeat("x", size)}}}
	outline.Reduce(recording, outline.LargeBytes)
	return recording
}

func TestReadsOfLargeRecordingsAreSpaced(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	r, clock := reading()
	large := largeOutline("crowded", 2*pace.BytesPerSecond)

	g.Expect(r.awaitRead(large, &tracked{})).To(BeZero(), "the first at once")
	waits := make([]time.Duration, 3)
	places := make([]tracked, 3)
	for i := range waits {
		waits[i] = r.awaitRead(large, &places[i])
	}
	g.Expect(waits[0]).To(BeNumerically("~", 2*time.Second, 100*time.Millisecond))
	g.Expect(waits[1] - waits[0]).To(BeNumerically("~", 2*time.Second, 100*time.Millisecond))
	g.Expect(waits[2] - waits[1]).To(BeNumerically("~", 2*time.Second, 100*time.Millisecond))
	g.Expect(r.awaitRead(large, &places[0])).To(Equal(waits[0]), "who asks again keeps the place")

	clock.Step(waits[2])
	for i := range places {
		g.Expect(r.awaitRead(large, &places[i])).To(BeZero())
	}
	g.Expect(r.awaitRead(largeOutline("other", outline.LargeBytes), &tracked{})).To(BeZero(), "another namespace waits for nobody")
}

func TestReadsThatWaitForNothing(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*v1alpha1.CloudRecording, *CloudRecordingReconciler, *tracked){
		"one to be stopped": func(recording *v1alpha1.CloudRecording, _ *CloudRecordingReconciler, _ *tracked) {
			recording.Spec.State = v1alpha1.RecordingStateStopped
		},
		"one that has gone on for longer than it may": func(recording *v1alpha1.CloudRecording, _ *CloudRecordingReconciler, _ *tracked) {
			recording.Status.FirstStartedTime = &metav1.Time{Time: recordingtest.Noon.Add(-time.Hour)}
		},
		"one whose status cannot be written": func(_ *v1alpha1.CloudRecording, _ *CloudRecordingReconciler, known *tracked) {
			known.unwritten.Since = recordingtest.Noon
		},
		"any when the process ends": func(_ *v1alpha1.CloudRecording, r *CloudRecordingReconciler, _ *tracked) { r.ending.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			r, _ := reading()
			g.Expect(r.reads.Reserve("crowded", pace.BytesPerSecond)).To(Equal(recordingtest.Noon))
			recording, known := largeOutline("crowded", outline.LargeBytes), tracked{}
			recording.Spec.ResourceID, recording.Spec.SID = "", ""
			recording.Spec.MaxDuration = &metav1.Duration{Duration: time.Hour}
			recording.Status.SID, recording.Status.FirstStartedTime = "sid", &metav1.Time{Time: recordingtest.Noon}
			g.Expect(r.awaitRead(recording, &tracked{})).To(BeNumerically(">", 0))
			change(recording, r, &known)
			g.Expect(r.awaitRead(recording, &known)).To(BeZero())
		})
	}
}
