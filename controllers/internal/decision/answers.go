// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// applyAnswer adds what an answer says to the status, and returns what is wrong if the call
// failed.
func applyAnswer(recording *v1alpha1.CloudRecording, recorded *v1alpha1.CloudRecordingStatus, memory *Memory, observed *Observation, settings Settings, plan *Plan, answer agora.Answer) Problem {
	session := &recording.Status.SessionStatus
	applyReport(recording, observed, plan, answer)
	applyNotFound(session, memory, observed.Now, observed.AskedAt, answer)
	applyFailure(session, memory, observed.Now, answer)
	memory.retrying = false
	problem, next := applyOwnAnswer(recording, recorded, memory, observed, settings, answer)
	if problem.needsPerson() && memory.calledWith != memory.Trigger {
		// Somebody changed something while the call was in progress, and may have fixed what
		// failed.
		next = time.Time{}
		memory.retrying = true
	}
	memory.notBefore = next
	return problem
}

// applyOwnAnswer determines what an answer means for its method: what is wrong, and when
// the next call is due.
func applyOwnAnswer(recording *v1alpha1.CloudRecording, recorded *v1alpha1.CloudRecordingStatus, memory *Memory, observed *Observation, settings Settings, answer agora.Answer) (Problem, time.Time) {
	switch answer.Method {
	case agora.MethodAcquire:
		return applyAcquireAnswer(recording, recorded, memory, observed, answer)
	case agora.MethodStart:
		return applyStartAnswer(recording, memory, observed, answer)
	case agora.MethodQuery:
		return applyQueryAnswer(recording, recorded, memory, observed, settings, answer)
	case agora.MethodUpdate, agora.MethodUpdateLayout:
		return applyUpdateAnswer(&recording.Status.SessionStatus, memory, observed.Now, observed.AskedAt, settings, answer)
	default:
		return applyStopAnswer(recording, memory, observed, settings, answer)
	}
}

// applyReport records what the answer says about the recording, whatever it means.
func applyReport(recording *v1alpha1.CloudRecording, observed *Observation, plan *Plan, answer agora.Answer) {
	report := answer.Report
	addFiles(recording, observed, plan, report.Files)
	if report.UploadingStatus != "" && len(report.Files) > 0 && answer.Method == agora.MethodStop {
		recording.Status.FileListFinal = true
	}
	recording.Status.ExtensionServiceState = bounds.Services(mergeServices(recording.Status.ExtensionServiceState, report.ExtensionServices))
	if report.FileListMode != "" {
		recording.Status.FileListMode = report.FileListMode
	}
	if report.ServiceStatus != nil && answer.Method == agora.MethodQuery {
		recording.Status.ServiceStatus = report.ServiceStatus
	}
	if !report.StartTime.IsZero() && recording.Status.StartTime == nil {
		recording.Status.StartTime = &metav1.Time{Time: report.StartTime.Truncate(time.Second)}
	}
	// While the recorder runs, its upload state says nothing about the upload as a whole.
	if report.UploadingStatus != "" && (answer.Method == agora.MethodStop || lifecycle.HasEnded(&recording.Status.SessionStatus)) {
		recording.Status.UploadingStatus = report.UploadingStatus
	}
}

// applyFailure updates lastError.
func applyFailure(session *v1alpha1.SessionStatus, memory *Memory, now time.Time, answer agora.Answer) {
	if answer.Method == agora.MethodAcquire && !isFailure(answer.Conclusion) && hasFailedToStart(session) {
		// A new resource ID does not fix the start that failed.
		return
	}
	if keepsUpdateError(session, answer) {
		return
	}
	if !isFailure(answer.Conclusion) || (answer.Conclusion == agora.NotFound && lifecycle.HasEnded(session)) {
		clearCallError(session)
		memory.failures = 0
		return
	}
	if last := session.LastError; last != nil && last.Operation != string(answer.Method) {
		memory.failures = 0
	}
	countFailure(memory, answer)
	callError := &v1alpha1.CallError{
		Operation:  string(answer.Method),
		HTTPStatus: int32(answer.HTTPStatus), //nolint:gosec // an HTTP status has three digits
		Code:       answer.Code,
		Reason:     answer.Reason,
		Unexpected: answer.IsUnexpected(),
		Since:      *stampOf(now),
	}
	callError = bounds.Error(callError)
	if last := session.LastError; last != nil && sameFailure(*last, *callError) {
		callError.Since = last.Since
	}
	session.LastError = callError
}

// countFailure counts a failed call. Answers that there is no recorder are counted
// separately: a call that fails in between is retried soon.
func countFailure(memory *Memory, answer agora.Answer) {
	isOfRecorder := answer.Method != agora.MethodAcquire && answer.Method != agora.MethodStart
	if answer.Conclusion == agora.NotFound && isOfRecorder {
		memory.failures = 0
		return
	}
	memory.failures++
}

// clearCallError notes that calls succeed again. A failure from a notification stays until
// the upload is confirmed.
func clearCallError(session *v1alpha1.SessionStatus) {
	if session.LastError != nil && !lifecycle.IsNotified(session.LastError) {
		session.LastError = nil
	}
}

