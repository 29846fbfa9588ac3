// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// Priorities in the controller's queue. controller-runtime gives whatever it
// lists first the lowest one; what is to be stopped must not wait behind it.
const (
	priorityStop   = 100
	priorityAnswer = 50

	// priorityDue is added for those whose turn in their account's budget comes:
	// it must not be lost behind thousands that have just begun to wait.
	priorityDue = 100
)

// requests is the controller's queue.
type requests = workqueue.TypedRateLimitingInterface[reconcile.Request]

// queuePriority returns the need of a recording.
func queuePriority(recording *v1alpha1.CloudRecording) int {
	if lifecycle.IsUrgent(recording) {
		return priorityStop
	}
	return 0
}

// listedPriority returns the need of a recording that is listed first. One whose time was
// over while no operator ran is to be stopped though its status does not say so yet.
func listedPriority(recording *v1alpha1.CloudRecording, now time.Time) int {
	if queuePriority(recording) == priorityStop || decision.IsOvertime(recording, now) {
		return priorityStop
	}
	return handler.LowPriority
}

// duePriority returns the need of a recording whose turn comes.
func duePriority(recording *v1alpha1.CloudRecording) int {
	return queuePriority(recording) + priorityDue
}

// recordingHandler enqueues a recording when it appears, changes or goes.
type recordingHandler struct{ clock clock.PassiveClock }

var _ handler.EventHandler = recordingHandler{}

// Create enqueues a recording with its need, also when it is listed first.
func (h recordingHandler) Create(_ context.Context, e event.CreateEvent, q requests) {
	recording, ok := e.Object.(*v1alpha1.CloudRecording)
	if !ok {
		return
	}
	priority := queuePriority(recording)
	if e.IsInInitialList {
		priority = listedPriority(recording, h.clock.Now())
	}
	enqueue(q, recording, priority)
}

// Update enqueues a recording unless only its status changed: that is the
// operator's own writing.
func (recordingHandler) Update(_ context.Context, e event.UpdateEvent, q requests) {
	before, ok := e.ObjectOld.(*v1alpha1.CloudRecording)
	if !ok {
		return
	}
	after, ok := e.ObjectNew.(*v1alpha1.CloudRecording)
	if !ok || !isChanged(before, after) {
		return
	}
	enqueue(q, after, queuePriority(after))
}

// Delete enqueues a recording that is gone, for the last of it to be forgotten.
func (recordingHandler) Delete(_ context.Context, e event.DeleteEvent, q requests) {
	enqueue(q, e.Object, 0)
}

// Generic does nothing: answers have a handler of their own.
func (recordingHandler) Generic(context.Context, event.GenericEvent, requests) {}

func isChanged(before, after *v1alpha1.CloudRecording) bool {
	return before.UID != after.UID ||
		before.Generation != after.Generation ||
		!before.DeletionTimestamp.Equal(after.DeletionTimestamp) ||
		before.Annotations[v1alpha1.ReconcileAtAnnotation] != after.Annotations[v1alpha1.ReconcileAtAnnotation] ||
		!equality.Semantic.DeepEqual(before.Finalizers, after.Finalizers)
}

// answerHandler enqueues a recording whose answer has come.
func answerHandler() handler.TypedEventHandler[*v1alpha1.CloudRecording, reconcile.Request] {
	return handler.TypedFuncs[*v1alpha1.CloudRecording, reconcile.Request]{
		GenericFunc: func(_ context.Context, e event.TypedGenericEvent[*v1alpha1.CloudRecording], q requests) {
			enqueue(q, e.Object, priorityAnswer)
		},
	}
}

func enqueue(q requests, object client.Object, priority int) {
	request := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(object)}
	if prioritized, ok := q.(priorityqueue.PriorityQueue[reconcile.Request]); ok {
		prioritized.AddWithOpts(priorityqueue.AddOpts{Priority: ptr.To(priority)}, request)
		return
	}
	q.Add(request)
}
