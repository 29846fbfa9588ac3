// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"time"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// Recording is how a recording is at a moment.
type Recording struct {
	AppID      string `json:"appId"`
	CName      string `json:"cname"`
	UID        string `json:"uid"`
	Mode       string `json:"mode"`
	ResourceID string `json:"resourceId"`
	SID        string `json:"sid"`

	// ServiceStatus is Agora's number for the recorder.
	ServiceStatus int `json:"serviceStatus"`
	// Running says whether it records, which costs money.
	Running bool `json:"running"`
	// Exited says whether the service knows it no longer.
	Exited bool `json:"exited"`
	// StartedAt and StoppedAt are simulated times; StoppedAt is zero while it runs.
	StartedAt time.Time `json:"startedAt"`
	StoppedAt time.Time `json:"stoppedAt,omitzero"`
	// StartFailure is why the recorder does not come up, though start was
	// accepted; empty if it does.
	StartFailure recorder.StartFailure `json:"startFailure,omitempty"`
	// StopRequests is how many calls of stop arrived for it, and StopsTaken
	// how many took effect: one at the most.
	StopRequests int `json:"stopRequests"`
	StopsTaken   int `json:"stopsTaken"`
	// Configuration is the one in force, and Updates count what has changed it.
	Configuration recorder.Configuration `json:"configuration,omitzero"`
	Updates       recorder.Updates       `json:"updates,omitzero"`
	// NeverUp says that start accepted it and that no recorder came up.
	NeverUp bool `json:"neverUp,omitempty"`
	// Failovers is how often it was moved to another server.
	Failovers int `json:"failovers"`
	// Files are its index and MP4 files so far.
	Files []string `json:"files"`
	// UploadingStatus is the outcome of its upload.
	UploadingStatus string `json:"uploadingStatus"`
	// UploadedAt is when the upload is over, as the answers tell of it; zero
	// while it records.
	UploadedAt time.Time `json:"uploadedAt,omitzero"`
	// Written says whether everything is in the bucket that should be there by
	// now; false without a bucket.
	Written bool `json:"written,omitempty"`
	// Complete says whether the recording has ended and all that it recorded is
	// in the bucket, whole; false without a bucket.
	Complete bool `json:"complete,omitempty"`
	// LooksWhole says whether the recording is complete or looks like it: its last
	// server failed before anything of what it recorded was in the bucket, and all
	// that had come before is there, whole; false without a bucket.
	LooksWhole bool `json:"looksWhole,omitempty"`
	// BackedUp says whether files are left in Agora's backup.
	BackedUp bool `json:"backedUp,omitempty"`
	// OutageSince is since when files do not reach the bucket because of the
	// storage credentials, which are too old or wrong; zero if they do.
	OutageSince time.Time `json:"outageSince,omitzero"`
	// StorageProblem says why the bucket could not be written.
	StorageProblem string `json:"storageProblem,omitempty"`
}

// snapshot returns how a recording is.
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
