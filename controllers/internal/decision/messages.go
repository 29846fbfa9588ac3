// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// Messages say what happened and what to do. The same cause always gives the same text: if
// it changed with every try, the status would be written with every try.
const (
	messageRecording        = "The recorder is running."
	messageNotReady         = "The recorder is starting."
	messageStarting         = "The recording is being started."
	messageComingUp         = "Agora accepted the start, and the recorder is coming up."
	messageNotUp            = "Agora accepted the start, and the recorder has not come up within 90 seconds, though it exists: the operator goes on looking. Set spec.state to Stopped to end it."
	messageStartFailed      = "Agora accepted the start, and no recorder came up within 90 seconds. Check the token, which must be valid for the channel and the uid, or the App Certificate that it is minted from, the keys and the bucket in spec.storage, and transcodingConfig; then create another CloudRecording."
	messageStateUnknown     = "The state of the recorder is not known yet."
	messageEnding           = "The recorder was asked to stop by something else than this object, and is ending."
	messageUploadAwaitsEnd  = "Files are complete only once the recording has ended."
	messageBackuped         = "Files are in Agora's backup, from which Agora transfers them to the bucket by itself, normally within 20 minutes."
	messageNotReported      = "Agora has not reported whether the files are in the bucket."
	messageEnded            = "The recording has ended. "
	messageNotified         = "Agora notified that all files are uploaded."
	messageLooking          = " The operator has not looked into the bucket yet."
	messageNoRecordedData   = "The recording has ended. Nobody had published anything, so there are no files."
	messageStopSuspended    = "The recording is to be stopped, but spec.suspend keeps the operator from calling Agora: set spec.suspend to false."
	messageRunningSuspended = "The recorder was running when the operator last asked; spec.suspend keeps it from asking again."
	messageStartSuspended   = "Nothing was started, since spec.suspend keeps the operator from calling Agora: set spec.suspend to false to have it started."
	messageUnknownSuspended = "The state of the recorder is not known, since spec.suspend keeps the operator from calling Agora: set spec.suspend to false."
	messageOrphan           = " To let the object go without stopping the recording, set spec.deletionPolicy to Orphan."
	messageNothingStarted   = "Nothing was recorded, so there are no files."
	messageNothingInChannel = "Nobody was in the channel, and no file has shown up in the bucket."
	messageNothingRecorded  = "No recorder came up, so there are no files."
	messageUpdating         = "The recorder is running, and Agora is being told of what has changed in spec.start or a Secret."
	messageUpdateSuspended  = "Agora has not been told of what has changed in spec.start or a Secret, since spec.suspend keeps the operator from calling it: set spec.suspend to false."
	messageUpdateRefused    = "Agora refuses the update%s: correct spec.start, spec.storage or the Secrets that they name. The recording goes on as it was, and the operator tries again every %s."
	messageCannotUpdate     = "The recording goes on as it was, and cannot be updated: "
	messageStillBilled      = " The recording may still be running and billed."
	messageMayRun           = " It may be running already, from a start whose answer was lost, and ends by itself %s."
)

func stoppedMessage(reason string) string {
	switch reason {
	case v1alpha1.AlreadyExitingReason:
		return "The recorder was already exiting when it was asked to stop."
	case v1alpha1.NothingToStopReason:
		return "The recording was never started."
	case v1alpha1.StartFailedReason:
		return "Agora accepted the start, and no recorder came up."
	case v1alpha1.RecordingEndedReason:
		return "The recorder has exited, and Agora no longer knows it."
	default:
		return "Agora accepted the stop."
	}
}

func reportedMessage(files int) string {
	if files == 0 {
		return "Agora reported that all files are uploaded, and named none of them."
	}
	return "Agora reported that all files are uploaded."
}

func endedMessage(recording *v1alpha1.CloudRecording) string {
	session := &recording.Status.SessionStatus
	message := "The recording ended though it was wanted to go on: " + endedCause(recording) +
		" Set spec.state to Stopped to accept that, or start another recording and create a CloudRecording for it."
	if neverSeen(session) {
		message += messageNeverSeen
	}
	if !lifecycle.HasUploaded(session) {
		message += " The upload of its files is not confirmed yet."
	}
	return message
}

