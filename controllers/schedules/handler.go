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

// scheduleIndex indexes recordings by the schedule in their label.
const scheduleIndex = "schedule"

// scheduleOf returns the index value of a recording: the schedule in its label.
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

// changed passes edits of schedules, but not changes of their status.
func changed() predicate.Predicate {
	return predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, predicate.LabelChangedPredicate{}, predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			return e.ObjectOld.GetAnnotations()[v1alpha1.ReconcileAtAnnotation] != e.ObjectNew.GetAnnotations()[v1alpha1.ReconcileAtAnnotation]
		},
	})
}

// progressed passes the changes of a recording that matter for its schedule: its phase,
// its window, its schedule label, and its deletion.
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
