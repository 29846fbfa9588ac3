// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// applyAnswer adds what an answer says to the status, and returns what is wrong if
// the call failed.
func (d *decider) applyAnswer(answer agora.Answer) Problem {
	d.applyReport(answer)
	d.applyNotFound(answer)
	d.applyFailure(answer)
	d.memory.retrying = false
	problem := d.applyOwnAnswer(answer)
	if problem.needsPerson() && d.memory.calledWith != d.memory.Trigger {
		// Somebody changed something while the call was under way: what failed
		// may be mended.
		d.memory.notBefore = time.Time{}
		d.memory.retrying = true
	}
	return problem
}

// applyOwnAnswer concludes from an answer what it means for the method.
func (d *decider) applyOwnAnswer(answer agora.Answer) Problem {
	switch answer.Method {
	case agora.MethodAcquire:
		return d.applyAcquireAnswer(answer)
	case agora.MethodStart:
		return d.applyStartAnswer(answer)
	case agora.MethodQuery:
		return d.applyQueryAnswer(answer)
	case agora.MethodUpdate, agora.MethodUpdateLayout:
		return d.applyUpdateAnswer(answer)
	default:
		return d.applyStopAnswer(answer)
	}
}

// applyReport keeps what the answer says of the recording, whatever it means.
func (d *decider) applyReport(answer agora.Answer) {
	report := answer.Report
	d.addFiles(report.Files)
	if report.UploadingStatus != "" && len(report.Files) > 0 && answer.Method == agora.MethodStop {
		d.recording.Status.FileListFinal = true
	}
	d.recording.Status.ExtensionServiceState = bounds.Services(mergeServices(d.recording.Status.ExtensionServiceState, report.ExtensionServices))
	if report.FileListMode != "" {
		d.recording.Status.FileListMode = report.FileListMode
	}
	if report.ServiceStatus != nil && answer.Method == agora.MethodQuery {
		d.recording.Status.ServiceStatus = report.ServiceStatus
	}
	if !report.StartTime.IsZero() && d.recording.Status.StartTime == nil {
		d.recording.Status.StartTime = &metav1.Time{Time: report.StartTime.Truncate(time.Second)}
	}
	// While the recorder runs, its upload state says nothing of the whole.
	if report.UploadingStatus != "" && (answer.Method == agora.MethodStop || d.isStopped()) {
		d.recording.Status.UploadingStatus = report.UploadingStatus
	}
}

// applyFailure keeps lastError.
func (d *decider) applyFailure(answer agora.Answer) {
	if answer.Method == agora.MethodAcquire && !isFailure(answer.Conclusion) && d.hasFailedToStart() {
		// That a start can be tried again does not mend it.
		return
	}
	if d.keepsUpdateError(answer) {
		return
	}
	if !isFailure(answer.Conclusion) || (answer.Conclusion == agora.NotFound && d.isStopped()) {
		d.clearCallError()
		d.memory.failures = 0
		return
	}
	if last := d.recording.Status.LastError; last != nil && last.Operation != string(answer.Method) {
		d.memory.failures = 0
	}
	d.countFailure(answer)
	callError := &v1alpha1.CallError{
		Operation:  string(answer.Method),
		HTTPStatus: int32(answer.HTTPStatus), //nolint:gosec // an HTTP status has three digits
		Code:       answer.Code,
		Reason:     answer.Reason,
		Unexpected: answer.IsUnexpected(),
		Since:      *d.stamp(),
	}
	callError = bounds.Error(callError)
	if last := d.recording.Status.LastError; last != nil && sameFailure(*last, *callError) {
		callError.Since = last.Since
	}
	d.recording.Status.LastError = callError
}

// countFailure counts a call that failed. That a recorder is not found is counted by
// itself: what fails in between is tried again soon.
func (d *decider) countFailure(answer agora.Answer) {
	isOfRecorder := answer.Method != agora.MethodAcquire && answer.Method != agora.MethodStart
	if answer.Conclusion == agora.NotFound && isOfRecorder {
		d.memory.failures = 0
		return
	}
	d.memory.failures++
}

// clearCallError notes that calls succeed again. What was notified stays until
// the upload is confirmed.
func (d *decider) clearCallError() {
	if d.recording.Status.LastError != nil && !lifecycle.IsNotified(d.recording.Status.LastError) {
		d.recording.Status.LastError = nil
	}
}

// applyQueryAnswer concludes from the answer to a query.
func (d *decider) applyQueryAnswer(answer agora.Answer) Problem {
	now := d.observed.Now
	d.memory.SnapshotTried = d.wantsStop()
	if answer.Conclusion == agora.Succeeded {
		d.memory.LastQueried = now
	}
	if d.isStopped() {
		d.applyQueryAnswerAfterStop(answer)
		return Problem{}
	}
	if d.applyQueryWhileComingUp(answer) {
		return Problem{}
	}
	switch {
	case answer.Conclusion == agora.NotFound && d.notFoundLongEnough():
		d.conclude(v1alpha1.RecordingEndedReason)
	case answer.Conclusion == agora.NotFound:
		d.memory.notBefore = d.nextNotFoundTry()
	case answer.Presence() == agora.PresenceGone && !d.wantsStop():
		// Agora itself says that the recorder has exited.
		d.conclude(v1alpha1.RecordingEndedReason)
	case answer.Conclusion == agora.Succeeded && answer.Presence() == agora.PresenceRunning:
		d.forgetNotifiedUpload(d.observed.AskedAt)
		d.forgetExit()
		d.memory.notBefore = now.Add(d.pollInterval())
	case answer.Conclusion == agora.Succeeded || answer.Conclusion == agora.AlreadyExiting:
		d.memory.notBefore = now.Add(min(queryRetry(1), d.settings.PollInterval))
	default:
		d.memory.notBefore = now.Add(retryAfter(answer, d.memory.failures))
	}
	return d.problemOfPoll(answer)
}

