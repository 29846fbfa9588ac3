// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// news says which conditions of each type events tell of. A type that is in no row would
// send none without anybody having said so: a test fails for it.
var news = map[string]func(metav1.Condition) bool{
	v1alpha1.StoppedCondition:  func(condition metav1.Condition) bool { return condition.Status == metav1.ConditionTrue },
	v1alpha1.UploadedCondition: hasNone(v1alpha1.RecordingReason, v1alpha1.RestartingReason),
	v1alpha1.VerifiedCondition: hasNone(),
	v1alpha1.ExpiringCondition: hasNone(),
	// What Stopped and Uploaded say is told by them. That the recording is being stopped is
	// no news to who has just said so.
	v1alpha1.ReadyCondition: hasNone(
		v1alpha1.StartingReason, v1alpha1.UpdatingReason, v1alpha1.StoppingReason, v1alpha1.UploadPendingReason,
		v1alpha1.UploadedReason, v1alpha1.NoRecordedDataReason, v1alpha1.NothingToStopReason,
		v1alpha1.ScheduledReason, v1alpha1.WindowPassedReason),
	// Ready says the same.
	v1alpha1.ReconcilingCondition: never,
	v1alpha1.StalledCondition:     never,
}

// hasNone passes conditions that have none of some reasons.
func hasNone(reasons ...string) func(metav1.Condition) bool {
	return func(condition metav1.Condition) bool { return !slices.Contains(reasons, condition.Reason) }
}

func never(metav1.Condition) bool { return false }

// IsNews says whether an event tells of a condition.
func IsNews(condition metav1.Condition) bool {
	isNews, ok := news[condition.Type]
	return ok && isNews(condition)
}

// IsSaidTwice leaves out what the bucket shows where the upload says it as well,
// or where it shows what is only to be expected of an upload that goes on.
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

// EventType returns whether a condition is announced as a warning.
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

// ReadyReason returns the reason of the condition Ready; empty without one.
func ReadyReason(status v1alpha1.CloudRecordingStatus) string {
	if ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		return ready.Reason
	}
	return ""
}

// BecomesTrue says whether a condition is true now and was not before.
func BecomesTrue(conditionType string, before, after v1alpha1.SessionStatus) bool {
	return !meta.IsStatusConditionTrue(before.Conditions, conditionType) && meta.IsStatusConditionTrue(after.Conditions, conditionType)
}

// KnownOf returns what was known of a session before: it may have been the current one, or
// among those that others had replaced.
func KnownOf(before v1alpha1.CloudRecordingStatus, session v1alpha1.SessionStatus) v1alpha1.SessionStatus {
	i := slices.IndexFunc(before.Sessions, func(known v1alpha1.SessionStatus) bool { return known.SID == session.SID })
	if i < 0 || before.SID == session.SID {
		return before.SessionStatus
	}
	return before.Sessions[i]
}
