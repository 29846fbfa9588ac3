// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Messages say what happened and what to do. The same cause always gives the
// same words: a status that changed with every try would be written with every
// try.
const (
	messageRecording       = "The recorder is running."
	messageNotReady        = "The recorder is starting."
	messageStateUnknown    = "The state of the recorder is not known yet."
	messageEnding          = "The recorder was asked to stop by something else than this object, and is ending."
	messageUploadAwaitsEnd = "Files are complete only once the recording has ended."
	messageBackuped        = "Files are in Agora's backup, from which Agora transfers them to the bucket by itself, normally within 20 minutes."
	messageNotReported     = "Agora has not reported whether the files are in the bucket."
	messageNoRecordedData  = "The recording has ended. Nobody had published anything, so there are no files."
	messageStopSuspended   = "The recording is to be stopped, but spec.suspend keeps the operator from calling Agora: set spec.suspend to false."
	messageOrphan          = " To let the object go without stopping the recording, set spec.deletionPolicy to Orphan."
	messageStillBilled     = " The recording may still be running and billed."
)

func stoppedMessage(reason string) string {
	switch reason {
	case v1alpha1.AlreadyExitingReason:
		return "The recorder was already exiting when it was asked to stop."
	case v1alpha1.RecordingEndedReason:
		return "The recorder has exited: Agora knows it no longer."
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

func endedMessage(uploaded bool) string {
	message := "The recording ended by itself, though it was wanted to go on: its channel was empty for too long, its token expired, or it failed." +
		" Set spec.state to Stopped to accept that, or start another recording and create a CloudRecording for it."
	if !uploaded {
		message += " The upload of its files is not confirmed yet."
	}
	return message
}

func notConfirmedMessage(recording *v1alpha1.CloudRecording) string {
	return fmt.Sprintf("The recording has ended, and nothing showed within %s (spec.upload.confirmTimeout) that its files are in the bucket."+
		" Look for files whose names contain %s there, and ask Agora's support with the App ID, sid and channel if they are missing: Agora keeps its backup for ten days.",
		confirmTimeout(recording), recording.Spec.SID)
}

func (d *decider) stoppingMessage() string {
	if d.status.NotFoundSince != nil {
		return fmt.Sprintf("The recording is being stopped. Agora finds no recorder, which is also so while it is moved to another server:"+
			" the recording counts as ended once that has lasted %s.", d.settings.NotFoundGrace)
	}
	return "The recording is being stopped."
}

// troubleMessage says what is wrong, what that means, and what to do.
func (d *decider) troubleMessage(trouble trouble) string {
	message := d.troubleCause(trouble)
	if trouble.needsPerson() {
		if wantsStop(d.recording) {
			message += messageStillBilled
		}
		if isDeleting(d.recording) {
			message += messageOrphan
		}
	}
	return message
}

func (d *decider) troubleCause(trouble trouble) string {
	secret := d.recording.Spec.CredentialsSecretRef.Name
	switch trouble.reason {
	case v1alpha1.CredentialsNotFoundReason:
		return trouble.detail
	case v1alpha1.CredentialsRejectedReason:
		return fmt.Sprintf("Agora rejected the credentials in Secret %q%s: put the customer ID and customer secret of the account that owns the App ID into its keys %s and %s.",
			secret, d.lastAnswer(), v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey)
	case v1alpha1.InvalidRequestReason:
		return fmt.Sprintf("Agora refuses the request as wrong%s: check spec.appId, cname, uid, mode, resourceId and sid against what the recording was started with,"+
			" create a CloudRecording with the right ones, and check the operator's --agora-endpoints if Agora knows no such route.", d.lastAnswer())
	case v1alpha1.ResourceExpiredReason:
		return fmt.Sprintf("Agora takes no more calls for this recording%s: its resource ID is past resourceExpiredHour, or does not belong to its App ID or sid."+
			" It cannot be stopped from here. End it by emptying the channel, or ask Agora's support with the App ID, sid and channel.", d.lastAnswer())
	case v1alpha1.RateLimitedReason:
		return "Agora refuses requests, since the account has sent more of them than it may: the operator slows down and goes on." +
			" If this lasts, ask Agora for a higher limit and state it in the Secret's key " + v1alpha1.RequestsPerSecondKey + "."
	default:
		return d.unavailableMessage()
	}
}

func (d *decider) unavailableMessage() string {
	if d.status.NotFoundSince != nil {
		return fmt.Sprintf("Agora finds no recorder, which is also so while it is moved to another server:"+
			" the recording counts as ended once that has lasted %s.", d.settings.NotFoundGrace)
	}
	return fmt.Sprintf("Agora did not do what it was asked%s: the operator tries again.", d.lastAnswer())
}

// lastAnswer puts status.lastError into brackets.
func (d *decider) lastAnswer() string {
	last := d.status.LastError
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
