// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// priorities notes with which priority requests are added.
type priorities struct {
	priorityqueue.PriorityQueue[reconcile.Request]
	added []int
}

func (p *priorities) AddWithOpts(options priorityqueue.AddOpts, _ ...reconcile.Request) {
	p.added = append(p.added, ptr.Deref(options.Priority, 0))
}

// running returns a recording that runs, and is wanted to, with what the changes make of it.
func running(changes ...func(*v1alpha1.CloudRecording)) *v1alpha1.CloudRecording {
	recording := recordingtest.Adopted(recordingtest.Noon)
	recording.Finalizers = []string{v1alpha1.StopFinalizer}
	recording.Status.Phase, recording.Status.ServiceStatus = v1alpha1.PhaseRecording, ptr.To[int32](5)
	for _, change := range changes {
		change(recording)
	}
	return recording
}

func toStop(r *v1alpha1.CloudRecording) { r.Spec.State = v1alpha1.RecordingStateStopped }

func toDelete(r *v1alpha1.CloudRecording) {
	r.DeletionTimestamp = &metav1.Time{Time: recordingtest.Noon}
}

func toOrphan(r *v1alpha1.CloudRecording) { r.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan }

func isSuspendedNow(r *v1alpha1.CloudRecording) { r.Spec.Suspend = true }

func hasClosed(r *v1alpha1.CloudRecording) {
	r.Spec.Window = &v1alpha1.RecordingWindow{End: &metav1.Time{Time: recordingtest.Noon.Add(-time.Minute)}}
}

func hasStopped(r *v1alpha1.CloudRecording) {
	meta.SetStatusCondition(&r.Status.Conditions, metav1.Condition{
		Type: v1alpha1.StoppedCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.StopAcknowledgedReason,
	})
}

// TestQueueAtTheStart states that what is to be stopped comes before all else,
// also among the objects that are listed first.
func TestQueueAtTheStart(t *testing.T) {
	for name, test := range map[string]struct {
		recording *v1alpha1.CloudRecording
		initial   bool
		want      int
	}{
		"a recording that runs, listed first":      {running(), true, -100},
		"a recording that runs, new":               {running(), false, 0},
		"a recording to stop, listed first":        {running(toStop), true, priorityStop},
		"a recording to stop, new":                 {running(toStop), false, priorityStop},
		"a deleted one, listed first":              {running(toDelete), true, priorityStop},
		"a deleted one that is not to be stopped":  {running(toDelete, toOrphan), true, -100},
		"a stopped one, listed first":              {running(toStop, hasStopped), true, -100},
		"a suspended one that is to be stopped":    {running(isSuspendedNow, toStop), true, priorityStop},
		"a stopped one whose object is deleted":    {running(toStop, hasStopped, toDelete), true, -100},
		"one whose window is over, listed first":   {running(hasClosed), true, priorityStop},
		"one whose window is over, and is stopped": {running(hasClosed, hasStopped), true, -100},
		"a completed one that was listed at first": {running(toStop, hasStopped), true, -100},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			queue := &priorities{}
			created := event.TypedCreateEvent[client.Object]{Object: test.recording, IsInInitialList: test.initial}
			recordingHandler{clock: clocktesting.NewFakePassiveClock(recordingtest.Noon)}.Create(context.Background(), created, queue)
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
			before := running()
			after := before.DeepCopy()
			test.change(after)
			queue := &priorities{}
			recordingHandler{clock: clocktesting.NewFakePassiveClock(recordingtest.Noon)}.Update(context.Background(), event.TypedUpdateEvent[client.Object]{ObjectOld: before, ObjectNew: after}, queue)
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
