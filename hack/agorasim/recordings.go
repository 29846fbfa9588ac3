// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// controlWindow is how long calls for a recording that AddRecording added are
// taken, where its options say nothing else.
const controlWindow = defaultResourceExpiredHour * time.Hour

// age is how long a recording that AddRecording added has been running, so that
// its files are there.
const age = 10 * time.Minute

// RecordingOptions describe a recording that runs already.
type RecordingOptions struct {
	// AppID, CName, UID and Mode identify it. All are needed.
	AppID string `json:"appId"`
	CName string `json:"cname"`
	UID   string `json:"uid"`
	Mode  string `json:"mode"`

	// ResourceID and SID fix its identifiers; made up where empty.
	ResourceID string `json:"resourceId,omitempty"`
	SID        string `json:"sid,omitempty"`

	// AvFileType are the types of files; ["hls"] if empty, and none if there
	// are screenshots.
	AvFileType []string `json:"avFileType,omitempty"`
	// StreamMode is default or standard, which adds an index of audio and video
	// together, in mode individual; default if empty.
	StreamMode string `json:"streamMode,omitempty"`
	// Snapshot takes screenshots, in mode individual.
	Snapshot bool `json:"snapshot,omitempty"`
	// CaptureInterval is the time between screenshots; 10s if nil.
	CaptureInterval *metav1.Duration `json:"captureInterval,omitempty"`
	// Slices is how many slices and screenshots there are in the end; the
	// simulator's if zero.
	Slices int `json:"slices,omitempty"`
	// SliceDuration is the length of a slice; the simulator's if nil.
	SliceDuration *metav1.Duration `json:"sliceDuration,omitempty"`
	// FileNamePrefix are the elements of the prefix of its files.
	FileNamePrefix []string `json:"fileNamePrefix,omitempty"`
	// Publishers are the users who publish; the simulator's if empty.
	Publishers []string `json:"publishers,omitempty"`
	// NothingRecorded says that nobody has published.
	NothingRecorded bool `json:"nothingRecorded,omitempty"`

	// UploadingStatus is the outcome of its upload; the simulator's if empty.
	UploadingStatus string `json:"uploadingStatus,omitempty"`
	// Upload is what becomes of its files; the simulator's if nil.
	Upload *Upload `json:"upload,omitempty"`
	// UploadDuration and ExitAfter are the simulator's if nil.
	UploadDuration *metav1.Duration `json:"uploadDuration,omitempty"`
	ExitAfter      *metav1.Duration `json:"exitAfter,omitempty"`
	// MaxIdleTime is after how long an empty channel ends it; 30s if nil.
	MaxIdleTime *metav1.Duration `json:"maxIdleTime,omitempty"`
	// ControlWindow is how long from now calls for it are taken; 72h if nil.
	ControlWindow *metav1.Duration `json:"controlWindow,omitempty"`
	// ClockOffset is how far the clock of its servers is ahead, by which
	// notifications state times; behind if negative.
	ClockOffset metav1.Duration `json:"clockOffset,omitzero"`
}

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
	// LateStart says whether start was called more than two seconds of real time
	// after acquire was answered, which Agora advises against.
	LateStart bool `json:"lateStart,omitempty"`
	// StartFailure is why the recorder does not come up, though start was
	// accepted; empty if it does.
	StartFailure StartFailure `json:"startFailure,omitempty"`
	// StopRequests is how many calls of stop arrived for it, and StopsTaken
	// how many took effect: one at the most.
	StopRequests int `json:"stopRequests"`
	StopsTaken   int `json:"stopsTaken"`
	// Configuration is what it goes by, and Updates count what has changed it.
	Configuration Configuration `json:"configuration,omitzero"`
	Updates       Updates       `json:"updates,omitzero"`
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

