// SPDX-License-Identifier: Apache-2.0

package recorder

import (
	"crypto/rand"
	"encoding/binary"
	"slices"
	"time"
)

// Agora's numbers for the state of a recorder, as returned by query.
const (
	StatusInitialised   = 1
	StatusReady         = 4
	StatusInProgress    = 5
	StatusStopRequested = 6
	StatusExited        = 8
	StatusAbnormalExit  = 20
)

// The recording modes, as written in a URL.
const (
	ModeIndividual = "individual"
	ModeMix        = "mix"
	ModeWeb        = "web"
)

// Defaults for members that a request may omit.
const (
	DefaultMaxIdleTime     = 30 * time.Second
	DefaultCaptureInterval = 10 * time.Second
)

// SliceDuration is the length of a slice.
const SliceDuration = 15 * time.Second

// Values of streamMode.
const (
	StreamModeDefault  = "default"
	StreamModeStandard = "standard"
	StreamModeOriginal = "original"
)

// Values of streamTypes.
const (
	StreamTypeAudio = 0
	StreamTypeVideo = 1
	StreamTypeBoth  = 2
)

// Values of uploadingStatus.
const (
	UploadingStatusUploaded = "uploaded"
	UploadingStatusBackuped = "backuped"
	UploadingStatusUnknow   = "unknow"
	UploadingStatusUnknown  = "unknown"

	// UploadingStatusAbsent omits the member.
	UploadingStatusAbsent = "absent"
)

// StartFailure is why the recorder of an accepted start does not come up.
type StartFailure string

// Problems that Agora detects only after it has accepted a start.
const (
	// StartFailureToken means that the token does not admit the recorder.
	StartFailureToken StartFailure = "token"
	// StartFailureStorage means that the credentials do not open the bucket.
	StartFailureStorage StartFailure = "storage"
	// StartFailureTranscoding means that the transcodingConfig cannot be used.
	StartFailureTranscoding StartFailure = "transcoding"
)

// Task identifies an instance. Two instances of a task at the same time are a conflict.
type Task struct {
	AppID, CName, UID string
}

// Recorder is a recording. Only its methods change what has happened to it.
type Recorder struct {
	Task
	Configuration
	ResourceID, SID, Mode string

	AvFileType      []string
	Snapshot        bool
	StreamMode      string
	StreamTypes     int
	UnixSliceNames  bool
	CorrectEXTINF   bool // by privateParams
	FileNamePrefix  []string
	Publishers      []string
	CaptureInterval time.Duration
	Slices          int // of each track; zero means as many as the time allows

	UploadingStatus    string
	Upload             Upload
	UploadDuration     time.Duration
	ExitAfter          time.Duration
	StartupStep        time.Duration
	MaxIdleTime        time.Duration
	MaxDuration        time.Duration // of web recordings; zero means no limit
	TokenExpiresAt     time.Time     // zero for never
	STSRefreshInterval time.Duration // zero means no limit
	ClockOffset        time.Duration // how far its clock is ahead

	StartedAt    time.Time
	Failure      StartFailure // "" if the recorder comes up
	NeverUp      bool         // no recorder came up
	RefusedAfter time.Time    // the end of the time in which calls are accepted
	Idle         bool         // the channel is empty
	IdleSince    time.Time

	FailoverUntil time.Time
	Moves         []Move      // to other servers
	pauses        []pause     // of web page recordings
	Transfers     []time.Time // from Agora's backup

	Ended   bool
	EndedAt time.Time
	EndedBy Cause
	CutOff  bool // nothing is uploaded after its end
	ExitNow bool // does not stay after the upload

	// StorageRefused is true if the current credentials do not open the bucket.
	StorageRefused bool
	// BackedUpByOutage is true if the outcome "backuped" was caused by an outage and not
	// requested.
	BackedUpByOutage bool

	Changing     bool // a call that changes it has not been answered
	StopRequests int
	StopsTaken   int
	Updates      Updates
}

// Cause is why a recording ended.
type Cause int

// The possible causes.
const (
	CauseStop Cause = iota
	CauseIdle
	CauseMaxDuration
	CauseTokenExpired
	CauseFailure
)

// maxFailovers is how often a recording is moved. A further fault ends it.
const maxFailovers = 3

// Advance applies everything to a recorder that is due by now.
func (r *Recorder) Advance(now time.Time) {
	switch at, by, ends := r.EndsByItself(); {
	case r.Ended || !ends || at.After(now):
	case by == CauseFailure:
		r.Abort(at, true)
	default:
		r.EndAt(at, now, by)
	}
	r.transferDue(now)
}

