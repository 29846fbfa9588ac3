// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// Agora's numbers for a recorder that is healthy, and for one that was asked
// to stop.
const (
	serviceReady         = 4
	serviceInProgress    = 5
	serviceStopRequested = 6
)

// outlook is how the Ready condition sums a recording up.
type outlook struct {
	ready   bool
	reason  string
	message string
	// stalled says that a person must act; otherwise the operator is at work
	// while the recording is not ready.
	stalled bool
}

// summarize derives phase and conditions from what is known.
func (d *decider) summarize(trouble trouble) {
	if d.knowsNothing(trouble) || d.goesUnchanged() {
		// The first write is kept for the first news, and there is no last one
		// without any.
		d.status = *d.recording.Status.DeepCopy()
		return
	}
	boundStatus(&d.status, d.recording.Spec.UID)
	d.status.ObservedGeneration = d.recording.Generation
	d.status.Phase = d.phase()
	d.status.FileCount = d.countFiles()
	d.summarizeUpload()
	d.summarizeSessions()
	d.summarizeWindow()
	d.setReady(d.outlook(trouble))
	d.claim()
	// All of them are about this generation: kubectl wait looks at each.
	for i := range d.status.Conditions {
		d.status.Conditions[i].ObservedGeneration = d.recording.Generation
	}
}

func (d *decider) knowsNothing(trouble trouble) bool {
	return !d.hasNews &&
		!d.isClaimedElsewhere() && !d.isUnclaimed() &&
		!isSuspended(d.recording) &&
		d.recording.Status.ObservedGeneration < 0 &&
		trouble.reason == "" &&
		d.status.StopRequestedTime == nil &&
		d.status.StartRequestedTime == nil &&
		!d.isStopped()
}

// goesUnchanged says whether the object goes and the status says all that is known
// of any session.
func (d *decider) goesUnchanged() bool {
	return d.action == actionRelease && !d.hasNews && !d.endsWithheld()
}

// endsWithheld says whether all has ended and the status does not say so yet, since
// another session was to be started.
func (d *decider) endsWithheld() bool {
	return d.haveAllEnded() && !meta.IsStatusConditionTrue(d.recording.Status.Conditions, v1alpha1.StoppedCondition)
}

// countFiles counts those of all sessions.
func (d *decider) countFiles() int32 {
	files := len(d.status.FileList)
	for _, session := range d.status.Sessions {
		files += len(session.FileList)
	}
	return count(files)
}

func (d *decider) phase() v1alpha1.RecordingPhase {
	switch {
	case d.isStopped():
		return d.phaseAfterStop()
	case d.wantsStop():
		return v1alpha1.PhaseStopping
	case d.isComingUp(), d.isBeingStarted():
		return v1alpha1.PhaseStarting
	case d.status.ServiceStatus != nil:
		return v1alpha1.PhaseRecording
	default:
		return v1alpha1.PhasePending
	}
}

// isBeingStarted says whether a start may have taken effect or is being tried: no
// Secret is missing, and nothing is wrong that is known before any call.
func (d *decider) isBeingStarted() bool {
	if !d.awaitsStart() {
		return false
	}
	return d.status.StartRequestedTime != nil || (!isSuspended(d.recording) && !d.beginsNothing() &&
		d.observed.credentialsProblem == "" && d.observed.startProblem == "")
}

// phaseAfterStop returns the phase once the session in force has ended.
func (d *decider) phaseAfterStop() v1alpha1.RecordingPhase {
	switch {
	case d.isToRestart():
		return v1alpha1.PhaseStarting
	case d.awaitsRestart():
		return v1alpha1.PhasePending
	case !d.haveAllEnded() && d.wantsStop():
		return v1alpha1.PhaseStopping
	case unsettledSession(d.status.Sessions) != nil, !d.isUploaded(), isContradicted(d.status), d.awaitsFirstLook():
		return v1alpha1.PhaseUploading
	case d.hasEndedUnwanted():
		return v1alpha1.PhaseFailed
	default:
		return v1alpha1.PhaseCompleted
	}
}

// summarizeUpload states how far the upload is as long as there is no evidence
// of it.
func (d *decider) summarizeUpload() {
	switch {
	case d.isUploaded():
	case !d.isStopped():
		d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionFalse, v1alpha1.RecordingReason, messageUploadAwaitsEnd)
	case d.status.UploadingStatus == agora.Backuped:
		d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionFalse, v1alpha1.BackupedReason, messageBackuped)
	default:
		d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionUnknown, v1alpha1.NotReportedReason, messageNotReported)
	}
}

