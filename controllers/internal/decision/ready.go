// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// readiness is how the Ready condition sums up a recording.
type readiness struct {
	ready   bool
	reason  string
	message string
	// stalled means that a person must act. Otherwise the operator is at work while the
	// recording is not ready.
	stalled bool
}

// readinessOf returns what the Ready condition says. It is about the current session,
// unless a previous one is what a person must know about, or all that is left to do.
func readinessOf(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, pending changes, problem Problem) readiness {
	own, others := readinessOfSession(recording, memory, observed, settings, pending, problem), readinessOfSessions(recording.Status.Sessions)
	switch {
	case others.reason != "" && own.ready && lifecycle.HasEnded(&recording.Status.SessionStatus):
		return others
	case others.stalled && !own.stalled && others.reason != v1alpha1.UploadNotConfirmedReason:
		// The previous session may be running and billed.
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
	case isScheduled(recording, observed):
		return readiness{ready: true, reason: v1alpha1.ScheduledReason, message: scheduledMessage(recording)}
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
	if recording.Status.StopReason == v1alpha1.StopReasonWindowPassed {
		return readiness{ready: true, reason: v1alpha1.WindowPassedReason, message: messageWindowPassed}
	}
	ended := readinessOfUpload(recording, now)
	if ended.ready && completesEmpty(recording) {
		ended.reason, ended.message = v1alpha1.ChannelEmptyReason, channelEmptyMessage(recording)
	}
	return ended
}

// hasEndedUnwanted reports whether the current session has ended although it should have
// gone on.
func hasEndedUnwanted(recording *v1alpha1.CloudRecording) bool {
	return lifecycle.HasEnded(&recording.Status.SessionStatus) && recording.Spec.State != v1alpha1.RecordingStateStopped && !lifecycle.IsDeleting(recording) &&
		!isEndAsWanted(recording.Status.StopReason) && !completesEmpty(recording)
}

// isEndAsWanted reports whether such a reason means that the spec made the operator stop a
// recording.
func isEndAsWanted(reason v1alpha1.StopReason) bool {
	switch reason {
	case v1alpha1.StopReasonMaxDuration, v1alpha1.StopReasonWindowEnded, v1alpha1.StopReasonWindowPassed:
		return true
	default:
		return false
	}
}

// readinessAfterUnwantedEnd sums up a recording whose end nobody wanted.
func readinessAfterUnwantedEnd(recording *v1alpha1.CloudRecording) readiness {
	switch {
	case recording.Status.StopReason == v1alpha1.StopReasonControlWindow:
		return readiness{reason: v1alpha1.ControlWindowEndedReason, message: limitEndedMessage(&recording.Status, messageControlWindowEnded), stalled: true}
	case recording.Status.StopReason == v1alpha1.StopReasonTokenLifetime:
		return readiness{reason: v1alpha1.TokenLifetimeEndedReason, message: limitEndedMessage(&recording.Status, messageTokenEnded), stalled: true}
	case recording.Status.StopReason == v1alpha1.StopReasonWindowMissed:
		return readiness{reason: v1alpha1.WindowMissedReason, message: windowMissedMessage(&recording.Status.SessionStatus), stalled: true}
	case recording.Status.StoppedReason == v1alpha1.StartFailedReason:
		return readiness{reason: v1alpha1.StartFailedReason, message: messageStartFailed, stalled: true}
	default:
		return readiness{reason: v1alpha1.RecordingEndedReason, message: endedMessage(recording), stalled: true}
	}
}

// readinessOfUpload sums up a recording that has ended as wanted.
func readinessOfUpload(recording *v1alpha1.CloudRecording, now time.Time) readiness {
	session := &recording.Status.SessionStatus
	uploaded := meta.FindStatusCondition(recording.Status.Conditions, v1alpha1.UploadedCondition)
	switch {
	case recording.Status.UploadedReason == v1alpha1.NoRecordedDataReason && uploaded.Reason == v1alpha1.NoRecordedDataReason:
		return readiness{ready: true, reason: nothingRecordedReason(session), message: uploaded.Message}
	case recording.Status.UploadedReason == v1alpha1.NoRecordedDataReason:
		// Previous sessions have files.
		return readiness{ready: true, reason: v1alpha1.UploadedReason, message: messageEnded + uploaded.Message}
	case lifecycle.HasUploaded(session) && awaitsFirstVerification(recording):
		return readiness{reason: v1alpha1.UploadPendingReason, message: uploadPendingMessage(recording, uploaded.Message+messageLooking)}
	case lifecycle.HasUploaded(session) && !lifecycle.IsContradicted(recording.Status):
		return readiness{ready: true, reason: v1alpha1.UploadedReason, message: messageEnded + uploaded.Message}
	case !now.Before(confirmDeadline(recording, now)):
		return readiness{reason: v1alpha1.UploadNotConfirmedReason, message: notConfirmedMessage(recording), stalled: true}
	default:
		return readiness{reason: v1alpha1.UploadPendingReason, message: uploadPendingMessage(recording, uploaded.Message+bucketMessage(session))}
	}
}

// nothingRecordedReason distinguishes a recording that recorded nothing from one that was
// never started.
func nothingRecordedReason(session *v1alpha1.SessionStatus) string {
	if session.StoppedReason == v1alpha1.NothingToStopReason {
		return v1alpha1.NothingToStopReason
	}
	return v1alpha1.NoRecordedDataReason
}

// readinessWhileSuspended says what was last known: nobody looks.
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
	session := &recording.Status.SessionStatus
	switch {
	case isRecordedBefore(&recording.Status):
		return readiness{ready: true, reason: v1alpha1.RecordingReason, message: messageHandingOver}
	case lifecycle.StartsItself(recording) && recording.Status.SID == "":
		return readiness{reason: v1alpha1.StartingReason, message: messageStarting}
	case recording.Status.ServiceStatus != nil && isOverdue(session, now):
		return readiness{reason: v1alpha1.StartFailedReason, message: messageNotUp, stalled: true}
	case isComingUp(session):
		return readiness{reason: v1alpha1.StartingReason, message: messageComingUp}
	case recording.Status.ServiceStatus == nil:
		return readiness{reason: v1alpha1.StartingReason, message: messageStateUnknown}
	case isUpdating(session, pending):
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

// readyCondition says whether everything is as wanted.
func readyCondition(summary readiness) condition {
	if summary.ready {
		return condition{metav1.ConditionTrue, summary.reason, summary.message}
	}
	return condition{metav1.ConditionFalse, summary.reason, summary.message}
}

// reconcilingCondition says, for kstatus, that the operator is at work on a recording that
// is not ready. It is present only as long as that is so.
func reconcilingCondition(summary readiness) condition {
	if summary.ready || summary.stalled {
		return condition{}
	}
	return condition{metav1.ConditionTrue, summary.reason, summary.message}
}

// stalledCondition says, for kstatus, that a person must act. It is present only as long as
// that is so.
func stalledCondition(summary readiness) condition {
	if summary.ready || !summary.stalled {
		return condition{}
	}
	return condition{metav1.ConditionTrue, summary.reason, summary.message}
}
