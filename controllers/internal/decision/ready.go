// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"time"

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
func summarizeStatus(recording *v1alpha1.CloudRecording, recorded *v1alpha1.CloudRecordingStatus, memory *Memory, observed *Observation, settings Settings, plan *Plan, pending changes, problem Problem, hasNews bool) {
	if knowsNothing(recording, recorded, observed, problem, hasNews) || goesUnchanged(&recording.Status, recorded, plan, hasNews) {
		// The first write is kept for the first news, and there is no last one
		// without any.
		recording.Status = *recorded.DeepCopy()
		return
	}
	bounds.Status(&recording.Status, recording.Spec.UID)
	recording.Status.ObservedGeneration = recording.Generation
	recording.Status.Phase = phaseOf(recording, observed)
	recording.Status.FileCount = countFiles(&recording.Status)
	summarizeUpload(recording, observed.Now)
	summarizeSessions(recording, observed)
	summarizeWindow(recording, observed.Now)
	setReady(recording, observed.Now, readinessOf(recording, memory, observed, settings, pending, problem))
	claimShard(&recording.Status, recorded, observed, plan)
	// All of them are about this generation: kubectl wait looks at each.
	for i := range recording.Status.Conditions {
		recording.Status.Conditions[i].ObservedGeneration = recording.Generation
	}
}

func knowsNothing(recording *v1alpha1.CloudRecording, recorded *v1alpha1.CloudRecordingStatus, observed *Observation, problem Problem, hasNews bool) bool {
	return !hasNews &&
		!isClaimedElsewhere(recorded, observed) && !isUnclaimed(recorded, observed) &&
		!lifecycle.IsSuspended(recording) &&
		recorded.ObservedGeneration < 0 &&
		problem.reason == "" &&
		recording.Status.StopRequestedTime == nil &&
		recording.Status.StartRequestedTime == nil &&
		!lifecycle.HasEnded(&recording.Status.SessionStatus)
}

// goesUnchanged says whether the object goes and the status says all that is known
// of any session.
func goesUnchanged(status *v1alpha1.CloudRecordingStatus, recorded *v1alpha1.CloudRecordingStatus, plan *Plan, hasNews bool) bool {
	return plan.Action == ActionRelease && !hasNews && !endsWithheld(status, recorded)
}

// endsWithheld says whether all has ended and the status does not say so yet, since
// another session was to be started.
func endsWithheld(status *v1alpha1.CloudRecordingStatus, recorded *v1alpha1.CloudRecordingStatus) bool {
	return haveAllEnded(status) && !meta.IsStatusConditionTrue(recorded.Conditions, v1alpha1.StoppedCondition)
}

// countFiles counts those of all sessions.
func countFiles(status *v1alpha1.CloudRecordingStatus) int32 {
	files := len(status.FileList)
	for _, session := range status.Sessions {
		files += len(session.FileList)
	}
	return count(files)
}

func phaseOf(recording *v1alpha1.CloudRecording, observed *Observation) v1alpha1.RecordingPhase {
	switch {
	case lifecycle.HasEnded(&recording.Status.SessionStatus):
		return phaseAfterStop(recording, observed)
	case lifecycle.WantsStop(recording):
		return v1alpha1.PhaseStopping
	case isComingUp(&recording.Status.SessionStatus), isBeingStarted(recording, observed):
		return v1alpha1.PhaseStarting
	case recording.Status.ServiceStatus != nil:
		return v1alpha1.PhaseRecording
	default:
		return v1alpha1.PhasePending
	}
}

// isBeingStarted says whether a start may have taken effect or is being tried: no
// Secret is missing, and nothing is wrong that is known before any call.
func isBeingStarted(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	if !lifecycle.AwaitsStart(recording) {
		return false
	}
	return recording.Status.StartRequestedTime != nil || (!lifecycle.IsSuspended(recording) && !observed.Departed &&
		observed.CredentialsProblem == "" && observed.StartProblem == "")
}

// phaseAfterStop returns the phase once the current session has ended.
func phaseAfterStop(recording *v1alpha1.CloudRecording, observed *Observation) v1alpha1.RecordingPhase {
	switch {
	case isToRestart(recording, observed):
		return v1alpha1.PhaseStarting
	case awaitsRestart(recording, observed):
		return v1alpha1.PhasePending
	case !haveAllEnded(&recording.Status) && lifecycle.WantsStop(recording):
		return v1alpha1.PhaseStopping
	case unsettledSession(recording.Status.Sessions) != nil, !lifecycle.HasUploaded(&recording.Status.SessionStatus), lifecycle.IsContradicted(recording.Status), awaitsFirstVerification(recording):
		return v1alpha1.PhaseUploading
	case hasEndedUnwanted(recording):
		return v1alpha1.PhaseFailed
	default:
		return v1alpha1.PhaseCompleted
	}
}

