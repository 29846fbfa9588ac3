// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// priorities notes with which priority requests are added.
type priorities struct {
	priorityqueue.PriorityQueue[reconcile.Request]
	added []int
}

func (p *priorities) AddWithOpts(options priorityqueue.AddOpts, _ ...reconcile.Request) {
	p.added = append(p.added, ptr.Deref(options.Priority, 0))
}

// TestQueueAtTheStart states that what is to be stopped comes before all else,
// also among the objects that are listed first.
func TestQueueAtTheStart(t *testing.T) {
	for name, test := range map[string]struct {
		recording situation
		initial   bool
		want      int
	}{
		"a recording that runs, listed first":      {given(), true, -100},
		"a recording that runs, new":               {given(), false, 0},
		"a recording to stop, listed first":        {given(wantedStopped), true, priorityStop},
		"a recording to stop, new":                 {given(wantedStopped), false, priorityStop},
		"a deleted one, listed first":              {given(deleted), true, priorityStop},
		"a deleted one that is not to be stopped":  {given(deleted, orphaned), true, -100},
		"a stopped one, listed first":              {given(stoppedAgo(0, "")), true, -100},
		"a suspended one that is to be stopped":    {given(suspended, wantedStopped), true, priorityStop},
		"a stopped one whose object is deleted":    {given(uploaded, deleted), true, -100},
		"a completed one that was listed at first": {given(uploaded), true, -100},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			queue := &priorities{}
			created := event.TypedCreateEvent[client.Object]{Object: &test.recording.recording, IsInInitialList: test.initial}
			recordingHandler{}.Create(context.Background(), created, queue)
			g.Expect(queue.added).To(Equal([]int{test.want}))
		})
	}
}

// TestQueueOnChange states which changes make a recording be reconciled.
func TestQueueOnChange(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*v1alpha1.CloudRecording)
		want   []int
	}{
		"its status": {func(r *v1alpha1.CloudRecording) { r.Status.Phase = v1alpha1.PhaseCompleted }, nil},
		"its labels": {func(r *v1alpha1.CloudRecording) { r.Labels = map[string]string{"a": "b"} }, nil},
		"its spec":   {func(r *v1alpha1.CloudRecording) { r.Generation++ }, []int{0}},
		"reconcile-at": {func(r *v1alpha1.CloudRecording) {
			r.Annotations = map[string]string{v1alpha1.ReconcileAtAnnotation: "now"}
		}, []int{0}},
		"its finalizers": {func(r *v1alpha1.CloudRecording) { r.Finalizers = nil }, []int{0}},
		"its state": {func(r *v1alpha1.CloudRecording) {
			r.Spec.State = v1alpha1.RecordingStateStopped
			r.Generation++
		}, []int{priorityStop}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			before := given().recording
			after := *before.DeepCopy()
			test.change(&after)
			queue := &priorities{}
			recordingHandler{}.Update(context.Background(), event.TypedUpdateEvent[client.Object]{ObjectOld: &before, ObjectNew: &after}, queue)
			g.Expect(queue.added).To(Equal(test.want))
		})
	}
}

func TestRecordingWhoseTurnComesGoesBeforeThoseThatBeginToWait(t *testing.T) {
	g := NewWithT(t)
	runs := &v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{State: v1alpha1.RecordingStateRecording}}
	stops := &v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{State: v1alpha1.RecordingStateStopped}}
	g.Expect(duePriority(stops)).To(BeNumerically(">", queuePriority(stops)))
	g.Expect(duePriority(stops)).To(BeNumerically(">", duePriority(runs)))
	g.Expect(duePriority(runs)).To(BeNumerically(">", priorityAnswer))
}
