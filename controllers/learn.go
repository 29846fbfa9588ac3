// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// learn adds what an answer says to the status, and returns what is wrong if
// the call failed.
func (d *decider) learn(answer agora.Answer) trouble {
	d.learnReport(answer)
	d.learnNotFound(answer)
	d.learnFailure(answer)
	d.memory.retrying = false
	trouble := d.learnOf(answer)
	if trouble.needsPerson() && d.memory.calledWith != d.memory.trigger {
		// Somebody changed something while the call was under way: what failed
		// may be mended.
		d.memory.notBefore = time.Time{}
		d.memory.retrying = true
	}
	return trouble
}

// learnOf concludes from an answer what it means for the method.
func (d *decider) learnOf(answer agora.Answer) trouble {
	switch answer.Method {
	case agora.MethodAcquire:
		return d.learnAcquire(answer)
	case agora.MethodStart:
		return d.learnStart(answer)
	case agora.MethodQuery:
		return d.learnQuery(answer)
	case agora.MethodUpdate, agora.MethodUpdateLayout:
		return d.learnUpdate(answer)
	default:
		return d.learnStop(answer)
	}
}

// learnReport keeps what the answer says of the recording, whatever it means.
func (d *decider) learnReport(answer agora.Answer) {
	report := answer.Report
	d.learnFiles(report.Files)
	if report.UploadingStatus != "" && len(report.Files) > 0 && answer.Method == agora.MethodStop {
		d.status.FileListFinal = true
	}
	d.status.ExtensionServiceState = boundServices(mergeServices(d.status.ExtensionServiceState, report.ExtensionServices))
	if report.FileListMode != "" {
		d.status.FileListMode = report.FileListMode
	}
	if report.ServiceStatus != nil && answer.Method == agora.MethodQuery {
		d.status.ServiceStatus = report.ServiceStatus
	}
	if !report.StartTime.IsZero() && d.status.StartTime == nil {
		d.status.StartTime = &metav1.Time{Time: report.StartTime.Truncate(time.Second)}
	}
	// While the recorder runs, its upload state says nothing of the whole.
	if report.UploadingStatus != "" && (answer.Method == agora.MethodStop || d.isStopped()) {
		d.status.UploadingStatus = report.UploadingStatus
	}
}

// learnFailure keeps lastError.
func (d *decider) learnFailure(answer agora.Answer) {
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
	if last := d.status.LastError; last != nil && last.Operation != string(answer.Method) {
		d.memory.failures = 0
	}
	d.countFailure(answer)
	callError := &v1alpha1.CallError{
		Operation:  string(answer.Method),
		HTTPStatus: int32(answer.HTTPStatus), //nolint:gosec // an HTTP status has three digits
		Code:       answer.Code,
		Reason:     answer.Reason,
		Unexpected: isUnexpected(answer),
		Since:      *d.stamp(),
	}
	callError = boundError(callError)
	if last := d.status.LastError; last != nil && sameFailure(*last, *callError) {
		callError.Since = last.Since
	}
	d.status.LastError = callError
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
	if d.status.LastError != nil && !isNotified(d.status.LastError) {
		d.status.LastError = nil
	}
}

// learnQuery concludes from the answer to a query.
func (d *decider) learnQuery(answer agora.Answer) trouble {
	now := d.observed.now
	d.memory.snapshotTried = d.wantsStop()
	if answer.Conclusion == agora.Succeeded {
		d.memory.lastQueried = now
	}
	if d.isStopped() {
		d.learnQueryAfterStop(answer)
		return trouble{}
	}
	if d.learnComingUp(answer) {
		return trouble{}
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
		d.forgetNotifiedUpload(d.observed.askedAt)
		d.forgetExit()
		d.memory.notBefore = now.Add(d.pollInterval())
	case answer.Conclusion == agora.Succeeded || answer.Conclusion == agora.AlreadyExiting:
		d.memory.notBefore = now.Add(min(queryRetry(1), d.settings.PollInterval))
	default:
		d.memory.notBefore = now.Add(retryAfter(answer, d.memory.failures))
	}
	return d.troubleOfPoll(answer)
}

// troubleOfPoll tolerates polls that fail now and then.
func (d *decider) troubleOfPoll(answer agora.Answer) trouble {
	passing := answer.Conclusion == agora.NotKnown || answer.Conclusion == agora.RateLimited
	if passing && d.memory.failures <= toleratedFailures {
		return carriedTrouble(d.recording.Status)
	}
	return troubleOfAnswer(answer)
}

// learnQueryAfterStop concludes from a query that was made to follow the upload.
func (d *decider) learnQueryAfterStop(answer agora.Answer) {
	d.memory.notBefore = d.nextUploadCheck()
	if answer.Presence() != agora.PresenceRunning {
		d.memory.running = 0
		d.concludeUpload(answer)
		return
	}
	if d.memory.running++; d.memory.running >= runningTries {
		d.memory.running = 0
		d.revive()
	}
}

// revive takes back that the recording has ended: the recorder is at work, so
// whatever was concluded was wrong.
func (d *decider) revive() {
	for _, condition := range []string{v1alpha1.StoppedCondition, v1alpha1.UploadedCondition, v1alpha1.VerifiedCondition} {
		meta.RemoveStatusCondition(&d.status.Conditions, condition)
	}
	d.status.StoppedTime, d.status.UploadedTime, d.status.Verification = nil, nil, nil
	d.status.StoppedReason, d.status.UploadedReason = "", ""
	d.status.FileListFinal = false
	d.forgetNotifiedUpload(d.observed.now)
	d.memory.notBefore = time.Time{}
	if !d.wantsStop() {
		d.memory.notBefore = d.observed.now.Add(d.pollInterval())
	}
}

// learnStop concludes from the answer to a stop.
func (d *decider) learnStop(answer agora.Answer) trouble {
	if answer.Report.UploadingStatus == agora.Backuped {
		d.noteBackuped()
	}
	if d.isStopped() && !d.learnStopOfUnfound(answer) {
		return trouble{}
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
			return trouble{}
		}
		// Being stopped says it all: finding no recorder is how that ends.
		d.memory.notBefore = d.nextNotFoundTry()
		return trouble{}
	default:
		d.memory.notBefore = d.observed.now.Add(retryAfter(answer, d.memory.failures))
	}
	return troubleOfAnswer(answer)
}

// conclude notes that the recording has ended.
func (d *decider) conclude(reason string) {
	if d.status.StoppedTime == nil {
		d.status.StoppedTime = d.stamp()
	}
	d.clearCallError()
	d.memory.failures = 0
	d.status.StoppedReason = reason
	d.setCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, reason, stoppedMessage(reason))
	d.memory.notBefore = d.nextUploadCheck()
}

// concludeUpload notes evidence of the upload.
func (d *decider) concludeUpload(answer agora.Answer) {
	switch {
	case d.isUploaded():
		return
	case answer.Report.UploadingStatus == agora.Uploaded:
		d.setUploaded(v1alpha1.ReportedByAgoraReason, reportedMessage(len(d.status.FileList)))
	case answer.Conclusion == agora.NoRecordedData && len(d.status.FileList) == 0:
		d.setUploaded(v1alpha1.NoRecordedDataReason, messageNoRecordedData)
	}
}

func (d *decider) setUploaded(reason, message string) {
	d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, reason, message)
	d.status.UploadedReason = reason
	d.status.UploadedTime = d.stamp()
	d.status.LastError = nil
	if d.status.UploadProgress != nil {
		d.status.UploadProgress = ptr.To[int32](100)
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