// summarizeUpload states how far the upload is as long as there is no evidence
// of it.
func summarizeUpload(recording *v1alpha1.CloudRecording, now time.Time) {
	switch {
	case lifecycle.HasUploaded(&recording.Status.SessionStatus):
	case !lifecycle.HasEnded(&recording.Status.SessionStatus):
		setCondition(recording, now, v1alpha1.UploadedCondition, metav1.ConditionFalse, v1alpha1.RecordingReason, messageUploadAwaitsEnd)
	case recording.Status.UploadingStatus == agora.Backuped:
		setCondition(recording, now, v1alpha1.UploadedCondition, metav1.ConditionFalse, v1alpha1.BackupedReason, messageBackuped)
	default:
		setCondition(recording, now, v1alpha1.UploadedCondition, metav1.ConditionUnknown, v1alpha1.NotReportedReason, messageNotReported)
	}
}

// readiness sums up what the Ready condition says: of the current session, unless
// one before it is what a person must know of, or all that is left to do.
func readinessOf(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, pending changes, problem Problem) readiness {
	own, others := readinessOfSession(recording, memory, observed, settings, pending, problem), readinessOfSessions(recording.Status.Sessions)
	switch {
	case others.reason != "" && own.ready && lifecycle.HasEnded(&recording.Status.SessionStatus):
		return others
	case others.stalled && !own.stalled && others.reason != v1alpha1.UploadNotConfirmedReason:
		// It may be running, and billed.
		return others
	default:
		return own
	}
}

func readinessOfSession(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, pending changes, problem Problem) readiness {
	switch {
	case isToRestart(recording, observed):
		return readiness{reason: v1alpha1.RestartingReason, message: restartingMessage(recording)}
	case awaitsRestart(recording, observed):
		return readiness{ready: true, reason: v1alpha1.SuspendedReason, message: messageRestartSuspended}
	case isMissed(recording, observed) && isFull(&recording.Status):
		return readiness{reason: v1alpha1.SessionLimitReachedReason, message: limitReachedMessage(recording), stalled: true}
	case lifecycle.HasEnded(&recording.Status.SessionStatus):
		return readinessAfterStop(recording, observed.Now)
	case lifecycle.WantsStop(recording) && lifecycle.IsSuspended(recording):
		return readiness{reason: v1alpha1.StopSuspendedReason, message: messageStopSuspended, stalled: true}
	case lifecycle.IsSuspended(recording):
		return readinessWhileSuspended(recording, observed, pending)
	case problem.reason != "":
		return readiness{
			reason:  problem.reason,
			message: problemMessage(recording, settings, problem),
			// What a person has just changed is being tried.
			stalled: problem.needsPerson() && !memory.retrying,
		}
	case lifecycle.WantsStop(recording):
		return readiness{reason: v1alpha1.StoppingReason, message: stoppingMessage(&recording.Status, settings)}
	default:
		return readinessWhileRecording(recording, observed.Now, pending)
	}
}

func readinessAfterStop(recording *v1alpha1.CloudRecording, now time.Time) readiness {
	if hasEndedUnwanted(recording) {
		return readinessAfterUnwantedEnd(recording)
	}
	ended := readinessOfUpload(recording, now)
	if ended.ready && completesEmpty(recording) {
		ended.reason, ended.message = v1alpha1.ChannelEmptyReason, channelEmptyMessage(recording)
	}
	return ended
}

// hasEndedUnwanted says whether the current session has ended though it was wanted to
// go on.
func hasEndedUnwanted(recording *v1alpha1.CloudRecording) bool {
	return lifecycle.HasEnded(&recording.Status.SessionStatus) && recording.Spec.State != v1alpha1.RecordingStateStopped && !lifecycle.IsDeleting(recording) &&
		recording.Status.StopReason != v1alpha1.StopReasonMaxDuration && !completesEmpty(recording)
}

// readinessAfterUnwantedEnd sums up a recording that nobody had wanted to end.
func readinessAfterUnwantedEnd(recording *v1alpha1.CloudRecording) readiness {
	switch {
	case recording.Status.StopReason == v1alpha1.StopReasonControlWindow:
		return readiness{reason: v1alpha1.ControlWindowEndedReason, message: windowEndedMessage(&recording.Status), stalled: true}
	case recording.Status.StoppedReason == v1alpha1.StartFailedReason:
		return readiness{reason: v1alpha1.StartFailedReason, message: messageStartFailed, stalled: true}
	default:
		return readiness{reason: v1alpha1.RecordingEndedReason, message: endedMessage(recording), stalled: true}
	}
}

