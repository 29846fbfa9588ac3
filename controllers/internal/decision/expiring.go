// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// expiringCondition says that Agora will soon accept no more calls for the recording, or
// end it with its token.
func expiringCondition(recording *v1alpha1.CloudRecording, now time.Time) condition {
	if !isLimited(recording) {
		return condition{}
	}
	limit := limitOf(recording, &recording.Status.SessionStatus)
	switch {
	case limit.warnFrom().After(now), endsBefore(recording, limit):
		return condition{}
	case cannotStartNext(recording):
		return condition{metav1.ConditionTrue, v1alpha1.SessionLimitReachedReason, expiringMessage(recording, limit)}
	case limit.reason == v1alpha1.StopReasonTokenLifetime:
		return condition{metav1.ConditionTrue, v1alpha1.TokenLifetimeEndingReason, expiringMessage(recording, limit)}
	default:
		return condition{metav1.ConditionTrue, v1alpha1.ControlWindowEndingReason, expiringMessage(recording, limit)}
	}
}

// cannotStartNext reports whether the current session is the last one, although another one
// should take its place before it has to end.
func cannotStartNext(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.Start.OnExpiry == v1alpha1.ExpiryPolicyStartNext && !lifecycle.WantsStop(recording) && isFull(&recording.Status)
}
