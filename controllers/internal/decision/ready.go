// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// readiness is how the Ready condition sums a recording up.
type readiness struct {
	ready   bool
	reason  string
	message string
	// stalled says that a person must act; otherwise the operator is at work
	// while the recording is not ready.
	stalled bool
}

// summarize derives phase and conditions from what is known.
func (d *decider) summarize(problem Problem, hasNews bool) {
	if d.knowsNothing(problem, hasNews) || d.goesUnchanged(hasNews) {
		// The first write is kept for the first news, and there is no last one
		// without any.
		d.recording.Status = *d.recorded.DeepCopy()
		return
	}
	bounds.Status(&d.recording.Status, d.recording.Spec.UID)
	d.recording.Status.ObservedGeneration = d.recording.Generation
	d.recording.Status.Phase = d.phase()
	d.recording.Status.FileCount = d.countFiles()
	d.summarizeUpload()
	d.summarizeSessions()
	d.summarizeWindow()
	d.setReady(d.readiness(problem))
	d.claim()
	// All of them are about this generation: kubectl wait looks at each.
	for i := range d.recording.Status.Conditions {
		d.recording.Status.Conditions[i].ObservedGeneration = d.recording.Generation
	}
}

func (d *decider) knowsNothing(problem Problem, hasNews bool) bool {
	return !hasNews &&
		!d.isClaimedElsewhere() && !d.isUnclaimed() &&
		!lifecycle.IsSuspended(d.recording) &&
		d.recorded.ObservedGeneration < 0 &&
		problem.reason == "" &&
		d.recording.Status.StopRequestedTime == nil &&
		d.recording.Status.StartRequestedTime == nil &&
		!d.isStopped()
}

// goesUnchanged says whether the object goes and the status says all that is known
// of any session.
func (d *decider) goesUnchanged(hasNews bool) bool {
	return d.plan.Action == ActionRelease && !hasNews && !d.endsWithheld()
}

// endsWithheld says whether all has ended and the status does not say so yet, since
// another session was to be started.
func (d *decider) endsWithheld() bool {
	return d.haveAllEnded() && !meta.IsStatusConditionTrue(d.recorded.Conditions, v1alpha1.StoppedCondition)
}

// countFiles counts those of all sessions.
func (d *decider) countFiles() int32 {
	files := len(d.recording.Status.FileList)
	for _, session := range d.recording.Status.Sessions {
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
	case d.recording.Status.ServiceStatus != nil:
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
	return d.recording.Status.StartRequestedTime != nil || (!lifecycle.IsSuspended(d.recording) && !d.beginsNothing() &&
		d.observed.CredentialsProblem == "" && d.observed.StartProblem == "")
}

// phaseAfterStop returns the phase once the current session has ended.
func (d *decider) phaseAfterStop() v1alpha1.RecordingPhase {
	switch {
	case d.isToRestart():
		return v1alpha1.PhaseStarting
	case d.awaitsRestart():
		return v1alpha1.PhasePending
	case !d.haveAllEnded() && d.wantsStop():
		return v1alpha1.PhaseStopping
	case unsettledSession(d.recording.Status.Sessions) != nil, !d.isUploaded(), lifecycle.IsContradicted(d.recording.Status), d.awaitsFirstVerification():
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
	case d.recording.Status.UploadingStatus == agora.Backuped:
		d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionFalse, v1alpha1.BackupedReason, messageBackuped)
	default:
		d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionUnknown, v1alpha1.NotReportedReason, messageNotReported)
	}
}

