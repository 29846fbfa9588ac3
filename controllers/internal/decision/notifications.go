// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/notifications"
)

// notifiedQueryGap is the shortest time between two queries that notifications
// lead to.
const notifiedQueryGap = 5 * time.Second

// longestMove is more than the move of a recorder to another server takes, however
// far Agora's clock is off.
const longestMove = 2 * time.Minute

// warningName is Agora's name for notifications of warnings.
const warningName = "cloud_recording_warning"

// applyEvent adds what a notification says to the status. Events come in any
// order and more than once: names of files always count, everything else only
// if nothing newer of its kind is known.
func (d *decider) applyEvent(event notifications.Event) {
	d.addFiles(event.Files)
	if !bounds.UserID.MatchString(event.UID) {
		// No recorder is called so.
		return
	}
	switch event.Type {
	case notifications.Uploaded, notifications.Backuped:
		d.applyNotifiedUpload(event)
		return
	case notifications.UploadingProgress:
		d.applyProgress(event)
		return
	case notifications.RecorderSnapshotFile:
		// There may be thousands, of which only the names matter.
		return
	case notifications.CloudRecordingError, notifications.CloudRecordingWarning, notifications.DownloadFailed,
		notifications.TranscoderCompleted, notifications.PostponeTranscodeFinalResult:
		d.applyNotifiedFailure(event)
	case notifications.WebRecorderStarted:
		d.applyNotifiedStart(event)
	case notifications.RTMPPublishStatus:
		d.applyPublish(event)
	default:
	}
	last := d.lastNotified(event.Type)
	if last != nil && event.Time.Before(last.Time.Time) {
		return
	}
	if last == nil || event.Time.After(last.Time.Time) {
		d.announceEvent(event)
	}
	d.noteEvent(event)
	switch event.Type {
	case notifications.SessionExit, notifications.RecorderLeave, notifications.WebRecorderStopped, notifications.WebRecorderCapabilityLimit:
		d.applyExit(event)
	case notifications.SessionFailover:
		d.applyFailover(event)
	default:
	}
	if tellsOfRecorder(event.Type) {
		d.queryNow()
	}
}

// applyFailover keeps that the recorder was moved to another server, where it has
// another user ID.
func (d *decider) applyFailover(event notifications.Event) {
	d.recording.Status.Failover = &v1alpha1.RecorderFailover{Time: seconds(event.Time)}
	if bounds.UserID.MatchString(event.NewUID) {
		d.recording.Status.Failover.NewUID = event.NewUID
	}
}

// applyNotifiedUpload keeps what Agora notifies of the upload as a whole. After
// a move to another server each recorder speaks for its own files: what one
// says to be uploaded does not bring the other's out of the backup.
func (d *decider) applyNotifiedUpload(event notifications.Event) {
	isUploaded := event.Type == notifications.Uploaded
	if (event.Status == nil && isUploaded) || (event.Status != nil && *event.Status != 0) {
		return
	}
	d.recording.Status.FileListFinal = d.recording.Status.FileListFinal || len(event.Files) > 0
	uploaded, backuped := d.lastNotifiedOf(notifications.Uploaded, event.UID), d.lastNotifiedOf(notifications.Backuped, event.UID)
	same, other := uploaded, backuped
	if !isUploaded {
		same, other = backuped, uploaded
	}
	if (same != nil && !event.Time.After(same.Time.Time)) || (other != nil && event.Time.Before(other.Time.Time)) {
		return
	}
	d.forgetEvents(func(noted v1alpha1.NotifiedEvent) bool { return lifecycle.IsOfUpload(noted) && noted.UID == event.UID })
	d.noteEvent(event)
	d.stateNotifiedUpload()
	d.memory.verifyNotBefore = time.Time{}
}

// noteBackuped has the answer to a stop count like a notification of the same:
// what was notified before can only have been about a part, before a move. All can
// be uploaded only after the stop was called, which Agora's clock may show later.
func (d *decider) noteBackuped() {
	d.forgetEvents(func(noted v1alpha1.NotifiedEvent) bool {
		return notifications.Type(noted.EventType) == notifications.Uploaded
	})
	d.noteEvent(notifications.Event{Type: notifications.Backuped, UID: d.recorderUID(), Time: d.observed.AskedAt.Add(-clockTolerance)})
}

// recorderUID returns the user ID of the recorder that is at work, as far as a
// move is known.
func (d *decider) recorderUID() string {
	if failover := d.recording.Status.Failover; failover != nil && failover.NewUID != "" {
		return failover.NewUID
	}
	return lifecycle.UIDOf(d.recording.Spec.UID, &d.recording.Status.SessionStatus)
}

