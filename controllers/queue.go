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

// Priorities in the controller's queue. controller-runtime gives the objects of the initial
// list the lowest one. A recording that is to be stopped must not wait among them.
const (
	priorityStop   = 100
	priorityAnswer = 50

	// priorityDue is added when the recording's turn in its account's budget comes. The turn
	// must not be lost behind thousands of recordings that have just begun to wait.
	priorityDue = 100
)

// requests is the controller's queue.
type requests = workqueue.TypedRateLimitingInterface[reconcile.Request]

// queuePriority returns the priority of a recording.
func queuePriority(recording *v1alpha1.CloudRecording) int {
	if lifecycle.IsUrgent(recording) {
		return priorityStop
	}
	return 0
}

// listedPriority returns the priority of a recording in the initial list. A recording whose
// time ended while no operator ran must be stopped, although its status does not say so yet.
func listedPriority(recording *v1alpha1.CloudRecording, now time.Time) int {
	if queuePriority(recording) == priorityStop || decision.IsOvertime(recording, now) {
		return priorityStop
	}
	return handler.LowPriority
}

// duePriority returns the priority of a recording whose turn comes.
func duePriority(recording *v1alpha1.CloudRecording) int {
	return queuePriority(recording) + priorityDue
}

// recordingHandler enqueues a recording when it appears, changes or goes.
type recordingHandler struct{ clock clock.PassiveClock }

var _ handler.EventHandler = recordingHandler{}

// Create enqueues a recording that is new or part of the initial list.
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

// Update enqueues a recording, unless only its status changed: the operator wrote that itself.
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

// Delete enqueues a recording that is gone, so that it is forgotten.
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

// answerHandler enqueues a recording for which something has arrived.
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
