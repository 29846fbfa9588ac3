// SPDX-License-Identifier: Apache-2.0

package schedules

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// scheduleIndex finds the recordings with the label of a schedule.
const scheduleIndex = "schedule"

// scheduleOf returns the schedule of a recording, by its label.
func scheduleOf(recording *v1alpha1.CloudRecording) []string {
	if name := recording.Labels[v1alpha1.ScheduleLabel]; name != "" {
		return []string{name}
	}
	return nil
}

// toSchedule enqueues the schedule of a recording.
func toSchedule(_ context.Context, object client.Object) []reconcile.Request {
	name := object.GetLabels()[v1alpha1.ScheduleLabel]
	if name == "" {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace(), Name: name}}}
}

// changed notices edits of schedules, and none of their statuses.
func changed() predicate.Predicate {
	return predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, predicate.LabelChangedPredicate{}, predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			return e.ObjectOld.GetAnnotations()[v1alpha1.ReconcileAtAnnotation] != e.ObjectNew.GetAnnotations()[v1alpha1.ReconcileAtAnnotation]
		},
	})
}

// progressed notices what of a recording counts for its schedule: how far it is, its window,
// whose it is, and that it goes.
func progressed() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, isBefore := e.ObjectOld.(*v1alpha1.CloudRecording)
		after, isAfter := e.ObjectNew.(*v1alpha1.CloudRecording)
		return !isBefore || !isAfter ||
			before.Status.Phase != after.Status.Phase ||
			before.Labels[v1alpha1.ScheduleLabel] != after.Labels[v1alpha1.ScheduleLabel] ||
			!before.DeletionTimestamp.Equal(after.DeletionTimestamp) ||
			!equality.Semantic.DeepEqual(before.Spec.Window, after.Spec.Window)
	}}
}
