// SPDX-License-Identifier: Apache-2.0

package departures

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

func TestDepartedAreCountedUntilTheyAreForgotten(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	noon := recordingtest.Noon
	tracker := New(Options{})
	running, stopping := recordingtest.Adopted(noon), recordingtest.Adopted(noon)
	stopping.Name, stopping.UID = "stopping", "2"
	stopping.Spec.State = v1alpha1.RecordingStateStopped
	keep := func(recording *v1alpha1.CloudRecording, at time.Time) (time.Time, bool) {
		return tracker.known.keep(recording, at)
	}
	expect := func(all int, stopsWantedSince ...time.Time) {
		t.Helper()
		count, since := tracker.Count()
		g.Expect(count).To(Equal(all))
		g.Expect(since).To(ConsistOf(stopsWantedSince))
	}
	expect(0)

	for _, recording := range []*v1alpha1.CloudRecording{running, stopping} {
		since, isNew := keep(recording, noon)
		g.Expect(since).To(Equal(noon))
		g.Expect(isNew).To(BeTrue())
	}
	expect(2, noon)
	since, isNew := keep(stopping, noon.Add(time.Minute))
	g.Expect(since).To(Equal(noon))
	g.Expect(isNew).To(BeFalse())
	expect(2, noon)

	meta.SetStatusCondition(&stopping.Status.Conditions, metav1.Condition{Type: v1alpha1.StoppedCondition, Status: metav1.ConditionTrue})
	keep(stopping, noon.Add(2*time.Minute))
	expect(2)

	running.UID = "3"
	since, isNew = keep(running, noon.Add(time.Hour))
	g.Expect(since).To(Equal(noon.Add(time.Hour)), "another object of the same name")
	g.Expect(isNew).To(BeTrue())
	expect(2)

	tracker.Forget(client.ObjectKeyFromObject(running))
	g.Expect(tracker.Has(client.ObjectKeyFromObject(running))).To(BeFalse())
	g.Expect(tracker.Has(client.ObjectKeyFromObject(stopping))).To(BeTrue())
	expect(1)
}

func TestDepartedAreReconciledSoon(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pollInterval, planned, expected time.Duration
		priority                        int
	}{
		"nothing planned":        {pollInterval: 10 * time.Second, planned: 0, expected: 10 * time.Second},
		"planned for later":      {pollInterval: 10 * time.Second, planned: time.Hour, expected: 10 * time.Second},
		"planned for sooner":     {pollInterval: 10 * time.Second, planned: time.Second, expected: time.Second, priority: 1},
		"recordings seldom poll": {pollInterval: time.Hour, planned: time.Hour, expected: longestRecheck},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			tracker := New(Options{PollInterval: c.pollInterval})
			recording := recordingtest.Adopted(recordingtest.Noon)
			planned := reconcile.Result{RequeueAfter: c.planned, Priority: ptr.To(1)}
			g.Expect(tracker.Recheck(client.ObjectKeyFromObject(recording), planned)).To(Equal(planned), "it has not departed")

			tracker.known.keep(recording, recordingtest.Noon)
			again := tracker.Recheck(client.ObjectKeyFromObject(recording), planned)
			g.Expect(again.RequeueAfter).To(Equal(c.expected))
			g.Expect(again.Priority).To(HaveValue(Equal(c.priority)))
		})
	}
}
