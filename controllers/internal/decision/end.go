// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// completesEmpty reports whether the recording has come to its normal end in an empty
// channel, and nobody wants it to stop for another reason.
func completesEmpty(recording *v1alpha1.CloudRecording) bool {
	return !lifecycle.WantsStop(recording) && !lifecycle.IsDeleting(recording) && lifecycle.CompletesEmpty(recording)
}

// concludeNothingInChannel notes that nothing was recorded because the channel was empty:
// nobody named a file, and the bucket has held none for as long as files may take to
// arrive. If a recorder ended by itself, no answer to a stop says so.
func concludeNothingInChannel(recording *v1alpha1.CloudRecording, now time.Time, settings Settings, plan *Plan) {
	session := &recording.Status.SessionStatus
	if !lifecycle.HasEnded(session) || lifecycle.HasUploaded(session) || len(recording.Status.FileList) > 0 || !lifecycle.WasChannelEmpty(recording) {
		return
	}
	verified := meta.FindStatusCondition(recording.Status.Conditions, v1alpha1.VerifiedCondition)
	if verified == nil || verified.Reason != v1alpha1.NoFilesFoundReason {
		return
	}
	if over := stoppedTime(session, now).Add(settings.UploadSettleTime); over.After(now) {
		plan.requeueAt(now, over)
		return
	}
	noteUploaded(session, now, v1alpha1.NoRecordedDataReason)
}

// noteEnd notes that the session has ended, and how that is known.
func noteEnd(session *v1alpha1.SessionStatus, memory *Memory, now time.Time, reason string) {
	if session.StoppedTime == nil {
		session.StoppedTime = stampOf(now)
	}
	session.StoppedReason = reason
	clearCallError(session)
	memory.failures = 0
}

// concludeUpload notes evidence of the upload.
func concludeUpload(session *v1alpha1.SessionStatus, now time.Time, answer agora.Answer) {
	switch {
	case lifecycle.HasUploaded(session):
		return
	case answer.Report.UploadingStatus == agora.Uploaded:
		noteUploaded(session, now, v1alpha1.ReportedByAgoraReason)
	case answer.Conclusion == agora.NoRecordedData && len(session.FileList) == 0:
		noteUploaded(session, now, v1alpha1.NoRecordedDataReason)
	}
}

// noteUploaded notes what shows that the files are in the bucket, or that there are none.
func noteUploaded(session *v1alpha1.SessionStatus, now time.Time, reason string) {
	session.UploadedReason = reason
	session.UploadedTime = stampOf(now)
	session.LastError = nil
	if session.UploadProgress != nil {
		session.UploadProgress = ptr.To[int32](100)
	}
}

// unmarkStopped takes back the conclusion that the recording has ended: the recorder is at
// work, so the conclusion was wrong.
func unmarkStopped(session *v1alpha1.SessionStatus, now time.Time) {
	for _, of := range []string{v1alpha1.StoppedCondition, v1alpha1.UploadedCondition, v1alpha1.VerifiedCondition} {
		meta.RemoveStatusCondition(&session.Conditions, of)
	}
	session.StoppedTime, session.UploadedTime, session.Verification = nil, nil, nil
	session.StoppedReason, session.UploadedReason = "", ""
	session.FileListFinal = false
	forgetNotifiedUpload(session, now)
}
