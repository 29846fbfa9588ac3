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
)

// reading is a reconciler that reads large recordings.
func reading() (*CloudRecordingReconciler, *testingclock.FakeClock) {
	clock := testingclock.NewFakeClock(noon)
	leads := func(time.Duration) bool { return true }
	return &CloudRecordingReconciler{
		Clock: clock, reads: newReadPace(clock),
		calls: newTasks[agora.Answer](clock, leads), looks: newTasks[look](clock, leads),
	}, clock
}

// largeOutline is what the cache keeps of a recording of so many bytes.
func largeOutline(namespace string, size int) *v1alpha1.CloudRecording {
	recording := newModel().recording
	recording.Namespace = namespace
	recording.Spec.Start = &v1alpha1.StartSpec{RawParameters: []v1alpha1.RawParameter{{Value: strings.Repeat("x", size)}}}
	reduce(recording)
	return recording
}

func TestReadsOfLargeRecordingsAreSpaced(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	r, clock := reading()
	outline := largeOutline("crowded", 2*largeBytesPerSecond)

	g.Expect(r.awaitRead(outline, &remembered{})).To(BeZero(), "the first at once")
	waits := make([]time.Duration, 3)
	places := make([]remembered, 3)
	for i := range waits {
		waits[i] = r.awaitRead(outline, &places[i])
	}
	g.Expect(waits[0]).To(BeNumerically("~", 2*time.Second, 100*time.Millisecond))
	g.Expect(waits[1] - waits[0]).To(BeNumerically("~", 2*time.Second, 100*time.Millisecond))
	g.Expect(waits[2] - waits[1]).To(BeNumerically("~", 2*time.Second, 100*time.Millisecond))
	g.Expect(r.awaitRead(outline, &places[0])).To(Equal(waits[0]), "who asks again keeps the place")

	clock.Step(waits[2])
	for i := range places {
		g.Expect(r.awaitRead(outline, &places[i])).To(BeZero())
	}
	g.Expect(r.awaitRead(largeOutline("other", outlineBytes), &remembered{})).To(BeZero(), "another namespace waits for nobody")
}

func TestReadsThatWaitForNothing(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*v1alpha1.CloudRecording, *CloudRecordingReconciler, *remembered){
		"one to be stopped": func(recording *v1alpha1.CloudRecording, _ *CloudRecordingReconciler, _ *remembered) {
			recording.Spec.State = v1alpha1.RecordingStateStopped
		},
		"one that has gone on for longer than it may": func(recording *v1alpha1.CloudRecording, _ *CloudRecordingReconciler, _ *remembered) {
			recording.Status.FirstStartedTime = &metav1.Time{Time: noon.Add(-time.Hour)}
		},
		"one whose status cannot be written": func(_ *v1alpha1.CloudRecording, _ *CloudRecordingReconciler, known *remembered) {
			known.unwritten.since = noon
		},
		"any when the process ends": func(_ *v1alpha1.CloudRecording, r *CloudRecordingReconciler, _ *remembered) { r.ending.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			r, _ := reading()
			g.Expect(r.reads.reserve("crowded", largeBytesPerSecond)).To(Equal(noon))
			recording, known := largeOutline("crowded", outlineBytes), remembered{}
			recording.Spec.ResourceID, recording.Spec.SID = "", ""
			recording.Spec.MaxDuration = &metav1.Duration{Duration: time.Hour}
			recording.Status.FirstStartedTime = &metav1.Time{Time: noon}
			g.Expect(r.awaitRead(recording, &remembered{})).To(BeNumerically(">", 0))
			change(recording, r, &known)
			g.Expect(r.awaitRead(recording, &known)).To(BeZero())
		})
	}
}