// EndsByItself returns when and why a recording ends if nothing else happens.
func (r *Recorder) EndsByItself() (at time.Time, by Cause, ends bool) {
	earlier := func(when time.Time, why Cause) {
		if !ends || when.Before(at) {
			at, by, ends = when, why, true
		}
	}
	if r.Failure != "" {
		earlier(r.StartedAt.Add(r.StartupStep), CauseFailure)
	}
	if r.Idle && r.Mode != ModeWeb {
		earlier(r.IdleSince.Add(r.MaxIdleTime), CauseIdle)
	}
	if r.MaxDuration > 0 {
		earlier(r.StartedAt.Add(r.MaxDuration), CauseMaxDuration)
	}
	if !r.TokenExpiresAt.IsZero() {
		earlier(r.TokenExpiresAt, CauseTokenExpired)
	}
	return at, by, ends
}

// EndAt ends the recorder at a time in the past.
func (r *Recorder) EndAt(at, now time.Time, by Cause) {
	if !r.Ended && !at.After(now) {
		r.Ended, r.EndedAt, r.EndedBy = true, at, by
		r.settleOutage()
	}
}

// Abort ends the recorder without an upload.
func (r *Recorder) Abort(at time.Time, exitNow bool) {
	if !r.Ended {
		r.CutOff = true
		r.EndAt(at, at, CauseFailure)
	}
	r.ExitNow = r.ExitNow || exitNow
}

// Running reports whether the recorder records, which costs money.
func (r *Recorder) Running(now time.Time) bool {
	r.Advance(now)
	return !r.Ended
}

// Exited reports whether the recorder has exited, so that it is not found any more.
func (r *Recorder) Exited(now time.Time) bool {
	return !r.Running(now) && !now.Before(r.ExitsAt())
}

// ExitsAt returns when an ended recorder exits.
func (r *Recorder) ExitsAt() time.Time {
	if r.ExitNow {
		return r.EndedAt
	}
	return r.UploadedAt().Add(r.ExitAfter)
}

// Found reports whether the service finds the recorder. During a move, it does not.
func (r *Recorder) Found(now time.Time) bool {
	return !r.Exited(now) && !now.Before(r.FailoverUntil)
}

// UploadedAt returns when the upload of an ended recorder is finished.
func (r *Recorder) UploadedAt() time.Time {
	if r.CutOff {
		return r.EndedAt
	}
	return r.EndedAt.Add(r.UploadDuration)
}

// ServiceStatus returns Agora's number for the state.
func (r *Recorder) ServiceStatus(now time.Time) int {
	switch {
	case r.Running(now):
		if r.StartupStep <= 0 {
			return StatusInProgress
		}
		steps := int(now.Sub(r.StartedAt) / r.StartupStep)
		return min(StatusInitialised+steps, StatusInProgress)
	case r.CutOff:
		return StatusAbnormalExit
	case now.Before(r.UploadedAt()):
		return StatusStopRequested
	default:
		return StatusExited
	}
}

// StartupDuration returns the time from the start to the state "in progress".
func (r *Recorder) StartupDuration() time.Duration {
	return (StatusInProgress - StatusInitialised) * r.StartupStep
}

// LoseWorker moves the recorder to another server, which takes the given time.
func (r *Recorder) LoseWorker(now time.Time, d time.Duration) {
	if len(r.Moves) >= maxFailovers {
		r.Abort(now, true)
		return
	}
	r.FailoverUntil = now.Add(d)
	r.Moves = append(r.Moves, Move{LostAt: now, RejoinedAt: r.FailoverUntil, UID: newUID()})
}

// RecordedNothing reports whether nobody has published.
func (r *Recorder) RecordedNothing() bool {
	return len(r.Publishers) == 0 && r.Mode != ModeWeb
}

// MakesMP4 reports whether the recording also produces MP4 files.
func (r *Recorder) MakesMP4() bool { return slices.Contains(r.AvFileType, "mp4") }

// newUID returns a random uid for a user in a channel.
func newUID() uint32 {
	var bytes [4]byte
	_, _ = rand.Read(bytes[:]) // never fails
	return max(binary.BigEndian.Uint32(bytes[:]), 1)
}

// OverBy reports whether the recording has ended by the given time.
func (r *Recorder) OverBy(at time.Time) bool { return r.Ended && !r.EndedAt.After(at) }
