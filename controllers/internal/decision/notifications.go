// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/notifications"
)

// notifiedQueryGap is the shortest time between two queries that notifications cause.
const notifiedQueryGap = 5 * time.Second

// longestMove is longer than the move of a recorder to another server takes, however far
// off Agora's clock is.
const longestMove = 2 * time.Minute

// warningName is Agora's name for notifications of warnings.
const warningName = "cloud_recording_warning"

// applyEvent adds what a notification says to the status. Events come in any order and more
// than once. Names of files always count; everything else counts only if nothing newer of
// its kind is known.
func applyEvent(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, plan *Plan, event notifications.Event) {
	session := &recording.Status.SessionStatus
	addFiles(recording, observed, plan, event.Files)
	if !bounds.UserID.MatchString(event.UID) {
		// No recorder has such a user ID.
		return
	}
	switch event.Type {
	case notifications.Uploaded, notifications.Backuped:
		applyNotifiedUpload(recording, memory, event)
		return
	case notifications.UploadingProgress:
		applyProgress(recording, memory, event)
		return
	case notifications.RecorderSnapshotFile:
		// There may be thousands of these events, and only the names in them matter.
		return
	case notifications.CloudRecordingError, notifications.CloudRecordingWarning, notifications.DownloadFailed,
		notifications.TranscoderCompleted, notifications.PostponeTranscodeFinalResult:
		applyNotifiedFailure(session, event)
	case notifications.WebRecorderStarted:
		applyNotifiedStart(session, event)
	case notifications.RTMPPublishStatus:
		applyPublish(session, event)
	default:
	}
	last := lastNotified(session, event.Type)
	if last != nil && event.Time.Before(last.Time.Time) {
		return
	}
	if last == nil || event.Time.After(last.Time.Time) {
		announceEvent(plan, event)
	}
	noteEvent(recording, event)
	switch event.Type {
	case notifications.SessionExit, notifications.RecorderLeave, notifications.WebRecorderStopped, notifications.WebRecorderCapabilityLimit:
		applyExit(session, event)
	case notifications.SessionFailover:
		applyFailover(session, event)
	default:
	}
	if tellsOfRecorder(event.Type) {
		queryNow(session, memory, observed.Now)
	}
}

// applyFailover records that the recorder was moved to another server, where it has another
// user ID.
func applyFailover(session *v1alpha1.SessionStatus, event notifications.Event) {
	session.Failover = &v1alpha1.RecorderFailover{Time: *stampOf(event.Time)}
	if bounds.UserID.MatchString(event.NewUID) {
		session.Failover.NewUID = event.NewUID
	}
}

// applyNotifiedUpload records what Agora notifies about the upload as a whole. After a move
// to another server, each recorder speaks for its own files: when one says that its files
// are uploaded, the other's may still be in the backup.
func applyNotifiedUpload(recording *v1alpha1.CloudRecording, memory *Memory, event notifications.Event) {
	session := &recording.Status.SessionStatus
	isUploaded := event.Type == notifications.Uploaded
	if (event.Status == nil && isUploaded) || (event.Status != nil && *event.Status != 0) {
		return
	}
	recording.Status.FileListFinal = recording.Status.FileListFinal || len(event.Files) > 0
	uploaded, backuped := lastNotifiedOf(session, notifications.Uploaded, event.UID), lastNotifiedOf(session, notifications.Backuped, event.UID)
	same, other := uploaded, backuped
	if !isUploaded {
		same, other = backuped, uploaded
	}
	if (same != nil && !event.Time.After(same.Time.Time)) || (other != nil && event.Time.Before(other.Time.Time)) {
		return
	}
	forgetEvents(session, func(noted v1alpha1.NotifiedEvent) bool { return lifecycle.IsOfUpload(noted) && noted.UID == event.UID })
	noteEvent(recording, event)
	stateNotifiedUpload(session)
	memory.verifyNotBefore = time.Time{}
}

// noteBackuped treats the answer to a stop like a notification that says the same. What was
// notified before can only have been about a part, before a move. All files can be uploaded
// only after the stop was called, but Agora's clock may be behind.
func noteBackuped(recording *v1alpha1.CloudRecording, askedAt time.Time) {
	forgetEvents(&recording.Status.SessionStatus, func(noted v1alpha1.NotifiedEvent) bool {
		return notifications.Type(noted.EventType) == notifications.Uploaded
	})
	noteEvent(recording, notifications.Event{Type: notifications.Backuped, UID: recorderUID(recording), Time: askedAt.Add(-clockTolerance)})
}

// recorderUID returns the user ID of the recorder that is at work, as far as moves are
// known.
func recorderUID(recording *v1alpha1.CloudRecording) string {
	if failover := recording.Status.Failover; failover != nil && failover.NewUID != "" {
		return failover.NewUID
	}
	return lifecycle.UIDOf(recording.Spec.UID, &recording.Status.SessionStatus)
}

