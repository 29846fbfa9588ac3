// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/bounds"
)

// condition is what a condition says about a recording. Its zero value is no condition.
type condition struct {
	status  metav1.ConditionStatus
	reason  string
	message string
}

// setCondition sets a condition of the object, or removes it if it says nothing.
func setCondition(recording *v1alpha1.CloudRecording, now time.Time, conditionType string, says condition) {
	if says.status == "" {
		meta.RemoveStatusCondition(&recording.Status.Conditions, conditionType)
		return
	}
	meta.SetStatusCondition(&recording.Status.Conditions, metav1.Condition{
		Type:               conditionType,
		Status:             says.status,
		Reason:             says.reason,
		Message:            bounds.CutText(bounds.Printable(says.message), bounds.MaxMessageBytes),
		ObservedGeneration: recording.Generation,
		LastTransitionTime: *stampOf(now),
	})
}