// applyQueryAnswer draws conclusions from the answer to a query.
func applyQueryAnswer(recording *v1alpha1.CloudRecording, recorded *v1alpha1.CloudRecordingStatus, memory *Memory, observed *Observation, settings Settings, answer agora.Answer) (Problem, time.Time) {
	session, now := &recording.Status.SessionStatus, observed.Now
	memory.SnapshotTried = lifecycle.WantsStop(recording)
	if answer.Conclusion == agora.Succeeded {
		memory.LastQueried = now
	}
	if lifecycle.HasEnded(session) {
		return Problem{}, applyQueryAnswerAfterStop(recording, memory, observed, settings, answer)
	}
	if meansComingUp(session, answer) {
		return Problem{}, applyQueryAnswerWhileComingUp(recording, memory, observed, settings, answer)
	}
	var next time.Time
	switch {
	case answer.Conclusion == agora.NotFound && !notFoundLongEnough(session, memory, observed.AskedAt, settings):
		next = nextNotFoundTry(session, memory, now, settings)
	case answer.Conclusion == agora.NotFound, answer.Presence() == agora.PresenceGone && !lifecycle.WantsStop(recording):
		// Agora itself says that the recorder has exited.
		noteEnd(session, memory, now, v1alpha1.RecordingEndedReason)
		next = uploadCheckAt(recording, now, settings)
	case answer.Conclusion == agora.Succeeded && answer.Presence() == agora.PresenceRunning:
		forgetNotifiedUpload(session, observed.AskedAt)
		forgetExit(session, observed.AskedAt)
		next = now.Add(pollInterval(observed, settings))
	case answer.Conclusion == agora.Succeeded || answer.Conclusion == agora.AlreadyExiting:
		next = now.Add(min(queryRetry(1), settings.PollInterval))
	default:
		next = now.Add(retryAfter(answer.Method, answer.Conclusion, memory.failures))
	}
	return problemOfPoll(session, recorded, memory, answer), next
}

// problemOfPoll tolerates occasional failures of polls. A successful poll does not fix an
// update that failed.
func problemOfPoll(session *v1alpha1.SessionStatus, recorded *v1alpha1.CloudRecordingStatus, memory *Memory, answer agora.Answer) Problem {
	passing := answer.Conclusion == agora.NotKnown || answer.Conclusion == agora.RateLimited
	if (passing && memory.failures <= toleratedFailures) || keepsUpdateError(session, answer) {
		return carriedProblem(*recorded)
	}
	return problemOfAnswer(answer)
}

// applyQueryAnswerAfterStop draws conclusions from a query that follows the upload, and
// returns when the next call is due.
func applyQueryAnswerAfterStop(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, answer agora.Answer) time.Time {
	session := &recording.Status.SessionStatus
	if answer.Presence() != agora.PresenceRunning {
		memory.running = 0
		concludeUpload(session, observed.Now, answer)
		return uploadCheckAt(recording, observed.Now, settings)
	}
	if memory.running++; memory.running < runningTries {
		return uploadCheckAt(recording, observed.Now, settings)
	}
	memory.running = 0
	unmarkStopped(session, observed.Now)
	if lifecycle.WantsStop(recording) {
		return time.Time{}
	}
	return observed.Now.Add(pollInterval(observed, settings))
}

// applyStopAnswer draws conclusions from the answer to a stop.
func applyStopAnswer(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, answer agora.Answer) (Problem, time.Time) {
	session, now := &recording.Status.SessionStatus, observed.Now
	if answer.Report.UploadingStatus == agora.Backuped {
		noteBackuped(recording, observed.AskedAt)
	}
	if lifecycle.HasEnded(session) {
		if next, found := applyConfirmingStopAnswer(recording, memory, observed, settings, answer); !found {
			return Problem{}, next
		}
	}
	if session.StopRequestedTime == nil {
		session.StopRequestedTime = stampOf(observed.AskedAt)
	}
	switch answer.Conclusion {
	case agora.Succeeded, agora.NoRecordedData, agora.UploadTimedOut:
		noteEnd(session, memory, now, v1alpha1.StopAcknowledgedReason)
	case agora.AlreadyExiting:
		noteEnd(session, memory, now, v1alpha1.AlreadyExitingReason)
	case agora.NotFound:
		// This is no problem: a stop ends when there is no recorder any more.
		if !notFoundLongEnough(session, memory, observed.AskedAt, settings) {
			return Problem{}, nextNotFoundTry(session, memory, now, settings)
		}
		noteEnd(session, memory, now, v1alpha1.RecordingEndedReason)
	default:
		return problemOfAnswer(answer), now.Add(retryAfter(answer.Method, answer.Conclusion, memory.failures))
	}
	concludeUpload(session, now, answer)
	return Problem{}, uploadCheckAt(recording, now, settings)
}

// isFailure reports whether a call did not achieve its purpose.
func isFailure(conclusion agora.Conclusion) bool {
	switch conclusion {
	case agora.Succeeded, agora.NoRecordedData, agora.UploadTimedOut, agora.AlreadyExiting:
		return false
	default:
		return true
	}
}

func sameFailure(a, b v1alpha1.CallError) bool {
	a.Since, b.Since = metav1.Time{}, metav1.Time{}
	a.Problem, b.Problem = "", ""
	return a == b
}

// mergeServices replaces what is known about the services that were reported.
func mergeServices(known, reported []v1alpha1.ExtensionServiceState) []v1alpha1.ExtensionServiceState {
	merged := slices.Clone(known)
	for _, service := range reported {
		i := slices.IndexFunc(merged, func(s v1alpha1.ExtensionServiceState) bool {
			return s.ServiceName == service.ServiceName
		})
		if i < 0 {
			merged = append(merged, service)
		} else {
			merged[i] = service
		}
	}
	return merged
}

// addFiles adds files to the status. Those that do not fit go to the log.
func addFiles(recording *v1alpha1.CloudRecording, observed *Observation, plan *Plan, reported []v1alpha1.RecordedFile) {
	surplus := func() int { return bounds.Surplus(recording) }
	files, unlisted := bounds.AddFiles(recording.Status.FileList, reported, observed.otherFiles, surplus)
	recording.Status.FileList, plan.Unlisted = files, append(plan.Unlisted, unlisted...)
}
