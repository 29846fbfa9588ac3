// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// news determines which conditions of each type are announced by an event. A type without a
// row would silently send none, so a test fails for it.
var news = map[string]func(metav1.Condition) bool{
	v1alpha1.StoppedCondition:  func(condition metav1.Condition) bool { return condition.Status == metav1.ConditionTrue },
	v1alpha1.UploadedCondition: hasNone(v1alpha1.RecordingReason, v1alpha1.RestartingReason),
	v1alpha1.VerifiedCondition: hasNone(),
	v1alpha1.ExpiringCondition: hasNone(),
	// Stopped and Uploaded have events of their own. That the recording is being stopped is no
	// news to whoever has just asked for it.
	v1alpha1.ReadyCondition: hasNone(
		v1alpha1.StartingReason, v1alpha1.UpdatingReason, v1alpha1.StoppingReason, v1alpha1.UploadPendingReason,
		v1alpha1.UploadedReason, v1alpha1.NoRecordedDataReason, v1alpha1.NothingToStopReason,
		v1alpha1.ScheduledReason, v1alpha1.WindowPassedReason),
	// Ready says the same.
	v1alpha1.ReconcilingCondition: never,
	v1alpha1.StalledCondition:     never,
}

// hasNone accepts conditions that have none of the given reasons.
func hasNone(reasons ...string) func(metav1.Condition) bool {
	return func(condition metav1.Condition) bool { return !slices.Contains(reasons, condition.Reason) }
}

func never(metav1.Condition) bool { return false }

// IsNews reports whether an event announces a condition.
func IsNews(condition metav1.Condition) bool {
	isNews, ok := news[condition.Type]
	return ok && isNews(condition)
}

// IsSaidTwice reports whether what the bucket shows needs no event, because the upload says
// it as well, or because it is to be expected while the upload goes on.
func IsSaidTwice(condition metav1.Condition, after v1alpha1.SessionStatus) bool {
	if condition.Type != v1alpha1.VerifiedCondition {
		return false
	}
	uploaded := meta.FindStatusCondition(after.Conditions, v1alpha1.UploadedCondition)
	switch condition.Status {
	case metav1.ConditionTrue:
		return uploaded != nil && uploaded.Reason == v1alpha1.VerifiedInStorageReason
	case metav1.ConditionFalse:
		return uploaded == nil || uploaded.Status != metav1.ConditionTrue
	default:
		return condition.Reason == v1alpha1.StillArrivingReason
	}
}

// EventType returns the type of the event that announces a condition.
func EventType(condition metav1.Condition) string {
	if condition.Type == v1alpha1.ExpiringCondition || (condition.Type == v1alpha1.VerifiedCondition && condition.Status != metav1.ConditionTrue) {
		return corev1.EventTypeWarning
	}
	if condition.Type == v1alpha1.ReadyCondition && condition.Status != metav1.ConditionTrue &&
		condition.Reason != v1alpha1.StoppingReason {
		return corev1.EventTypeWarning
	}
	return corev1.EventTypeNormal
}

// ReadyReason returns the reason of the condition Ready, or nothing if there is none.
func ReadyReason(status v1alpha1.CloudRecordingStatus) string {
	if ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		return ready.Reason
	}
	return ""
}

// BecomesTrue reports whether a condition is true now and was not before.
func BecomesTrue(conditionType string, before, after v1alpha1.SessionStatus) bool {
	return !meta.IsStatusConditionTrue(before.Conditions, conditionType) && meta.IsStatusConditionTrue(after.Conditions, conditionType)
}

// KnownOf returns what was known about a session before, whether it was the current session
// then or already a previous one.
func KnownOf(before v1alpha1.CloudRecordingStatus, session v1alpha1.SessionStatus) v1alpha1.SessionStatus {
	i := slices.IndexFunc(before.Sessions, func(known v1alpha1.SessionStatus) bool { return known.SID == session.SID })
	if i < 0 || before.SID == session.SID {
		return before.SessionStatus
	}
	return before.Sessions[i]
}