// stateNotifiedUpload says in Agora's words what was notified of the upload.
// What is confirmed stays.
func (d *decider) stateNotifiedUpload() {
	switch {
	case d.isUploaded():
	case d.lastNotified(notifications.Backuped) != nil:
		d.recording.Status.UploadingStatus = agora.Backuped
	case d.lastNotified(notifications.Uploaded) != nil:
		d.recording.Status.UploadingStatus = agora.Uploaded
	}
}

// isNotifiedUploaded says whether every recorder that has said anything of its
// upload has said that all is uploaded, the last one among them.
func (d *decider) isNotifiedUploaded() bool {
	if d.lastNotified(notifications.Backuped) != nil {
		return false
	}
	if d.recording.Status.Failover != nil && d.recording.Status.Failover.NewUID != "" {
		return d.lastNotifiedOf(notifications.Uploaded, d.recording.Status.Failover.NewUID) != nil
	}
	return d.lastNotified(notifications.Uploaded) != nil
}

// applyProgress keeps how much is uploaded. A notification that says the same
// again leaves no trace.
func (d *decider) applyProgress(event notifications.Event) {
	last := d.lastNotified(event.Type)
	if event.Progress == nil || event.Time.Before(d.memory.lastProgress) || (last != nil && event.Time.Before(last.Time.Time)) {
		return
	}
	d.memory.lastProgress = event.Time
	const hundredths = 100
	progress := min(max(*event.Progress/hundredths, 0), hundredths)
	if d.isUploaded() {
		progress = hundredths
	}
	if d.recording.Status.UploadProgress == nil || *d.recording.Status.UploadProgress != progress {
		d.recording.Status.UploadProgress = &progress
		d.noteEvent(event)
	}
}

// applyNotifiedFailure keeps the newest failure, until the upload is confirmed
// and unless a call fails: that is what keeps the operator from its work.
func (d *decider) applyNotifiedFailure(event notifications.Event) {
	text := failureText(event)
	last := d.recording.Status.LastError
	if text == "" || d.isUploaded() || (last != nil && !lifecycle.IsNotified(last)) {
		return
	}
	failure := v1alpha1.CallError{Operation: event.MsgName, Reason: text, Since: seconds(event.Time)}
	if event.Failure != nil {
		failure.Code = event.Failure.Code
	}
	if failure := bounds.Error(&failure); last == nil || compareFailures(*failure, *last) > 0 {
		d.recording.Status.LastError = failure
	}
}

// compareFailures orders failures by their time. Those of one second have an
// order too, so that it does not matter which comes first; errors weigh more
// than warnings.
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

// applyNotifiedStart keeps when the recording of a page began. After a move to another
// server Agora may say so again.
func (d *decider) applyNotifiedStart(event notifications.Event) {
	if event.StartTime.IsZero() {
		return
	}
	start := seconds(event.StartTime)
	if d.recording.Status.StartTime == nil || start.Before(d.recording.Status.StartTime) {
		d.recording.Status.StartTime = &start
	}
}

// applyExit keeps how the recorder ended.
func (d *decider) applyExit(event notifications.Event) {
	exit := d.recording.Status.Exit
	if exit == nil {
		exit = &v1alpha1.RecorderExit{}
	}
	if exit.Time == nil || event.Time.After(exit.Time.Time) {
		exit.Time = ptr.To(seconds(event.Time))
	}
	switch event.Type {
	case notifications.SessionExit:
		exit.ExitStatus = cmp.Or(event.ExitStatus, exit.ExitStatus)
	case notifications.RecorderLeave:
		exit.LeaveCode = cmp.Or(event.LeaveCode, exit.LeaveCode)
	default:
		if d.isLastWebStop(event) {
			exit.WebStopCode = cmp.Or(webStopCode(event), exit.WebStopCode)
		}
	}
	exit.Cause = exitCause(*exit)
	d.recording.Status.Exit = exit
}

// isLastWebStop says whether nothing newer says why the recording of a page
// ended: two types of event do.
func (d *decider) isLastWebStop(event notifications.Event) bool {
	for _, kind := range []notifications.Type{notifications.WebRecorderStopped, notifications.WebRecorderCapabilityLimit} {
		if last := d.lastNotified(kind); last != nil && event.Time.Before(last.Time.Time) {
			return false
		}
	}
	return true
}

