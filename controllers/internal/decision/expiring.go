// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// expiringCondition says that Agora will soon take no more calls for the recording.
func expiringCondition(recording *v1alpha1.CloudRecording, now time.Time) condition {
	switch {
	case !isBoundByWindow(recording) || warnFrom(recording).After(now):
		return condition{}
	case cannotStartNext(recording):
		return condition{metav1.ConditionTrue, v1alpha1.SessionLimitReachedReason, expiringMessage(recording)}
	default:
		return condition{metav1.ConditionTrue, v1alpha1.ControlWindowEndingReason, expiringMessage(recording)}
	}
}

// cannotStartNext says whether the current session is the last one though another
// was to take its place before its control window ends.
func cannotStartNext(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.Start.OnExpiry == v1alpha1.ExpiryPolicyStartNext && !lifecycle.WantsStop(recording) && isFull(&recording.Status)
}