// stateNotifiedUpload states in Agora's words what was notified about the upload. A
// confirmed upload stays as it is.
func stateNotifiedUpload(session *v1alpha1.SessionStatus) {
	switch {
	case lifecycle.HasUploaded(session):
	case lastNotified(session, notifications.Backuped) != nil:
		session.UploadingStatus = agora.Backuped
	case lastNotified(session, notifications.Uploaded) != nil:
		session.UploadingStatus = agora.Uploaded
	}
}

// isNotifiedUploaded reports whether every recorder that has reported on its upload,
// including the last one, has reported that everything is uploaded.
func isNotifiedUploaded(session *v1alpha1.SessionStatus) bool {
	if lastNotified(session, notifications.Backuped) != nil {
		return false
	}
	if session.Failover != nil && session.Failover.NewUID != "" {
		return lastNotifiedOf(session, notifications.Uploaded, session.Failover.NewUID) != nil
	}
	return lastNotified(session, notifications.Uploaded) != nil
}

// applyProgress records how much is uploaded. A notification that repeats what is known
// leaves no trace.
func applyProgress(recording *v1alpha1.CloudRecording, memory *Memory, event notifications.Event) {
	session := &recording.Status.SessionStatus
	last := lastNotified(session, event.Type)
	if event.Progress == nil || event.Time.Before(memory.lastProgress) || (last != nil && event.Time.Before(last.Time.Time)) {
		return
	}
	memory.lastProgress = event.Time
	const hundredths = 100
	progress := min(max(*event.Progress/hundredths, 0), hundredths)
	if lifecycle.HasUploaded(session) {
		progress = hundredths
	}
	if recording.Status.UploadProgress == nil || *recording.Status.UploadProgress != progress {
		recording.Status.UploadProgress = &progress
		noteEvent(recording, event)
	}
}

// applyNotifiedFailure records the newest failure until the upload is confirmed. The
// failure of a call comes first: it keeps the operator from its work.
func applyNotifiedFailure(session *v1alpha1.SessionStatus, event notifications.Event) {
	text := failureText(event)
	last := session.LastError
	if text == "" || lifecycle.HasUploaded(session) || (last != nil && !lifecycle.IsNotified(last)) {
		return
	}
	failure := v1alpha1.CallError{Operation: event.MsgName, Reason: text, Since: *stampOf(event.Time)}
	if event.Failure != nil {
		failure.Code = event.Failure.Code
	}
	if failure := bounds.Error(&failure); last == nil || compareFailures(*failure, *last) > 0 {
		session.LastError = failure
	}
}

// compareFailures orders failures by their time. Failures of the same second have an order,
// too, so that it does not matter which one comes first. Errors outweigh warnings.
func compareFailures(a, b v1alpha1.CallError) int {
	return cmp.Or(a.Since.Compare(b.Since.Time),
		cmp.Compare(weight(a), weight(b)),
		cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Reason, b.Reason))
}

func weight(failure v1alpha1.CallError) int {
	if failure.Operation == warningName {
		return 0
	}
	return 1
}

// applyNotifiedStart records when the recording of a page began. Agora may say so again
// after a move to another server.
func applyNotifiedStart(session *v1alpha1.SessionStatus, event notifications.Event) {
	if event.StartTime.IsZero() {
		return
	}
	start := stampOf(event.StartTime)
	if session.StartTime == nil || start.Before(session.StartTime) {
		session.StartTime = start
	}
}

// applyExit records how the recorder ended.
func applyExit(session *v1alpha1.SessionStatus, event notifications.Event) {
	exit := session.Exit
	if exit == nil {
		exit = &v1alpha1.RecorderExit{}
	}
	if exit.Time == nil || event.Time.After(exit.Time.Time) {
		exit.Time = stampOf(event.Time)
	}
	switch event.Type {
	case notifications.SessionExit:
		exit.ExitStatus = cmp.Or(event.ExitStatus, exit.ExitStatus)
	case notifications.RecorderLeave:
		exit.LeaveCode = cmp.Or(event.LeaveCode, exit.LeaveCode)
	default:
		if isLastWebStop(session, event) {
			exit.WebStopCode = cmp.Or(webStopCode(event), exit.WebStopCode)
		}
	}
	exit.Cause = exitCause(*exit)
	session.Exit = exit
}

// isLastWebStop reports whether nothing newer says why the recording of a page ended. Two
// types of events say that.
func isLastWebStop(session *v1alpha1.SessionStatus, event notifications.Event) bool {
	for _, kind := range []notifications.Type{notifications.WebRecorderStopped, notifications.WebRecorderCapabilityLimit} {
		if last := lastNotified(session, kind); last != nil && event.Time.Before(last.Time.Time) {
			return false
		}
	}
	return true
}