// problemOfPoll tolerates polls that fail now and then.
func (d *decider) problemOfPoll(answer agora.Answer) Problem {
	passing := answer.Conclusion == agora.NotKnown || answer.Conclusion == agora.RateLimited
	if passing && d.memory.failures <= toleratedFailures {
		return carriedProblem(*d.recorded)
	}
	return problemOfAnswer(answer)
}

// applyQueryAnswerAfterStop concludes from a query that was made to follow the upload.
func (d *decider) applyQueryAnswerAfterStop(answer agora.Answer) {
	d.memory.notBefore = d.nextUploadCheck()
	if answer.Presence() != agora.PresenceRunning {
		d.memory.running = 0
		d.concludeUpload(answer)
		return
	}
	if d.memory.running++; d.memory.running >= runningTries {
		d.memory.running = 0
		d.unmarkStopped()
	}
}

// unmarkStopped takes back that the recording has ended: the recorder is at work, so
// whatever was concluded was wrong.
func (d *decider) unmarkStopped() {
	for _, condition := range []string{v1alpha1.StoppedCondition, v1alpha1.UploadedCondition, v1alpha1.VerifiedCondition} {
		meta.RemoveStatusCondition(&d.recording.Status.Conditions, condition)
	}
	d.recording.Status.StoppedTime, d.recording.Status.UploadedTime, d.recording.Status.Verification = nil, nil, nil
	d.recording.Status.StoppedReason, d.recording.Status.UploadedReason = "", ""
	d.recording.Status.FileListFinal = false
	d.forgetNotifiedUpload(d.observed.Now)
	d.memory.notBefore = time.Time{}
	if !d.wantsStop() {
		d.memory.notBefore = d.observed.Now.Add(d.pollInterval())
	}
}

// applyStopAnswer concludes from the answer to a stop.
func (d *decider) applyStopAnswer(answer agora.Answer) Problem {
	if answer.Report.UploadingStatus == agora.Backuped {
		d.noteBackuped()
	}
	if d.isStopped() && !d.applyConfirmingStopAnswer(answer) {
		return Problem{}
	}
	switch answer.Conclusion {
	case agora.Succeeded, agora.NoRecordedData, agora.UploadTimedOut:
		d.conclude(v1alpha1.StopAcknowledgedReason)
		d.concludeUpload(answer)
	case agora.AlreadyExiting:
		d.conclude(v1alpha1.AlreadyExitingReason)
		d.concludeUpload(answer)
	case agora.NotFound:
		if d.notFoundLongEnough() {
			d.conclude(v1alpha1.RecordingEndedReason)
			d.concludeUpload(answer)
			return Problem{}
		}
		// Being stopped says it all: finding no recorder is how that ends.
		d.memory.notBefore = d.nextNotFoundTry()
		return Problem{}
	default:
		d.memory.notBefore = d.observed.Now.Add(retryAfter(answer, d.memory.failures))
	}
	return problemOfAnswer(answer)
}

// conclude notes that the recording has ended.
func (d *decider) conclude(reason string) {
	if d.recording.Status.StoppedTime == nil {
		d.recording.Status.StoppedTime = d.stamp()
	}
	d.clearCallError()
	d.memory.failures = 0
	d.recording.Status.StoppedReason = reason
	d.setCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, reason, stoppedMessage(reason))
	d.memory.notBefore = d.nextUploadCheck()
}

// concludeUpload notes evidence of the upload.
func (d *decider) concludeUpload(answer agora.Answer) {
	switch {
	case d.isUploaded():
		return
	case answer.Report.UploadingStatus == agora.Uploaded:
		d.setUploaded(v1alpha1.ReportedByAgoraReason, reportedMessage(len(d.recording.Status.FileList)))
	case answer.Conclusion == agora.NoRecordedData && len(d.recording.Status.FileList) == 0:
		d.setUploaded(v1alpha1.NoRecordedDataReason, messageNoRecordedData)
	}
}

func (d *decider) setUploaded(reason, message string) {
	d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, reason, message)
	d.recording.Status.UploadedReason = reason
	d.recording.Status.UploadedTime = d.stamp()
	d.recording.Status.LastError = nil
	if d.recording.Status.UploadProgress != nil {
		d.recording.Status.UploadProgress = ptr.To[int32](100)
	}
}

// retryAfter returns the time before the same call is worth trying again.
func retryAfter(answer agora.Answer, failures int) time.Duration {
	switch answer.Conclusion {
	case agora.RateLimited:
		return rateLimitedRetry
	case agora.NoRoute, agora.InvalidRequest, agora.ResourceExpired, agora.CredentialsRejected:
		return slowRetry
	default:
		if answer.Method == agora.MethodQuery {
			return queryRetry(failures)
		}
		return callRetry(failures)
	}
}

// isFailure says whether a call did not do what it was for.
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

// mergeServices replaces what is known of the services that were reported.
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

// addFiles adds files to the status. What has no room there goes to the log.
func (d *decider) addFiles(reported []v1alpha1.RecordedFile) {
	surplus := func() int { return bounds.Surplus(d.recording) }
	files, unlisted := bounds.AddFiles(d.recording.Status.FileList, reported, d.observed.otherFiles, surplus)
	d.recording.Status.FileList, d.plan.Unlisted = files, append(d.plan.Unlisted, unlisted...)
}
