// SPDX-License-Identifier: Apache-2.0

package decision

import "cloudrecording.dev/operator/api/v1alpha1"

// uploadedMessage says what the evidence of the upload is.
func uploadedMessage(recording *v1alpha1.CloudRecording) string {
	session := &recording.Status.SessionStatus
	switch session.UploadedReason {
	case v1alpha1.ReportedByAgoraReason:
		return reportedMessage(len(session.FileList))
	case v1alpha1.NotifiedByAgoraReason:
		return messageNotified
	case v1alpha1.VerifiedInStorageReason:
		if session.Verification != nil {
			return verifiedMessage(session.Verification)
		}
		return "All files were found in the bucket."
	default:
		return nothingRecordedMessage(recording)
	}
}

// nothingRecordedMessage says why there are no files.
func nothingRecordedMessage(recording *v1alpha1.CloudRecording) string {
	switch recording.Status.StoppedReason {
	case v1alpha1.StartFailedReason:
		return messageNothingRecorded
	case v1alpha1.NothingToStopReason:
		return messageNothingStarted
	case v1alpha1.RecordingEndedReason:
		return messageNothingInChannel
	default:
		return messageNoRecordedData
	}
}