// endedCause says why the recording ended, as far as Agora's notifications tell.
func endedCause(recording *v1alpha1.CloudRecording) string {
	session := &recording.Status.SessionStatus
	if lifecycle.CauseOfEnd(recording.Spec.Mode, session) == lifecycle.EndByEmptyChannel {
		return "nobody was in the channel for " + maxIdleTime(recording) + "."
	}
	if lifecycle.HasOutlivedToken(session) {
		return "its token was valid until status.tokenExpirationTime, and Agora ends a recording with its token."
	}
	if exit := recording.Status.Exit; exit != nil && exit.Cause != "" {
		return exit.Cause + "."
	}
	if recording.Spec.Mode == v1alpha1.WebMode {
		return "its maxRecordingHour was over, it failed, or something else stopped it."
	}
	if lifecycle.CauseOfEnd(recording.Spec.Mode, session) == lifecycle.EndByOther {
		return "its token expired, it failed, or something else stopped it."
	}
	return "its channel was empty for " + maxIdleTime(recording) + ", which is the most frequent cause, its token expired, it failed, or something else stopped it."
}

// maxIdleTime says how long a recorder stays without users before it ends.
func maxIdleTime(recording *v1alpha1.CloudRecording) string {
	if start := recording.Spec.Start; start != nil && start.RecordingConfig != nil {
		return fmt.Sprintf("maxIdleTime (%d seconds in spec.start.recordingConfig)", start.RecordingConfig.MaxIdleTime)
	}
	return "the maxIdleTime that it was started with (30 seconds by Agora's default)"
}

// channelEmptyMessage says that the recording has ended as wanted, and where its files are.
func channelEmptyMessage(recording *v1alpha1.CloudRecording) string {
	message := "The recording has ended, since nobody was in the channel for " + maxIdleTime(recording) + ": spec.onChannelEmpty takes that for its end."
	if uploaded := meta.FindStatusCondition(recording.Status.Conditions, v1alpha1.UploadedCondition); uploaded != nil {
		message += " " + uploaded.Message
	}
	return message
}

// messageNeverSeen is for a recording that Agora has never known. It may have ended before,
// or its identifiers may be wrong: the two cannot be distinguished.
const messageNeverSeen = " Agora has never known a recorder with these identifiers: check spec.mode, resourceId and sid." +
	" A recording that runs under others goes on and is billed."

// neverSeen reports whether no call has ever found the recorder.
func neverSeen(session *v1alpha1.SessionStatus) bool {
	return session.StoppedReason == v1alpha1.RecordingEndedReason && session.ServiceStatus == nil
}

func uploadPendingMessage(recording *v1alpha1.CloudRecording, upload string) string {
	message := messageEnded + upload
	if neverSeen(&recording.Status.SessionStatus) {
		message += messageNeverSeen
	}
	if lifecycle.IsDeleting(recording) {
		message += fmt.Sprintf(" The object goes once the upload is confirmed, and after %s (spec.upload.deletionTimeout) in any case; 0s lets it go at once.",
			lifecycle.DeletionTimeout(recording))
	}
	return message
}

// bucketMessage says what the bucket shows, as long as it does not show all files.
func bucketMessage(session *v1alpha1.SessionStatus) string {
	verified := meta.FindStatusCondition(session.Conditions, v1alpha1.VerifiedCondition)
	if verified == nil || verified.Status == metav1.ConditionTrue {
		return ""
	}
	return " " + verified.Message
}

func notConfirmedMessage(recording *v1alpha1.CloudRecording) string {
	timeout := lifecycle.ConfirmTimeout(recording)
	bucket := bucketMessage(&recording.Status.SessionStatus)
	if lifecycle.IsContradicted(recording.Status) {
		return fmt.Sprintf("The recording has ended, and Agora says that all files are uploaded, but they have not all shown up within %s (spec.upload.confirmTimeout).%s"+
			" Ask Agora's support with the App ID, sid and channel.", timeout, bucket)
	}
	if bucket == "" {
		bucket = fmt.Sprintf(" Look for files whose names contain %s there: with spec.storage the operator does.", recording.Status.SID)
	}
	return fmt.Sprintf("The recording has ended, and nothing showed within %s (spec.upload.confirmTimeout) that its files are in the bucket.%s"+
		" Ask Agora's support with the App ID, sid and channel if they are missing: Agora keeps its backup for 72 hours at most.", timeout, bucket)
}

