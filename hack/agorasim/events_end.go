// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"time"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// expectEnd schedules what is told of the end of a recording, at the times at
// which it has ended or may end by itself.
func (e *events) expectEnd(r *recorder.Recorder) {
	if !e.of(r).followed || e.of(r).ending {
		return
	}
	end := func(at time.Time) { e.tellEnd(r, at) }
	if r.Ended {
		// That may be before anybody listened, who hears of what follows.
		e.schedule.At(r.EndedAt, end)
	} else if at, _, ends := r.EndsByItself(); ends {
		e.on(r, at, end)
	}
}

func (e *events) tellEnd(r *recorder.Recorder, at time.Time) {
	if !r.OverBy(at) || e.of(r).ending {
		return
	}
	e.of(r).ending = true
	if r.CutOff {
		e.tellFailure(r, at)
		return
	}
	if r.Mode == ModeWeb {
		e.tell(r, at, EventWebRecorderStopped, nil)
		e.tellPublishing(r, at)
	} else {
		e.tell(r, at, EventRecorderLeave, Details{"leaveCode": leaveCode(r)})
	}
	e.on(r, r.UploadedAt(), func(at time.Time) { e.tellUpload(r, at) })
	e.on(r, r.ExitsAt(), func(at time.Time) { e.tell(r, at, EventSessionExit, Details{"exitStatus": 0}) })
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

func (e *events) tellFailure(r *recorder.Recorder, at time.Time) {
	module := moduleRecorder
	if r.Mode == ModeWeb {
		module = moduleWeb
	}
	switch {
	case r.Failure == StartFailureStorage:
		e.tell(r, at, EventError, wrongStorage())
	case !r.ExitNow:
		e.tell(r, at, EventError, failure(module, 1, "the recorder has failed"))
	}
	e.on(r, r.ExitsAt(), func(at time.Time) { e.tell(r, at, EventSessionExit, Details{"exitStatus": 1}) })
}

// tellUpload tells of the end of the upload as the answers do, except that a
// late one ends when its files have arrived.
func (e *events) tellUpload(r *recorder.Recorder, at time.Time) {
	e.tellFiles(r, at)
	switch {
	case r.RecordedNothing():
	case r.BackedUp():
		e.tell(r, at, EventUploadingProgress, nil)
		e.tell(r, at, EventBackuped, nil)
		e.expectTransfer(r)
	default:
		e.on(r, r.ArrivedAt(), func(at time.Time) { e.tellArrival(r, at) })
	}
}

func (e *events) tellArrival(r *recorder.Recorder, at time.Time) {
	e.tellFiles(r, at)
	claimed := r.UploadingStatus == UploadingStatusUploaded
	_, why := r.Outage(at)
	if why.Loses() || !claimed && r.Upload.MissingSlices > 0 {
		e.tell(r, at, EventUploadingProgress, nil)
		return
	}
	e.tell(r, at, EventUploadingProgress, Details{"progress": bucket.WholeProgress})
	e.tell(r, at, EventUploaded, nil)
}

func (e *events) expectTransfer(r *recorder.Recorder) {
	if due, byItself := r.NextTransfer(); byItself {
		e.on(r, due, func(at time.Time) { e.tellTransfer(r, at) })
	}
}

// tellTransfer tells that files have come from the backup.
func (e *events) tellTransfer(r *recorder.Recorder, at time.Time) {
	e.tellFiles(r, at)
	if !r.Transferred(at) {
		e.expectTransfer(r)
		return
	}
	if r.Upload.AnnounceTransfer && !e.of(r).transferred {
		e.of(r).transferred = true
		e.tell(r, at, EventUploadingProgress, Details{"progress": bucket.WholeProgress})
		e.tell(r, at, EventUploaded, nil)
	}
}

// tellPause tells of what follows from a pause or its end.
func (e *events) tellPause(r *recorder.Recorder, at time.Time) {
	e.tellPublishing(r, at)
	if !r.Paused() {
		e.resumePart(r, at)
	}
}

// tellPublishing tells how the push of a page goes.
func (e *events) tellPublishing(r *recorder.Recorder, at time.Time) {
	for _, output := range r.Outputs {
		e.tell(r, at, EventRTMPPublishStatus, Details{"rtmpUrl": output.RTMPURL, "status": publishingStatus(r, at)})
	}
}

// expectOutage schedules what is told of the outage that the credentials in
// force lead to.
func (e *events) expectOutage(r *recorder.Recorder) {
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
			e.tell(r, at, EventWarning, backupWarning())
		case recorder.OutageExpired:
			e.tell(r, at, EventError, uploadFailed())
		case recorder.OutageRefused:
			e.tell(r, at, EventError, wrongStorage())
		case recorder.OutageNone:
		}
	})
}