// applyPublish keeps how the push to a CDN address goes. An older event counts
// only for an address that nothing is known of.
func (d *decider) applyPublish(event notifications.Event) {
	if event.Publish == nil {
		return
	}
	services := slices.Clone(d.recording.Status.ExtensionServiceState)
	i := slices.IndexFunc(services, func(s v1alpha1.ExtensionServiceState) bool { return s.ServiceName == clientrequest.RTMPPublishService })
	if i < 0 {
		i = len(services)
		services = append(services, v1alpha1.ExtensionServiceState{ServiceName: clientrequest.RTMPPublishService})
	}
	output := v1alpha1.ExtensionServiceOutput{RTMPURL: bounds.CutText(event.Publish.RTMPURL, bounds.MaxAddressBytes), Status: event.Publish.Status}
	last := d.lastNotified(event.Type)
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
	d.recording.Status.ExtensionServiceState = bounds.Services(services)
}

// tellsOfRecorder says whether events of the type are a reason to ask how the
// recorder is.
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
func (d *decider) queryNow() {
	if !d.isStopped() {
		d.memory.notBefore = earlier(d.memory.notBefore, later(d.observed.Now, d.memory.LastQueried.Add(notifiedQueryGap)))
	}
}

// forgetExit drops how a recorder ended that turns out to be at work again, after
// a move, which takes less than two minutes.
func (d *decider) forgetExit() {
	if exit := d.recording.Status.Exit; exit != nil && exit.Time != nil && d.observed.AskedAt.Sub(exit.Time.Time) > longestMove {
		d.recording.Status.Exit = nil
	}
}

// concludeNotified notes that Agora has notified the upload.
func (d *decider) concludeNotified() {
	if d.isStopped() && !d.isUploaded() && d.isNotifiedUploaded() {
		d.recording.Status.UploadingStatus = agora.Uploaded
		d.setUploaded(v1alpha1.NotifiedByAgoraReason, messageNotified)
	}
}

// forgetNotifiedUpload drops what was notified of the upload before a recorder
// was found at work: it was about another, before a move. Agora's clock may have been
// ahead when it stamped that.
func (d *decider) forgetNotifiedUpload(before time.Time) {
	forgotten := d.forgetEvents(func(noted v1alpha1.NotifiedEvent) bool {
		return lifecycle.IsOfUpload(noted) && noted.Time.Time.Before(before.Add(clockTolerance))
	})
	if forgotten && !d.isUploaded() {
		d.recording.Status.UploadingStatus = ""
		d.stateNotifiedUpload()
	}
}

// forgetEvents drops events, and says whether there were any.
func (d *decider) forgetEvents(isForgotten func(v1alpha1.NotifiedEvent) bool) bool {
	before := len(d.recording.Status.Notified)
	d.recording.Status.Notified = slices.DeleteFunc(slices.Clone(d.recording.Status.Notified), isForgotten)
	return len(d.recording.Status.Notified) < before
}

// lastNotified returns the newest event of a type, about any recorder, or nil.
func (d *decider) lastNotified(kind notifications.Type) *v1alpha1.NotifiedEvent {
	var last *v1alpha1.NotifiedEvent
	for i := range d.recording.Status.Notified {
		noted := &d.recording.Status.Notified[i]
		if noted.EventType == int32(kind) && (last == nil || noted.Time.After(last.Time.Time)) {
			last = noted
		}
	}
	return last
}

// lastNotifiedOf returns the newest event of a type about a recorder, or nil.
func (d *decider) lastNotifiedOf(kind notifications.Type, uid string) *v1alpha1.NotifiedEvent {
	for i := range d.recording.Status.Notified {
		if noted := &d.recording.Status.Notified[i]; noted.EventType == int32(kind) && noted.UID == uid {
			return noted
		}
	}
	return nil
}

// noteEvent keeps that an event counts, as far as there is room. The events stand by
// their types and recorders, in whichever order they came.
func (d *decider) noteEvent(event notifications.Event) {
	noted := v1alpha1.NotifiedEvent{EventType: int32(event.Type), UID: event.UID, Time: metav1.NewMicroTime(event.Time.Truncate(time.Millisecond))}
	i, known := slices.BinarySearchFunc(d.recording.Status.Notified, noted, bounds.CompareEvents)
	if known {
		d.recording.Status.Notified[i] = noted
		return
	}
	d.recording.Status.Notified = slices.Insert(d.recording.Status.Notified, i, noted)
	d.recording.Status.Notified = bounds.Notified(&d.recording.Status.SessionStatus, d.recording.Spec.UID)
}

// seconds returns a time as a status holds it.
func seconds(t time.Time) metav1.Time {
	return metav1.NewTime(t.Truncate(time.Second))
}