func stoppingMessage(status *v1alpha1.CloudRecordingStatus, settings Settings) string {
	if status.NotFoundSince != nil {
		return stoppingCause(status) + fmt.Sprintf(" Agora finds no recorder, which is also so while it is moved to another server:"+
			" the recording counts as ended once that has lasted %s.", settings.NotFoundGrace)
	}
	return stoppingCause(status)
}

// problemMessage says what is wrong, what that means, and what to do.
func problemMessage(recording *v1alpha1.CloudRecording, settings Settings, problem Problem) string {
	message := problemCause(recording, settings, problem)
	if problem.needsPerson() {
		switch {
		case lifecycle.WantsStop(recording):
			message += messageStillBilled
		case lifecycle.MayHaveStarted(recording) && problem.reason != v1alpha1.SIDUnknownReason && problem.reason != v1alpha1.TaskConflictReason:
			message += fmt.Sprintf(messageMayRun, endsByItself(recording))
		}
		if lifecycle.IsDeleting(recording) {
			message += messageOrphan
		}
	}
	return message + goesOnBeforeMessage(recording)
}

func problemCause(recording *v1alpha1.CloudRecording, settings Settings, problem Problem) string {
	session := &recording.Status.SessionStatus
	secret := recording.Spec.CredentialsSecretRef.Name
	switch problem.reason {
	case v1alpha1.CredentialsNotFoundReason, v1alpha1.StartSecretNotFoundReason, v1alpha1.CertificateInvalidReason, v1alpha1.SecretNotProtectedReason,
		v1alpha1.WaitingForCapacityReason:
		return problem.detail
	case v1alpha1.ProfileNotFoundReason:
		return profileMissingMessage(recording)
	case v1alpha1.ProfileIncompleteReason:
		return profileIncompleteMessage(recording, problem.detail)
	case v1alpha1.SIDUnknownReason:
		return sidUnknownMessage(recording)
	case v1alpha1.TaskConflictReason:
		return fmt.Sprintf("Agora says that a recording of the channel %q with the uid %s runs already%s, and starts no second one: stop that one, or adopt it by a CloudRecording with its resourceId and sid, or choose another uid for this one."+
			" It may be one that was started here and whose answer was lost: then it ends by itself once its channel is empty. The operator tries again every %s.",
			recording.Spec.CName, lifecycle.UIDOf(recording.Spec.UID, session), lastAnswer(session), slowRetry)
	case v1alpha1.OverloadedReason:
		return fmt.Sprintf("Agora has no room for another recording%s: the start waits for its turn. Stop recordings that are not needed, or ask Agora for a higher limit.", lastAnswer(session))
	case v1alpha1.NotEnabledReason:
		return fmt.Sprintf("Cloud recording is not enabled for the App ID %s%s: enable it for that project in the Agora Console, or create a CloudRecording with the App ID of a project for which it is."+
			" The operator tries again every %s.", recording.Spec.AppID, lastAnswer(session), slowRetry)
	case v1alpha1.TokenRejectedReason:
		return tokenRejectedMessage(recording)
	case v1alpha1.AccountInactiveReason:
		return fmt.Sprintf("Agora has suspended the account or the App ID%s: settle that in the Agora Console. The operator tries again every %s.", lastAnswer(session), slowRetry)
	case v1alpha1.CredentialsRejectedReason:
		return fmt.Sprintf("Agora rejected the credentials in Secret %q%s: put the customer ID and customer secret of the account that owns the App ID into its keys %s and %s.",
			secret, lastAnswer(session), v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey)
	case v1alpha1.InvalidRequestReason:
		return invalidRequestMessage(recording, problem)
	case v1alpha1.UnexpectedAnswerReason:
		return fmt.Sprintf("For five minutes the request has been refused by an answer that the operator does not know%s:"+
			" check the operator's --agora-endpoints and what stands between it and Agora, such as a proxy, or ask Agora's support what the answer means. The operator goes on trying.", lastAnswer(session))
	case v1alpha1.ResourceExpiredReason:
		return fmt.Sprintf("Agora takes no calls for this recording%s: spec.resourceId, sid and appId do not belong together, or resourceExpiredHour is over."+
			" Compare them with what acquire and start returned, and create a CloudRecording with the right ones. If they are right, the recording cannot be stopped from here:"+
			" empty its channel, or ask Agora's support with the App ID, sid and channel.", lastAnswer(session))
	case v1alpha1.RateLimitedReason:
		return "Agora refuses requests, since the account has sent more of them than it may: the operator slows down and goes on." +
			" If this lasts, ask Agora for a higher limit and state it in the Secret's key " + v1alpha1.RequestsPerSecondKey + "."
	default:
		return unavailableMessage(session, settings)
	}
}