// applyPublish records how the push to a CDN address goes. An older event counts only for
// an address about which nothing is known.
func applyPublish(session *v1alpha1.SessionStatus, event notifications.Event) {
	if event.Publish == nil {
		return
	}
	services := slices.Clone(session.ExtensionServiceState)
	i := slices.IndexFunc(services, func(s v1alpha1.ExtensionServiceState) bool { return s.ServiceName == clientrequest.RTMPPublishService })
	if i < 0 {
		i = len(services)
		services = append(services, v1alpha1.ExtensionServiceState{ServiceName: clientrequest.RTMPPublishService})
	}
	output := v1alpha1.ExtensionServiceOutput{RTMPURL: bounds.CutText(event.Publish.RTMPURL, bounds.MaxAddressBytes), Status: event.Publish.Status}
	last := lastNotified(session, event.Type)
	isOlder := last != nil && event.Time.Before(last.Time.Time)
	outputs := slices.Clone(services[i].Payload.Outputs)
	j := slices.IndexFunc(outputs, func(o v1alpha1.ExtensionServiceOutput) bool { return o.RTMPURL == output.RTMPURL })
	switch {
	case j < 0:
		outputs = append(outputs, output)
	case !isOlder:
		outputs[j] = output
	}
	services[i].Payload.Outputs = outputs
	session.ExtensionServiceState = bounds.Services(services)
}

// tellsOfRecorder reports whether events of the type are a reason to ask for the state of
// the recorder.
func tellsOfRecorder(kind notifications.Type) bool {
	switch kind {
	case notifications.CloudRecordingError, notifications.CloudRecordingStatusUpdate,
		notifications.SessionExit, notifications.SessionFailover, notifications.RecorderLeave,
		notifications.WebRecorderStopped, notifications.WebRecorderCapabilityLimit:
		return true
	default:
		return false
	}
}

// queryNow makes the next call to Agora due, as long as the recording goes on.
func queryNow(session *v1alpha1.SessionStatus, memory *Memory, now time.Time) {
	if !lifecycle.HasEnded(session) {
		memory.notBefore = earlier(memory.notBefore, later(now, memory.LastQueried.Add(notifiedQueryGap)))
	}
}

// forgetExit drops the end of a recorder that turns out to be at work again, after a move.
// A move takes less than two minutes.
func forgetExit(session *v1alpha1.SessionStatus, askedAt time.Time) {
	if exit := session.Exit; exit != nil && exit.Time != nil && askedAt.Sub(exit.Time.Time) > longestMove {
		session.Exit = nil
	}
}

// concludeNotified notes that Agora has notified the upload.
func concludeNotified(recording *v1alpha1.CloudRecording, now time.Time) {
	session := &recording.Status.SessionStatus
	if lifecycle.HasEnded(session) && !lifecycle.HasUploaded(session) && isNotifiedUploaded(session) {
		recording.Status.UploadingStatus = agora.Uploaded
		noteUploaded(session, now, v1alpha1.NotifiedByAgoraReason)
	}
}

// forgetNotifiedUpload drops what was notified about the upload before a recorder was found
// at work: it was about another recorder, before a move. Agora's clock may have been ahead
// when it stamped those events.
func forgetNotifiedUpload(session *v1alpha1.SessionStatus, before time.Time) {
	forgotten := forgetEvents(session, func(noted v1alpha1.NotifiedEvent) bool {
		return lifecycle.IsOfUpload(noted) && noted.Time.Time.Before(before.Add(clockTolerance))
	})
	if forgotten && !lifecycle.HasUploaded(session) {
		session.UploadingStatus = ""
		stateNotifiedUpload(session)
	}
}

// forgetEvents drops events, and reports whether there were any.
func forgetEvents(session *v1alpha1.SessionStatus, isForgotten func(v1alpha1.NotifiedEvent) bool) bool {
	before := len(session.Notified)
	session.Notified = slices.DeleteFunc(slices.Clone(session.Notified), isForgotten)
	return len(session.Notified) < before
}

// lastNotified returns the newest event of a type, about any recorder, or nil.
func lastNotified(session *v1alpha1.SessionStatus, kind notifications.Type) *v1alpha1.NotifiedEvent {
	var last *v1alpha1.NotifiedEvent
	for i := range session.Notified {
		noted := &session.Notified[i]
		if noted.EventType == int32(kind) && (last == nil || noted.Time.After(last.Time.Time)) {
			last = noted
		}
	}
	return last
}

// lastNotifiedOf returns the newest event of a type about a recorder, or nil.
func lastNotifiedOf(session *v1alpha1.SessionStatus, kind notifications.Type, uid string) *v1alpha1.NotifiedEvent {
	for i := range session.Notified {
		if noted := &session.Notified[i]; noted.EventType == int32(kind) && noted.UID == uid {
			return noted
		}
	}
	return nil
}

// noteEvent records an event, as far as there is room. Events are sorted by their types and
// recorders, whatever the order in which they came.
func noteEvent(recording *v1alpha1.CloudRecording, event notifications.Event) {
	noted := v1alpha1.NotifiedEvent{EventType: int32(event.Type), UID: event.UID, Time: metav1.NewMicroTime(event.Time.Truncate(time.Millisecond))}
	i, known := slices.BinarySearchFunc(recording.Status.Notified, noted, bounds.CompareEvents)
	if known {
		recording.Status.Notified[i] = noted
		return
	}
	recording.Status.Notified = slices.Insert(recording.Status.Notified, i, noted)
	recording.Status.Notified = bounds.Notified(&recording.Status.SessionStatus, recording.Spec.UID)
}
