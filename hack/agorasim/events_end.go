// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"time"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// scheduleEnd schedules the reports of the end of a recording, at the time at which it
// has ended or may end by itself.
func (e *events) scheduleEnd(r *recorder.Recorder) {
	if !e.of(r).followed || e.of(r).ending {
		return
	}
	end := func(at time.Time) { e.reportEnd(r, at) }
	if r.Ended {
		// The end may have been before there was a receiver. The receiver still gets what
		// follows.
		e.schedule.At(r.EndedAt, end)
	} else if at, _, ends := r.EndsByItself(); ends {
		e.on(r, at, end)
	}
}

func (e *events) reportEnd(r *recorder.Recorder, at time.Time) {
	if !r.OverBy(at) || e.of(r).ending {
		return
	}
	e.of(r).ending = true
	if r.CutOff {
		e.reportFailure(r, at)
		return
	}
	if r.Mode == recorder.ModeWeb {
		e.report(r, at, notify.EventWebRecorderStopped, nil)
		e.reportPublishing(r, at)
	} else {
		e.report(r, at, notify.EventRecorderLeave, notify.Details{"leaveCode": leaveCode(r)})
	}
	e.on(r, r.UploadedAt(), func(at time.Time) { e.reportUpload(r, at) })
	e.on(r, r.ExitsAt(), func(at time.Time) { e.report(r, at, notify.EventSessionExit, notify.Details{"exitStatus": 0}) })
}

func leaveCode(r *recorder.Recorder) int {
	switch r.EndedBy {
	case recorder.CauseIdle:
		return leaveNoUsers
	case recorder.CauseTokenExpired:
		return leaveClient
	default:
		return leaveSignal
	}
}

func (e *events) reportFailure(r *recorder.Recorder, at time.Time) {
	module := moduleRecorder
	if r.Mode == recorder.ModeWeb {
		module = moduleWeb
	}
	switch {
	case r.Failure == recorder.StartFailureStorage:
		e.report(r, at, notify.EventError, wrongStorage())
	case !r.ExitNow:
		e.report(r, at, notify.EventError, failure(module, 1, "the recorder has failed"))
	}
	e.on(r, r.ExitsAt(), func(at time.Time) { e.report(r, at, notify.EventSessionExit, notify.Details{"exitStatus": 1}) })
}

// reportUpload reports the end of the upload as the answers do, but a late upload ends
// only when its files have arrived.
func (e *events) reportUpload(r *recorder.Recorder, at time.Time) {
	e.reportFiles(r, at)
	switch {
	case r.RecordedNothing():
	case r.BackedUp():
		e.report(r, at, notify.EventUploadingProgress, nil)
		e.report(r, at, notify.EventBackuped, nil)
		e.scheduleTransfer(r)
	default:
		e.on(r, r.ArrivedAt(), func(at time.Time) { e.reportArrival(r, at) })
	}
}

func (e *events) reportArrival(r *recorder.Recorder, at time.Time) {
	e.reportFiles(r, at)
	claimed := r.UploadingStatus == recorder.UploadingStatusUploaded
	_, why := r.Outage(at)
	if why.Loses() || !claimed && r.Upload.MissingSlices > 0 {
		e.report(r, at, notify.EventUploadingProgress, nil)
		return
	}
	e.report(r, at, notify.EventUploadingProgress, notify.Details{"progress": bucket.WholeProgress})
	e.report(r, at, notify.EventUploaded, nil)
}

func (e *events) scheduleTransfer(r *recorder.Recorder) {
	if due, byItself := r.NextTransfer(); byItself {
		e.on(r, due, func(at time.Time) { e.reportTransfer(r, at) })
	}
}

// reportTransfer reports that files have arrived from the backup.
func (e *events) reportTransfer(r *recorder.Recorder, at time.Time) {
	e.reportFiles(r, at)
	if !r.Transferred(at) {
		e.scheduleTransfer(r)
		return
	}
	if r.Upload.AnnounceTransfer && !e.of(r).transferred {
		e.of(r).transferred = true
		e.report(r, at, notify.EventUploadingProgress, notify.Details{"progress": bucket.WholeProgress})
		e.report(r, at, notify.EventUploaded, nil)
	}
}

// reportPause reports the effects of a pause or its end.
func (e *events) reportPause(r *recorder.Recorder, at time.Time) {
	e.reportPublishing(r, at)
	if !r.Paused() {
		e.resumePart(r, at)
	}
}

// reportPublishing reports the state of publishing a web page.
func (e *events) reportPublishing(r *recorder.Recorder, at time.Time) {
	for _, output := range r.Outputs {
		e.report(r, at, notify.EventRTMPPublishStatus, notify.Details{"rtmpUrl": output.RTMPURL, "status": publishingStatus(r, at)})
	}
}

// scheduleOutage schedules the report of the outage that the current credentials will
// cause.
func (e *events) scheduleOutage(r *recorder.Recorder) {
	due, why := r.NextOutage()
	if why == recorder.OutageNone {
		return
	}
	e.on(r, due, func(at time.Time) {
		if since, still := r.NextOutage(); r.OverBy(at) || still != why || !since.Equal(due) {
			return
		}
		switch why {
		case recorder.OutageStale:
			e.report(r, at, notify.EventWarning, backupWarning())
		case recorder.OutageExpired:
			e.report(r, at, notify.EventError, uploadFailed())
		case recorder.OutageRefused:
			e.report(r, at, notify.EventError, wrongStorage())
		case recorder.OutageNone:
		}
	})
}