// outlook sums up what the Ready condition says: of the session in force, unless
// one before it is what a person must know of, or all that is left to do.
func (d *decider) outlook(trouble trouble) outlook {
	own, others := d.outlookOfSession(trouble), outlookOfSessions(d.status.Sessions)
	switch {
	case others.reason != "" && own.ready && d.isStopped():
		return others
	case others.stalled && !own.stalled && others.reason != v1alpha1.UploadNotConfirmedReason:
		// It may be running, and billed.
		return others
	default:
		return own
	}
}

func (d *decider) outlookOfSession(trouble trouble) outlook {
	switch {
	case d.isToRestart():
		return outlook{reason: v1alpha1.RestartingReason, message: d.restartingMessage()}
	case d.awaitsRestart():
		return outlook{ready: true, reason: v1alpha1.SuspendedReason, message: messageRestartSuspended}
	case d.isMissed() && d.isFull():
		return outlook{reason: v1alpha1.SessionLimitReachedReason, message: d.limitReachedMessage(), stalled: true}
	case d.isStopped():
		return d.outlookAfterStop()
	case d.wantsStop() && isSuspended(d.recording):
		return outlook{reason: v1alpha1.StoppingReason, message: messageStopSuspended, stalled: true}
	case isSuspended(d.recording):
		return d.outlookWhileSuspended()
	case trouble.reason != "":
		return outlook{
			reason:  trouble.reason,
			message: d.troubleMessage(trouble),
			// What a person has just changed is being tried.
			stalled: trouble.needsPerson() && !d.memory.retrying,
		}
	case d.wantsStop():
		return outlook{reason: v1alpha1.StoppingReason, message: d.stoppingMessage()}
	default:
		return d.outlookWhileRecording()
	}
}

func (d *decider) outlookAfterStop() outlook {
	if d.hasEndedUnwanted() {
		return d.outlookAfterUnwantedEnd()
	}
	ended := d.outlookOfUpload()
	if ended.ready && d.completesEmpty() {
		ended.reason, ended.message = v1alpha1.ChannelEmptyReason, d.channelEmptyMessage()
	}
	return ended
}

// hasEndedUnwanted says whether the session in force has ended though it was wanted to
// go on.
func (d *decider) hasEndedUnwanted() bool {
	return d.isStopped() && d.recording.Spec.State != v1alpha1.RecordingStateStopped && !isDeleting(d.recording) &&
		d.status.StopReason != v1alpha1.StopReasonMaxDuration && !d.completesEmpty()
}

// outlookAfterUnwantedEnd sums up a recording that nobody had wanted to end.
func (d *decider) outlookAfterUnwantedEnd() outlook {
	switch {
	case d.status.StopReason == v1alpha1.StopReasonControlWindow:
		return outlook{reason: v1alpha1.ControlWindowEndedReason, message: d.windowEndedMessage(), stalled: true}
	case d.stoppedReason() == v1alpha1.StartFailedReason:
		return outlook{reason: v1alpha1.StartFailedReason, message: messageStartFailed, stalled: true}
	default:
		return outlook{reason: v1alpha1.RecordingEndedReason, message: d.endedMessage(), stalled: true}
	}
}

// outlookOfUpload sums up a recording that has ended, as wanted.
func (d *decider) outlookOfUpload() outlook {
	uploaded := meta.FindStatusCondition(d.status.Conditions, v1alpha1.UploadedCondition)
	switch {
	case d.status.UploadedReason == v1alpha1.NoRecordedDataReason && uploaded.Reason == v1alpha1.NoRecordedDataReason:
		return outlook{ready: true, reason: d.nothingRecordedReason(), message: uploaded.Message}
	case d.status.UploadedReason == v1alpha1.NoRecordedDataReason:
		// There are files of sessions before.
		return outlook{ready: true, reason: v1alpha1.UploadedReason, message: messageEnded + uploaded.Message}
	case d.isUploaded() && d.awaitsFirstLook():
		return outlook{reason: v1alpha1.UploadPendingReason, message: d.uploadPendingMessage(uploaded.Message + messageLooking)}
	case d.isUploaded() && !isContradicted(d.status):
		return outlook{ready: true, reason: v1alpha1.UploadedReason, message: messageEnded + uploaded.Message}
	case !d.observed.now.Before(d.confirmDeadline()):
		return outlook{reason: v1alpha1.UploadNotConfirmedReason, message: d.notConfirmedMessage(), stalled: true}
	default:
		return outlook{reason: v1alpha1.UploadPendingReason, message: d.uploadPendingMessage(uploaded.Message + d.bucketMessage())}
	}
}

