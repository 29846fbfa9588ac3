// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"time"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// Recording is the state of a recording at a moment.
type Recording struct {
	AppID      string `json:"appId"`
	CName      string `json:"cname"`
	UID        string `json:"uid"`
	Mode       string `json:"mode"`
	ResourceID string `json:"resourceId"`
	SID        string `json:"sid"`

	// ServiceStatus is Agora's number for the recorder.
	ServiceStatus int `json:"serviceStatus"`
	// Running is true while it records, which costs money.
	Running bool `json:"running"`
	// Exited is true if the service no longer finds it.
	Exited bool `json:"exited"`
	// StartedAt and StoppedAt are simulated times. StoppedAt is zero while it runs.
	StartedAt time.Time `json:"startedAt"`
	StoppedAt time.Time `json:"stoppedAt,omitzero"`
	// StartFailure is why the recorder does not come up although start was accepted. It
	// is empty if the recorder comes up.
	StartFailure recorder.StartFailure `json:"startFailure,omitempty"`
	// StopRequests is how many calls of stop arrived, and StopsTaken how many took
	// effect, which is at most one.
	StopRequests int `json:"stopRequests"`
	StopsTaken   int `json:"stopsTaken"`
	// Configuration is the current configuration, and Updates count what has changed it.
	Configuration recorder.Configuration `json:"configuration,omitzero"`
	Updates       recorder.Updates       `json:"updates,omitzero"`
	// NeverUp is true if start was accepted but no recorder came up.
	NeverUp bool `json:"neverUp,omitempty"`
	// Failovers is how often it was moved to another server.
	Failovers int `json:"failovers"`
	// Files are the index and MP4 files so far.
	Files []string `json:"files"`
	// UploadingStatus is the outcome of the upload.
	UploadingStatus string `json:"uploadingStatus"`
	// UploadedAt is when the answers report the upload as finished. It is zero while the
	// recording runs.
	UploadedAt time.Time `json:"uploadedAt,omitzero"`
	// Written is true if all files that should be in the bucket by now have been written.
	// It is false without a bucket.
	Written bool `json:"written,omitempty"`
	// Complete is true if the recording has ended and everything that it recorded is in
	// the bucket. It is false without a bucket.
	Complete bool `json:"complete,omitempty"`
	// LooksWhole is true if the recording is complete or appears to be. It appears
	// complete if its last server failed before any of its files were in the bucket, and
	// all earlier files are there. It is false without a bucket.
	LooksWhole bool `json:"looksWhole,omitempty"`
	// BackedUp is true if files are left in Agora's backup.
	BackedUp bool `json:"backedUp,omitempty"`
	// OutageSince is the time since which files have not reached the bucket because the
	// storage credentials are too old or wrong. It is zero if they reach it.
	OutageSince time.Time `json:"outageSince,omitzero"`
	// StorageProblem is why the bucket could not be written.
	StorageProblem string `json:"storageProblem,omitempty"`
}

// snapshot returns the current state of a recording.
func (s *recordings) snapshot(r *recorder.Recorder) Recording {
	at := s.clock.Now()
	r.Advance(at)
	media := bucket.MediaOf(r, at)
	recording := Recording{
		AppID: r.AppID, CName: r.CName, UID: r.UID, Mode: r.Mode, ResourceID: r.ResourceID, SID: r.SID,
		ServiceStatus: r.ServiceStatus(at), Running: r.Running(at), Exited: r.Exited(at),
		StartedAt: r.StartedAt, StoppedAt: r.EndedAt, StopRequests: r.StopRequests, StopsTaken: r.StopsTaken,
		StartFailure:  r.Failure,
		Configuration: r.InForce(), Updates: r.Updates,
		NeverUp: r.NeverUp, Failovers: len(r.Moves), UploadingStatus: r.UploadingStatus, Files: []string{},
		Written: s.events.writer.Written(r, at), StorageProblem: s.events.writer.Problem(r),
	}
	recording.OutageSince, _ = r.Outage(at)
	recording.Complete = recording.Written && media.Complete()
	recording.LooksWhole = recording.Written && media.LooksWhole()
	if r.Ended {
		recording.UploadedAt = r.UploadedAt()
		recording.BackedUp = !r.CutOff && !at.Before(r.UploadedAt()) && !r.Transferred(at) && len(media.Tracks()) > 0
	}
	for _, file := range media.Files() {
		recording.Files = append(recording.Files, file.FileName)
	}
	return recording
}