// invalidRequestMessage says what Agora refuses, or would refuse.
func invalidRequestMessage(recording *v1alpha1.CloudRecording, problem Problem) string {
	session := &recording.Status.SessionStatus
	if problem.detail != "" {
		return problem.detail
	}
	if lifecycle.AwaitsStart(recording) {
		return fmt.Sprintf("Agora refuses to start the recording%s: correct spec.start, spec.storage or the Secrets that they name, or create a CloudRecording with another appId, cname, uid or mode if those are wrong."+
			" If Agora knows no such route, check the operator's --agora-endpoints.", lastAnswer(session))
	}
	if hasFailedToUpdate(session) {
		return fmt.Sprintf(messageUpdateRefused, lastAnswer(session), slowRetry)
	}
	return fmt.Sprintf("Agora refuses the request as wrong%s: check spec.appId, cname, uid, mode, resourceId and sid against what the recording was started with,"+
		" create a CloudRecording with the right ones, and check the operator's --agora-endpoints if Agora knows no such route.", lastAnswer(session))
}

// sidUnknownMessage says what may be running that cannot be stopped from here, and until
// when.
func sidUnknownMessage(recording *v1alpha1.CloudRecording) string {
	session := &recording.Status.SessionStatus
	return fmt.Sprintf("A recording of the channel %q with the uid %s was started, and its sid was lost with Agora's answer%s, so that it cannot be stopped from here: it may be running, and ends by itself %s."+
		" Empty the channel, or ask Agora's support with the App ID, the channel and the uid.",
		recording.Spec.CName, lifecycle.UIDOf(recording.Spec.UID, session), lastAnswer(session), endsByItself(recording))
}

// endsByItself says when a recording ends if it cannot be stopped from here.
func endsByItself(recording *v1alpha1.CloudRecording) string {
	if recording.Spec.Mode == v1alpha1.WebMode {
		return "after maxRecordingHour"
	}
	return "once its channel has been empty for spec.start.recordingConfig.maxIdleTime"
}

func unavailableMessage(session *v1alpha1.SessionStatus, settings Settings) string {
	if session.NotFoundSince != nil {
		return fmt.Sprintf("Agora finds no recorder, which is also so while it is moved to another server:"+
			" the recording counts as ended once that has lasted %s.", settings.NotFoundGrace)
	}
	return fmt.Sprintf("Agora did not do what it was asked%s: the operator tries again.", lastAnswer(session))
}

// lastAnswer returns status.lastError in parentheses.
func lastAnswer(session *v1alpha1.SessionStatus) string {
	last := session.LastError
	if last == nil {
		return ""
	}
	var parts []string
	if last.HTTPStatus != 0 {
		parts = append(parts, fmt.Sprintf("HTTP status %d", last.HTTPStatus))
	}
	if last.Code != 0 {
		parts = append(parts, fmt.Sprintf("code %d", last.Code))
	}
	if last.Reason != "" {
		parts = append(parts, last.Reason)
	}
	return fmt.Sprintf(" (%s: %s)", last.Operation, strings.Join(parts, ", "))
}

// stoppingCause says that the recording is being stopped, and why if nobody asked for that.
func stoppingCause(status *v1alpha1.CloudRecordingStatus) string {
	switch status.StopReason {
	case v1alpha1.StopReasonMaxDuration:
		return "The recording is being stopped, since spec.maxDuration is over."
	case v1alpha1.StopReasonWindowEnded:
		return "The recording is being stopped, since spec.window.end has passed."
	case v1alpha1.StopReasonControlWindow:
		return "The recording is being stopped, since Agora will soon refuse to: spec.start.resourceExpiredHour is nearly over."
	case v1alpha1.StopReasonTokenLifetime:
		return "The recording is being stopped, since Agora will soon end it: its token is nearly over (status.tokenExpirationTime)."
	default:
		return "The recording is being stopped."
	}
}
