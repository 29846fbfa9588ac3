// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// uploadedCondition says how far the upload of all sessions is. It is true once there is
// evidence for each session, and no other session will begin.
func uploadedCondition(recording *v1alpha1.CloudRecording, observed *Observation) condition {
	status := &recording.Status
	session := &status.SessionStatus
	switch {
	case isScheduled(recording, observed):
		return condition{}
	case !lifecycle.HasEnded(session):
		return condition{metav1.ConditionFalse, v1alpha1.RecordingReason, messageUploadAwaitsEnd}
	case !lifecycle.HasUploaded(session) && status.UploadingStatus == agora.Backuped:
		return condition{metav1.ConditionFalse, v1alpha1.BackupedReason, messageBackuped}
	case !lifecycle.HasUploaded(session):
		return condition{metav1.ConditionUnknown, v1alpha1.NotReportedReason, messageNotReported}
	case awaitsRestart(recording, observed):
		return condition{metav1.ConditionFalse, v1alpha1.RestartingReason, messageMoreToCome}
	default:
		return uploadedOfAll(recording)
	}
}

// uploadedOfAll says how far the upload of the previous sessions is, once there is evidence
// for the current one.
func uploadedOfAll(recording *v1alpha1.CloudRecording) condition {
	status := &recording.Status
	own := condition{metav1.ConditionTrue, status.UploadedReason, uploadedMessage(recording)}
	for _, session := range status.Sessions {
		uploaded := meta.FindStatusCondition(session.Conditions, v1alpha1.UploadedCondition)
		if uploaded == nil {
			continue
		}
		of := condition{uploaded.Status, uploaded.Reason, OfSession(session.SID, uploaded.Message)}
		if of.status != metav1.ConditionTrue {
			return of
		}
		if of.reason != v1alpha1.NoRecordedDataReason && status.UploadedReason == v1alpha1.NoRecordedDataReason {
			// There are files, although the last session has none.
			own = of
		}
	}
	return own
}