// AddRecording adds a recording that has been running for a while.
func (s *Simulator) AddRecording(options RecordingOptions) (Recording, error) {
	if err := options.validate(); err != nil {
		return Recording{}, fmt.Errorf("add a recording: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.newRecorder(task{options.AppID, options.CName, options.UID}, options.Mode)
	options.apply(r)
	if r.resourceID == "" {
		r.resourceID = newResourceID()
	}
	if _, ok := s.recorders[r.sid]; ok {
		return Recording{}, fmt.Errorf("add a recording: there is one with the sid %s", r.sid)
	}
	if other, ok := s.tasks[r.task]; ok && other.running(s.clock.Now()) {
		return Recording{}, errors.New("add a recording: one with this appId, cname and uid is running")
	}
	if _, ok := s.resources[r.resourceID]; ok {
		return Recording{}, errors.New("add a recording: its resource ID is in use")
	}
	s.resources[r.resourceID] = &resource{id: r.resourceID, task: r.task, mode: r.mode, acquiredAt: r.startedAt, sid: r.sid}
	s.add(r)
	return s.snapshot(r, s.clock.Now()), nil
}

// validate says what is wrong with the options.
func (o RecordingOptions) validate() error {
	if o.AppID == "" || o.CName == "" || !isUID(o.UID) || !isMode(o.Mode) {
		return errors.New("appId, cname, a uid from 1 to 4294967295 and a mode are needed")
	}
	for _, d := range []*metav1.Duration{o.UploadDuration, o.ExitAfter, o.MaxIdleTime} {
		if d != nil && d.Duration < 0 {
			return errors.New("uploadDuration, exitAfter and maxIdleTime must not be negative")
		}
	}
	for _, d := range []*metav1.Duration{o.SliceDuration, o.CaptureInterval} {
		if d != nil && d.Duration <= 0 {
			return errors.New("sliceDuration and captureInterval must be above 0")
		}
	}
	if !slices.Contains([]string{"", streamModeDefault, streamModeStandard, streamModeOriginal}, o.StreamMode) {
		return errors.New("streamMode must be default, standard or original")
	}
	if o.Slices < 0 {
		return errors.New("slices must not be negative")
	}
	if o.Upload != nil {
		return o.Upload.validate()
	}
	return nil
}

func (o RecordingOptions) apply(r *recorder) {
	begin := r.startedAt
	r.startedAt = begin.Add(-age)
	r.refusedAfter = begin.Add(orElse(o.ControlWindow, controlWindow))
	r.resourceID = o.ResourceID
	if o.SID != "" {
		r.sid = o.SID
	}
	if len(o.AvFileType) > 0 {
		r.avFileType = slices.Clone(o.AvFileType)
	}
	r.streamMode = o.StreamMode
	o.Scenario().apply(r)
	if r.snapshot = o.Snapshot; r.snapshot && len(o.AvFileType) == 0 {
		r.avFileType = nil
	}
	r.sliceDuration = orElse(o.SliceDuration, r.sliceDuration)
	r.captureInterval = orElse(o.CaptureInterval, r.captureInterval)
	r.fileNamePrefix = slices.Clone(o.FileNamePrefix)
	r.maxIdleTime = orElse(o.MaxIdleTime, r.maxIdleTime)
}

// Scenario returns what the options say that a request to start does not decide.
func (o RecordingOptions) Scenario() Scenario {
	return Scenario{
		Slices: o.Slices, Publishers: o.Publishers, NothingRecorded: o.NothingRecorded,
		UploadingStatus: o.UploadingStatus, Upload: o.Upload, UploadDuration: o.UploadDuration, ExitAfter: o.ExitAfter,
		ClockOffset: o.ClockOffset.Duration,
	}
}

func orElse(d *metav1.Duration, otherwise time.Duration) time.Duration {
	if d == nil {
		return otherwise
	}
	return d.Duration
}

func (s *Simulator) snapshot(r *recorder, at time.Time) Recording {
	r.advance(at)
	recording := Recording{
		AppID: r.appID, CName: r.cname, UID: r.uid, Mode: r.mode, ResourceID: r.resourceID, SID: r.sid,
		ServiceStatus: r.serviceStatus(at), Running: r.running(at), Exited: r.exited(at),
		StartedAt: r.startedAt, StoppedAt: r.endedAt, StopRequests: r.stopRequests, StopsTaken: r.stopsTaken,
		LateStart: r.lateStart, StartFailure: r.failure,
		Configuration: r.configuration(), Updates: r.updates,
		NeverUp: r.neverUp, Failovers: len(r.moves), UploadingStatus: r.uploadingStatus, Files: []string{},
		Written: s.written(r, at), StorageProblem: r.stored.problem,
	}
	recording.OutageSince, _ = r.outage(at)
	recording.Complete = recording.Written && r.complete(at)
	recording.LooksWhole = recording.Written && r.looksWhole(at)
	if r.ended {
		recording.UploadedAt = r.uploadedAt()
		recording.BackedUp = !r.cutOff && !at.Before(r.uploadedAt()) && !r.transferred(at) && len(r.tracks(at)) > 0
	}
	for _, file := range r.files(at) {
		recording.Files = append(recording.Files, file.FileName)
	}
	return recording
}

// Recording returns the recording with a sid.
func (s *Simulator) Recording(sid string) (Recording, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.recorders[sid]
	if !ok {
		return Recording{}, false
	}
	return s.snapshot(r, s.clock.Now()), true
}

// Recordings returns all recordings in the order of their start.
func (s *Simulator) Recordings() []Recording {
	s.mu.Lock()
	defer s.mu.Unlock()
	recordings := make([]Recording, 0, len(s.order))
	for _, sid := range s.order {
		recordings = append(recordings, s.snapshot(s.recorders[sid], s.clock.Now()))
	}
	return recordings
}

var errNoRecording = errors.New("no recording has the sid")

// with changes a recorder.
func (s *Simulator) with(sid string, change func(r *recorder, at time.Time)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.recorders[sid]
	if !ok {
		return fmt.Errorf("%w %s", errNoRecording, sid)
	}
	at := s.backstage.present()
	r.advance(at)
	change(r, at)
	s.expectEnd(r)
	s.writeSoon(r)
	return nil
}

// LoseWorker takes the recorder's server away: it is moved to another, and not
// found meanwhile, though it goes on. The fourth loss ends the recording.
func (s *Simulator) LoseWorker(sid string, d time.Duration) error {
	return s.with(sid, func(r *recorder, at time.Time) {
		r.loseWorker(at, d)
		s.tellFiles(r, at)
		if number := len(r.moves); !r.ended {
			s.on(r, r.failoverUntil, func(at time.Time) { s.tellMove(r, number, at) })
		}
	})
}

// IdleOut ends the recording as an empty channel does: it uploads and exits.
func (s *Simulator) IdleOut(sid string) error {
	return s.with(sid, func(r *recorder, at time.Time) { r.endAt(at, at, causeIdle) })
}

// LeaveChannel makes the channel empty from now on: the recorder idles out
// after its maxIdleTime, unless somebody publishes again.
func (s *Simulator) LeaveChannel(sid string) error {
	return s.with(sid, func(r *recorder, at time.Time) {
		if !r.idle {
			r.idle, r.idleSince = true, at
			s.tellStreams(r, at, streamMissing)
		}
	})
}

// Publish makes users publish in the channel. Without any, nobody has.
func (s *Simulator) Publish(sid string, publishers ...string) error {
	return s.with(sid, func(r *recorder, at time.Time) {
		r.publishers = slices.Clone(publishers)
		r.idle = false
		s.tellStreams(r, at, streamReceived)
	})
}

// Fail ends the recording as an abnormal exit of its recorder does, which says
// so for a while. Nothing more is uploaded.
func (s *Simulator) Fail(sid string) error {
	return s.with(sid, func(r *recorder, at time.Time) { r.abort(at, false) })
}

// Exit ends the recording and its recorder at once. Nothing more is uploaded.
func (s *Simulator) Exit(sid string) error {
	return s.with(sid, func(r *recorder, at time.Time) { r.abort(at, true) })
}
