// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"errors"
	"time"
)

// expectEnd arranges what is told of the end of a recording, at the times at
// which it has ended or may end by itself.
func (s *Simulator) expectEnd(r *recorder) {
	if !r.story.followed || r.story.ending {
		return
	}
	end := func(at time.Time) { s.tellEnd(r, at) }
	if r.ended {
		// That may be before anybody listened, who hears of what follows.
		s.backstage.arrange(r.endedAt, end)
	} else if at, _, ends := r.endsByItself(); ends {
		s.on(r, at, end)
	}
}

func (s *Simulator) tellEnd(r *recorder, at time.Time) {
	if !r.overBy(at) || r.story.ending {
		return
	}
	r.story.ending = true
	if r.cutOff {
		s.tellFailure(r, at)
		return
	}
	if r.mode == ModeWeb {
		s.tell(r, at, EventWebRecorderStopped, nil)
		s.tellPublishing(r, at)
	} else {
		s.tell(r, at, EventRecorderLeave, Details{"leaveCode": r.leaveCode()})
	}
	s.on(r, r.uploadedAt(), func(at time.Time) { s.tellUpload(r, at) })
	s.on(r, r.exitsAt(), func(at time.Time) { s.tell(r, at, EventSessionExit, Details{"exitStatus": 0}) })
}

func (r *recorder) leaveCode() int {
	switch r.endedBy {
	case causeIdle:
		return leaveNoUsers
	case causeTokenExpired:
		return leaveClient
	default:
		return leaveSignal
	}
}

func (s *Simulator) tellFailure(r *recorder, at time.Time) {
	module := moduleRecorder
	if r.mode == ModeWeb {
		module = moduleWeb
	}
	switch {
	case r.failure == StartFailureStorage:
		s.tell(r, at, EventError, wrongStorage())
	case !r.exitNow:
		s.tell(r, at, EventError, failure(module, 1, "the recorder has failed"))
	}
	s.on(r, r.exitsAt(), func(at time.Time) { s.tell(r, at, EventSessionExit, Details{"exitStatus": 1}) })
}

// tellUpload tells of the end of the upload as the answers do, except that a
// late one ends when its files have arrived.
func (s *Simulator) tellUpload(r *recorder, at time.Time) {
	s.tellFiles(r, at)
	switch {
	case r.recordedNothing():
	case r.backedUp():
		s.tell(r, at, EventUploadingProgress, nil)
		s.tell(r, at, EventBackuped, nil)
		s.expectTransfer(r)
	default:
		s.on(r, r.arrivedAt(), func(at time.Time) { s.tellArrival(r, at) })
	}
}

func (s *Simulator) tellArrival(r *recorder, at time.Time) {
	s.tellFiles(r, at)
	claimed := r.uploadingStatus == UploadingStatusUploaded
	_, why := r.outage(at)
	if why.loses() || !claimed && r.upload.MissingSlices > 0 {
		s.tell(r, at, EventUploadingProgress, nil)
		return
	}
	s.tell(r, at, EventUploadingProgress, Details{"progress": wholeProgress})
	s.tell(r, at, EventUploaded, nil)
}

func (s *Simulator) expectTransfer(r *recorder) {
	if due, byItself := r.nextTransfer(); byItself {
		s.on(r, due, func(at time.Time) { s.tellTransfer(r, at) })
	}
}

// tellTransfer tells that files have come from the backup.
func (s *Simulator) tellTransfer(r *recorder, at time.Time) {
	s.tellFiles(r, at)
	if !r.transferred(at) {
		s.expectTransfer(r)
		return
	}
	if r.upload.AnnounceTransfer && !r.story.transferred {
		r.story.transferred = true
		s.tell(r, at, EventUploadingProgress, Details{"progress": wholeProgress})
		s.tell(r, at, EventUploaded, nil)
	}
}

// Transfer moves what of a recording lies in Agora's backup to the bucket, one
// of its steps further, without waiting for its time.
func (s *Simulator) Transfer(sid string) error {
	var problem error
	err := s.with(sid, func(r *recorder, at time.Time) {
		switch {
		case !r.backedUp():
			problem = errors.New("transfer from the backup: the outcome of the upload is not backuped")
		case !r.ended || r.cutOff || at.Before(r.uploadedAt()):
			problem = errors.New("transfer from the backup: the upload is not over")
		case r.transferred(at):
			problem = errors.New("transfer from the backup: nothing is left in it")
		default:
			r.transfers = append(r.transfers, at)
			s.tellTransfer(r, at)
		}
	})
	return errors.Join(err, problem)
}

// SetUpload changes what becomes of a recording's files, and the outcome of
// its upload unless that is empty. Its upload must not be over.
func (s *Simulator) SetUpload(sid, uploadingStatus string, upload Upload) error {
	problem := upload.validate()
	if problem != nil {
		return problem
	}
	err := s.with(sid, func(r *recorder, at time.Time) {
		if r.ended && !at.Before(r.uploadedAt()) {
			problem = errors.New("change the upload: it is over")
			return
		}
		if uploadingStatus != "" {
			r.uploadingStatus = uploadingStatus
		}
		r.upload = upload
	})
	return errors.Join(err, problem)
}
