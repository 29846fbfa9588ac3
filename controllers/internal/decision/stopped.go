// SPDX-License-Identifier: Apache-2.0

package decision

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// stoppedCondition says that every session has ended and that no other will begin.
func stoppedCondition(recording *v1alpha1.CloudRecording, observed *Observation) condition {
	status := &recording.Status
	if !lifecycle.HaveAllEnded(status) || awaitsRestart(recording, observed) {
		return condition{}
	}
	return condition{metav1.ConditionTrue, status.StoppedReason, stoppedMessage(status.StoppedReason)}
}