// readiness sums up what the Ready condition says: of the current session, unless
// one before it is what a person must know of, or all that is left to do.
func (d *decider) readiness(problem Problem) readiness {
	own, others := d.readinessOfSession(problem), readinessOfSessions(d.recording.Status.Sessions)
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

func (d *decider) readinessOfSession(problem Problem) readiness {
	switch {
	case d.isToRestart():
		return readiness{reason: v1alpha1.RestartingReason, message: d.restartingMessage()}
	case d.awaitsRestart():
		return readiness{ready: true, reason: v1alpha1.SuspendedReason, message: messageRestartSuspended}
	case d.isMissed() && d.isFull():
		return readiness{reason: v1alpha1.SessionLimitReachedReason, message: d.limitReachedMessage(), stalled: true}
	case d.isStopped():
		return d.readinessAfterStop()
	case d.wantsStop() && lifecycle.IsSuspended(d.recording):
		return readiness{reason: v1alpha1.StopSuspendedReason, message: messageStopSuspended, stalled: true}
	case lifecycle.IsSuspended(d.recording):
		return d.readinessWhileSuspended()
	case problem.reason != "":
		return readiness{
			reason:  problem.reason,
			message: d.problemMessage(problem),
			// What a person has just changed is being tried.
			stalled: problem.needsPerson() && !d.memory.retrying,
		}
	case d.wantsStop():
		return readiness{reason: v1alpha1.StoppingReason, message: d.stoppingMessage()}
	default:
		return d.readinessWhileRecording()
	}
}

func (d *decider) readinessAfterStop() readiness {
	if d.hasEndedUnwanted() {
		return d.readinessAfterUnwantedEnd()
	}
	ended := d.readinessOfUpload()
	if ended.ready && d.completesEmpty() {
		ended.reason, ended.message = v1alpha1.ChannelEmptyReason, d.channelEmptyMessage()
	}
	return ended
}

// hasEndedUnwanted says whether the current session has ended though it was wanted to
// go on.
func (d *decider) hasEndedUnwanted() bool {
	return d.isStopped() && d.recording.Spec.State != v1alpha1.RecordingStateStopped && !lifecycle.IsDeleting(d.recording) &&
		d.recording.Status.StopReason != v1alpha1.StopReasonMaxDuration && !d.completesEmpty()
}

// readinessAfterUnwantedEnd sums up a recording that nobody had wanted to end.
func (d *decider) readinessAfterUnwantedEnd() readiness {
	switch {
	case d.recording.Status.StopReason == v1alpha1.StopReasonControlWindow:
		return readiness{reason: v1alpha1.ControlWindowEndedReason, message: d.windowEndedMessage(), stalled: true}
	case d.stoppedReason() == v1alpha1.StartFailedReason:
		return readiness{reason: v1alpha1.StartFailedReason, message: messageStartFailed, stalled: true}
	default:
		return readiness{reason: v1alpha1.RecordingEndedReason, message: d.endedMessage(), stalled: true}
	}
}

// readinessOfUpload sums up a recording that has ended, as wanted.
func (d *decider) readinessOfUpload() readiness {
	uploaded := meta.FindStatusCondition(d.recording.Status.Conditions, v1alpha1.UploadedCondition)
	switch {
	case d.recording.Status.UploadedReason == v1alpha1.NoRecordedDataReason && uploaded.Reason == v1alpha1.NoRecordedDataReason:
		return readiness{ready: true, reason: d.nothingRecordedReason(), message: uploaded.Message}
	case d.recording.Status.UploadedReason == v1alpha1.NoRecordedDataReason:
		// There are files of sessions before.
		return readiness{ready: true, reason: v1alpha1.UploadedReason, message: messageEnded + uploaded.Message}
	case d.isUploaded() && d.awaitsFirstVerification():
		return readiness{reason: v1alpha1.UploadPendingReason, message: d.uploadPendingMessage(uploaded.Message + messageLooking)}
	case d.isUploaded() && !lifecycle.IsContradicted(d.recording.Status):
		return readiness{ready: true, reason: v1alpha1.UploadedReason, message: messageEnded + uploaded.Message}
	case !d.observed.Now.Before(d.confirmDeadline()):
		return readiness{reason: v1alpha1.UploadNotConfirmedReason, message: d.notConfirmedMessage(), stalled: true}
	default:
		return readiness{reason: v1alpha1.UploadPendingReason, message: d.uploadPendingMessage(uploaded.Message + d.bucketMessage())}
	}
}

// stoppedReason returns why the current session counts as ended; empty if it does not.
func (d *decider) stoppedReason() string { return d.recording.Status.StoppedReason }

// nothingRecordedReason tells a recording of which nothing was recorded from one
// that was never started.
func (d *decider) nothingRecordedReason() string {
	if d.stoppedReason() == v1alpha1.NothingToStopReason {
		return v1alpha1.NothingToStopReason
	}
	return v1alpha1.NoRecordedDataReason
}

// readinessWhileSuspended says what was known last: nobody looks.
func (d *decider) readinessWhileSuspended() readiness {
	if d.isUpdating() {
		return readiness{reason: v1alpha1.UpdatingReason, message: messageUpdateSuspended, stalled: true}
	}
	if status := d.recording.Status.ServiceStatus; status != nil && (*status == lifecycle.ServiceReady || *status == lifecycle.ServiceInProgress) {
		return readiness{ready: true, reason: v1alpha1.SuspendedReason, message: messageRunningSuspended}
	}
	if d.neverStarted() {
		return readiness{ready: true, reason: v1alpha1.SuspendedReason, message: messageStartSuspended}
	}
	return readiness{ready: true, reason: v1alpha1.SuspendedReason, message: messageUnknownSuspended}
}

func (d *decider) readinessWhileRecording() readiness {
	switch {
	case d.isRecordedBefore():
		return readiness{ready: true, reason: v1alpha1.RecordingReason, message: messageHandingOver}
	case lifecycle.StartsItself(d.recording) && d.recording.Status.SID == "":
		return readiness{reason: v1alpha1.StartingReason, message: messageStarting}
	case d.recording.Status.ServiceStatus != nil && d.isOverdue(d.observed.Now):
		return readiness{reason: v1alpha1.StartFailedReason, message: messageNotUp, stalled: true}
	case d.isComingUp():
		return readiness{reason: v1alpha1.StartingReason, message: messageComingUp}
	case d.recording.Status.ServiceStatus == nil:
		return readiness{reason: v1alpha1.StartingReason, message: messageStateUnknown}
	case d.isUpdating():
		return readiness{reason: v1alpha1.UpdatingReason, message: messageUpdating}
	}
	switch *d.recording.Status.ServiceStatus {
	case lifecycle.ServiceReady, lifecycle.ServiceInProgress:
		return readiness{ready: true, reason: v1alpha1.RecordingReason, message: messageRecording}
	case lifecycle.ServiceStopRequested:
		return readiness{reason: v1alpha1.RecordingEndedReason, message: messageEnding}
	default:
		return readiness{reason: v1alpha1.StartingReason, message: messageNotReady}
	}
}

// setReady sets Ready, and Reconciling or Stalled as kstatus reads them: each
// present only while it holds.
func (d *decider) setReady(summary readiness) {
	status := metav1.ConditionFalse
	if summary.ready {
		status = metav1.ConditionTrue
	}
	d.setCondition(v1alpha1.ReadyCondition, status, summary.reason, summary.message)
	d.setOrRemove(v1alpha1.ReconcilingCondition, !summary.ready && !summary.stalled, summary)
	d.setOrRemove(v1alpha1.StalledCondition, !summary.ready && summary.stalled, summary)
}

func (d *decider) setOrRemove(conditionType string, holds bool, summary readiness) {
	if holds {
		d.setCondition(conditionType, metav1.ConditionTrue, summary.reason, summary.message)
		return
	}
	meta.RemoveStatusCondition(&d.recording.Status.Conditions, conditionType)
}

func (d *decider) setCondition(conditionType string, status metav1.ConditionStatus, reason, message string) {
	meta.SetStatusCondition(&d.recording.Status.Conditions, metav1.Condition{
		Type:               conditionType,
		Status:             status,
		Reason:             reason,
		Message:            bounds.CutText(Printable(message), bounds.MaxMessageBytes),
		ObservedGeneration: d.recording.Generation,
		LastTransitionTime: *d.stamp(),
	})
}