// stoppedReason returns why the session in force counts as ended; empty if it does not.
func (d *decider) stoppedReason() string { return d.status.StoppedReason }

// nothingRecordedReason tells a recording of which nothing was recorded from one
// that was never started.
func (d *decider) nothingRecordedReason() string {
	if d.stoppedReason() == v1alpha1.NothingToStopReason {
		return v1alpha1.NothingToStopReason
	}
	return v1alpha1.NoRecordedDataReason
}

// outlookWhileSuspended says what was known last: nobody looks.
func (d *decider) outlookWhileSuspended() outlook {
	if d.isUpdating() {
		return outlook{reason: v1alpha1.UpdatingReason, message: messageUpdateSuspended, stalled: true}
	}
	if status := d.status.ServiceStatus; status != nil && (*status == serviceReady || *status == serviceInProgress) {
		return outlook{ready: true, reason: v1alpha1.SuspendedReason, message: messageRunningSuspended}
	}
	if d.neverStarted() {
		return outlook{ready: true, reason: v1alpha1.SuspendedReason, message: messageStartSuspended}
	}
	return outlook{ready: true, reason: v1alpha1.SuspendedReason, message: messageUnknownSuspended}
}

func (d *decider) outlookWhileRecording() outlook {
	switch {
	case d.isRecordedBefore():
		return outlook{ready: true, reason: v1alpha1.RecordingReason, message: messageHandingOver}
	case startsItself(d.recording) && d.status.SID == "":
		return outlook{reason: v1alpha1.StartingReason, message: messageStarting}
	case d.status.ServiceStatus != nil && d.isOverdue(d.observed.now):
		return outlook{reason: v1alpha1.StartFailedReason, message: messageNotUp, stalled: true}
	case d.isComingUp():
		return outlook{reason: v1alpha1.StartingReason, message: messageComingUp}
	case d.status.ServiceStatus == nil:
		return outlook{reason: v1alpha1.StartingReason, message: messageStateUnknown}
	case d.isUpdating():
		return outlook{reason: v1alpha1.UpdatingReason, message: messageUpdating}
	}
	switch *d.status.ServiceStatus {
	case serviceReady, serviceInProgress:
		return outlook{ready: true, reason: v1alpha1.RecordingReason, message: messageRecording}
	case serviceStopRequested:
		return outlook{reason: v1alpha1.RecordingEndedReason, message: messageEnding}
	default:
		return outlook{reason: v1alpha1.StartingReason, message: messageNotReady}
	}
}

// setReady sets Ready, and Reconciling or Stalled as kstatus reads them: each
// present only while it holds.
func (d *decider) setReady(outlook outlook) {
	status := metav1.ConditionFalse
	if outlook.ready {
		status = metav1.ConditionTrue
	}
	d.setCondition(v1alpha1.ReadyCondition, status, outlook.reason, outlook.message)
	d.setOrRemove(v1alpha1.ReconcilingCondition, !outlook.ready && !outlook.stalled, outlook)
	d.setOrRemove(v1alpha1.StalledCondition, !outlook.ready && outlook.stalled, outlook)
}

func (d *decider) setOrRemove(conditionType string, holds bool, outlook outlook) {
	if holds {
		d.setCondition(conditionType, metav1.ConditionTrue, outlook.reason, outlook.message)
		return
	}
	meta.RemoveStatusCondition(&d.status.Conditions, conditionType)
}

func (d *decider) setCondition(conditionType string, status metav1.ConditionStatus, reason, message string) {
	meta.SetStatusCondition(&d.status.Conditions, metav1.Condition{
		Type:               conditionType,
		Status:             status,
		Reason:             reason,
		Message:            cutText(printable(message), maxMessageBytes),
		ObservedGeneration: d.recording.Generation,
		LastTransitionTime: *d.stamp(),
	})
}