// readinessOfUpload sums up a recording that has ended, as wanted.
func readinessOfUpload(recording *v1alpha1.CloudRecording, now time.Time) readiness {
	uploaded := meta.FindStatusCondition(recording.Status.Conditions, v1alpha1.UploadedCondition)
	switch {
	case recording.Status.UploadedReason == v1alpha1.NoRecordedDataReason && uploaded.Reason == v1alpha1.NoRecordedDataReason:
		return readiness{ready: true, reason: nothingRecordedReason(&recording.Status.SessionStatus), message: uploaded.Message}
	case recording.Status.UploadedReason == v1alpha1.NoRecordedDataReason:
		// There are files of sessions before.
		return readiness{ready: true, reason: v1alpha1.UploadedReason, message: messageEnded + uploaded.Message}
	case lifecycle.HasUploaded(&recording.Status.SessionStatus) && awaitsFirstVerification(recording):
		return readiness{reason: v1alpha1.UploadPendingReason, message: uploadPendingMessage(recording, uploaded.Message+messageLooking)}
	case lifecycle.HasUploaded(&recording.Status.SessionStatus) && !lifecycle.IsContradicted(recording.Status):
		return readiness{ready: true, reason: v1alpha1.UploadedReason, message: messageEnded + uploaded.Message}
	case !now.Before(confirmDeadline(recording, now)):
		return readiness{reason: v1alpha1.UploadNotConfirmedReason, message: notConfirmedMessage(recording), stalled: true}
	default:
		return readiness{reason: v1alpha1.UploadPendingReason, message: uploadPendingMessage(recording, uploaded.Message+bucketMessage(&recording.Status.SessionStatus))}
	}
}

// nothingRecordedReason tells a recording of which nothing was recorded from one
// that was never started.
func nothingRecordedReason(session *v1alpha1.SessionStatus) string {
	if session.StoppedReason == v1alpha1.NothingToStopReason {
		return v1alpha1.NothingToStopReason
	}
	return v1alpha1.NoRecordedDataReason
}

// readinessWhileSuspended says what was known last: nobody looks.
func readinessWhileSuspended(recording *v1alpha1.CloudRecording, observed *Observation, pending changes) readiness {
	if isUpdating(&recording.Status.SessionStatus, pending) {
		return readiness{reason: v1alpha1.UpdatingReason, message: messageUpdateSuspended, stalled: true}
	}
	if status := recording.Status.ServiceStatus; status != nil && (*status == lifecycle.ServiceReady || *status == lifecycle.ServiceInProgress) {
		return readiness{ready: true, reason: v1alpha1.SuspendedReason, message: messageRunningSuspended}
	}
	if neverStarted(recording, observed) {
		return readiness{ready: true, reason: v1alpha1.SuspendedReason, message: messageStartSuspended}
	}
	return readiness{ready: true, reason: v1alpha1.SuspendedReason, message: messageUnknownSuspended}
}

func readinessWhileRecording(recording *v1alpha1.CloudRecording, now time.Time, pending changes) readiness {
	switch {
	case isRecordedBefore(&recording.Status):
		return readiness{ready: true, reason: v1alpha1.RecordingReason, message: messageHandingOver}
	case lifecycle.StartsItself(recording) && recording.Status.SID == "":
		return readiness{reason: v1alpha1.StartingReason, message: messageStarting}
	case recording.Status.ServiceStatus != nil && isOverdue(&recording.Status.SessionStatus, now):
		return readiness{reason: v1alpha1.StartFailedReason, message: messageNotUp, stalled: true}
	case isComingUp(&recording.Status.SessionStatus):
		return readiness{reason: v1alpha1.StartingReason, message: messageComingUp}
	case recording.Status.ServiceStatus == nil:
		return readiness{reason: v1alpha1.StartingReason, message: messageStateUnknown}
	case isUpdating(&recording.Status.SessionStatus, pending):
		return readiness{reason: v1alpha1.UpdatingReason, message: messageUpdating}
	}
	switch *recording.Status.ServiceStatus {
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
func setReady(recording *v1alpha1.CloudRecording, now time.Time, summary readiness) {
	status := metav1.ConditionFalse
	if summary.ready {
		status = metav1.ConditionTrue
	}
	setCondition(recording, now, v1alpha1.ReadyCondition, status, summary.reason, summary.message)
	setOrRemove(recording, now, v1alpha1.ReconcilingCondition, !summary.ready && !summary.stalled, summary)
	setOrRemove(recording, now, v1alpha1.StalledCondition, !summary.ready && summary.stalled, summary)
}

func setOrRemove(recording *v1alpha1.CloudRecording, now time.Time, conditionType string, holds bool, summary readiness) {
	if holds {
		setCondition(recording, now, conditionType, metav1.ConditionTrue, summary.reason, summary.message)
		return
	}
	meta.RemoveStatusCondition(&recording.Status.Conditions, conditionType)
}

func setCondition(recording *v1alpha1.CloudRecording, now time.Time, conditionType string, status metav1.ConditionStatus, reason, message string) {
	meta.SetStatusCondition(&recording.Status.Conditions, metav1.Condition{
		Type:               conditionType,
		Status:             status,
		Reason:             reason,
		Message:            bounds.CutText(Printable(message), bounds.MaxMessageBytes),
		ObservedGeneration: recording.Generation,
		LastTransitionTime: *stampOf(now),
	})
}
