// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

const (
	messageHandingOver        = "The recorder is running, and another session is being started to take its place in time."
	messageMoreToCome         = "All files so far are uploaded, and another session is to be started."
	messageControlWindowEnded = "The recording was stopped before Agora would have refused to, since spec.start.resourceExpiredHour was nearly over."
	messageTokenEnded         = "The recording was stopped before Agora would have ended it, since its token was nearly over (status.tokenExpirationTime)."
	messageRestartSuspended   = "The recorder ended though it was wanted to go on, and spec.suspend keeps the operator from starting another session: set spec.suspend to false, or spec.state to Stopped to accept the end."
)

// droppedMessage says which session left the status to make room for another.
func droppedMessage(sid string) string {
	return fmt.Sprintf("The session %s leaves status.sessions, which can hold %d, to make room for another: it has ended, and there are no files of it.", sid, lifecycle.MaxSessions)
}

// fullMessage says why no further session can be started.
func fullMessage() string {
	return fmt.Sprintf("No further session can be started, since status.sessions holds %d, and only one that is known to have left no file makes room for another.", lifecycle.MaxSessions)
}

// limitReachedMessage says that a session has ended and that none can take its place.
func limitReachedMessage(recording *v1alpha1.CloudRecording) string {
	message := "The recorder ended though it was wanted to go on: " + endedCause(recording)
	if recording.Status.StoppedReason == v1alpha1.StartFailedReason {
		message = "No recorder came up within 90 seconds."
	}
	return message + " " + fullMessage() +
		" Create another CloudRecording if it is to go on, and set spec.state of this one to Stopped."
}

// OfSession says which session a message is about.
func OfSession(sid, message string) string {
	return fmt.Sprintf("Of the session %s before: %s", sid, message)
}

// goesOnBeforeMessage says which previous session goes on, and until when, while another
// one cannot take its place. It says nothing if none does.
func goesOnBeforeMessage(recording *v1alpha1.CloudRecording) string {
	session := sessionRecordedBefore(&recording.Status)
	if session == nil || lifecycle.WantsStop(recording) {
		return ""
	}
	until := Earliest(stopBy(recording, session), plannedEnd(recording))
	if until.IsZero() {
		return ""
	}
	return fmt.Sprintf(" The previous session %s goes on recording until %s, when the operator stops it.", session.SID, until.UTC().Format(time.RFC3339))
}

// restartingMessage says why another session is about to be started.
func restartingMessage(recording *v1alpha1.CloudRecording) string {
	if recording.Status.StoppedReason == v1alpha1.StartFailedReason {
		return "No recorder came up within 90 seconds. Another session is about to be started." +
			" If that happens again, check the token, which must be valid for the channel and each uid, the keys and the bucket in spec.storage, and transcodingConfig."
	}
	return "The recorder ended though it was wanted to go on: " + endedCause(recording) + " Another session is about to be started, by spec.restartPolicy."
}

// limitMessage says which limit of a session is near, and what it means.
func limitMessage(recording *v1alpha1.CloudRecording, limit sessionLimit) string {
	if limit.reason == v1alpha1.StopReasonTokenLifetime {
		return "Nine tenths of the time are over for which the token of this recording is valid (until status.tokenExpirationTime). Agora cannot renew it, and ends the recording with it."
	}
	return fmt.Sprintf("Nine tenths of the %d hours are over for which Agora takes calls for this recording (spec.start.resourceExpiredHour). After them it could not be stopped any more and would be billed on.",
		controlWindow(recording, &recording.Status.SessionStatus)/time.Hour)
}

// expiringMessage says that a limit of the session is near, and what follows.
func expiringMessage(recording *v1alpha1.CloudRecording, limit sessionLimit) string {
	message := limitMessage(recording, limit)
	switch {
	case lifecycle.WantsStop(recording):
		return message + " It is being stopped."
	case cannotStartNext(recording):
		return message + " The operator stops it in time. " + fullMessage() + " Create another CloudRecording if it is to go on."
	case recording.Spec.Start.OnExpiry == v1alpha1.ExpiryPolicyStartNext:
		return message + " The operator starts another session in time, and then stops this one, by spec.start.onExpiry. If none can be started, it only stops this one."
	}
	return message + " The operator stops it in time, by spec.start.onExpiry. Create another CloudRecording if it is to go on."
}

// limitEndedMessage says why a recording was stopped although nobody wanted to stop it.
func limitEndedMessage(status *v1alpha1.CloudRecordingStatus, cause string) string {
	message := cause +
		" Set spec.state to Stopped to accept that, or create another CloudRecording if it is to go on."
	if isFull(status) {
		message += " " + fullMessage()
	}
	if !lifecycle.HasUploaded(&status.SessionStatus) {
		message += " The upload of its files is not confirmed yet."
	}
	return message
}
