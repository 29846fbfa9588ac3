// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
)

// serviceExitedAbnormally is Agora's number for a recorder that failed.
const serviceExitedAbnormally = 20

// endCause is why a recorder ended by itself, as far as anything tells.
type endCause int

const (
	// endUnexplained says that nothing tells the cause.
	endUnexplained endCause = iota

	// endByEmptyChannel says that nobody was left in the channel.
	endByEmptyChannel

	// endByOther says that the recorder failed, or that something stopped it.
	endByOther
)

// causeOfEnd returns why a session ended. That of a page has no channel.
func causeOfEnd(mode v1alpha1.RecordingMode, session *v1alpha1.SessionStatus) endCause {
	exit := session.Exit
	switch {
	case reasonOfEnd(session) != v1alpha1.RecordingEndedReason, mode == v1alpha1.WebMode:
		return endByOther
	case exit != nil && exit.LeaveCode != nil && *exit.LeaveCode&leftForNoUsers != 0:
		return endByEmptyChannel
	case exit != nil && exit.LeaveCode != nil,
		exit != nil && exit.ExitStatus != nil && *exit.ExitStatus != 0,
		session.ServiceStatus != nil && *session.ServiceStatus == serviceExitedAbnormally,
		slices.ContainsFunc(session.Notified, isError):
		return endByOther
	default:
		return endUnexplained
	}
}

func isError(event v1alpha1.NotifiedEvent) bool {
	return notifications.Type(event.EventType) == notifications.CloudRecordingError
}

// wasChannelEmpty says whether the session in force counts as ended since nobody was
// left in the channel. Where nothing tells and restartPolicy is OnFailure, one more
// session finds out: in an empty channel it records nothing.
func wasChannelEmpty(spec *v1alpha1.CloudRecordingSpec, status *v1alpha1.CloudRecordingStatus) bool {
	switch causeOfEnd(spec.Mode, &status.SessionStatus) {
	case endByEmptyChannel:
		return true
	case endByOther:
		return false
	case endUnexplained:
	}
	if spec.RestartPolicy == v1alpha1.RestartPolicyOnFailure {
		return len(status.Sessions) > 0 && len(status.FileList) == 0
	}
	return spec.OnChannelEmpty == v1alpha1.ChannelEmptyPolicyComplete
}

// completesEmpty says whether the recording has come to its normal end since nobody
// was left in the channel.
func completesEmpty(spec *v1alpha1.CloudRecordingSpec, status *v1alpha1.CloudRecordingStatus) bool {
	return spec.OnChannelEmpty == v1alpha1.ChannelEmptyPolicyComplete && wasChannelEmpty(spec, status)
}

// completesEmpty is the same for what is known now.
func (d *decider) completesEmpty() bool {
	return !d.wantsStop() && !isDeleting(d.recording) && completesEmpty(&d.recording.Spec, &d.status)
}

// concludeNothingInChannel notes that nothing was recorded in a channel that was empty:
// nobody named a file, and the bucket has held none for as long as files may take to
// arrive. No answer to a stop says so of a recorder that ended by itself.
func (d *decider) concludeNothingInChannel() {
	if !d.isStopped() || d.isUploaded() || len(d.status.FileList) > 0 || !wasChannelEmpty(&d.recording.Spec, &d.status) {
		return
	}
	verified := meta.FindStatusCondition(d.status.Conditions, v1alpha1.VerifiedCondition)
	if verified == nil || verified.Reason != v1alpha1.NoFilesFoundReason {
		return
	}
	if over := d.stoppedTime().Add(d.settings.UploadSettleTime); over.After(d.observed.now) {
		d.lookAt(over)
		return
	}
	d.setUploaded(v1alpha1.NoRecordedDataReason, messageNothingInChannel)
}
