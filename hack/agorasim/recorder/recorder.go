// SPDX-License-Identifier: Apache-2.0

package recorder

import (
	"crypto/rand"
	"encoding/binary"
	"slices"
	"time"
)

// Agora's numbers for the state of a recorder, as query returns them.
const (
	StatusInitialised   = 1
	StatusReady         = 4
	StatusInProgress    = 5
	StatusStopRequested = 6
	StatusExited        = 8
	StatusAbnormalExit  = 20
)

// The recording modes, as they stand in a URL.
const (
	ModeIndividual = "individual"
	ModeMix        = "mix"
	ModeWeb        = "web"
)

// Defaults of what a request may leave out.
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

	// UploadingStatusAbsent leaves the member out.
	UploadingStatusAbsent = "absent"
)

// StartFailure is why the recorder of a start that was accepted does not come
// up.
type StartFailure string

// What Agora finds out only after it has accepted a start.
const (
	// StartFailureToken is a token that does not let the recorder in.
	StartFailureToken StartFailure = "token"
	// StartFailureStorage is credentials that do not open the bucket.
	StartFailureStorage StartFailure = "storage"
	// StartFailureTranscoding is a transcodingConfig that cannot be used.
	StartFailureTranscoding StartFailure = "transcoding"
)

// Task identifies an instance: a second one at the same time is a conflict.
type Task struct {
	AppID, CName, UID string
}

// Recorder is a recording. What has happened to it is changed by its methods alone.
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
	Slices          int // of each track; as many as the time makes if zero

	UploadingStatus    string
	Upload             Upload
	UploadDuration     time.Duration
	ExitAfter          time.Duration
	StartupStep        time.Duration
	MaxIdleTime        time.Duration
	MaxDuration        time.Duration // of web recordings; zero for none
	TokenExpiresAt     time.Time     // zero for never
	STSRefreshInterval time.Duration // none if zero
	ClockOffset        time.Duration // how far its clock is ahead

	StartedAt    time.Time
	Failure      StartFailure // "" if the recorder comes up
	NeverUp      bool         // no recorder came up
	RefusedAfter time.Time    // the end of the control window
	Idle         bool         // nobody is in the channel
	IdleSince    time.Time

	FailoverUntil time.Time
	Moves         []Move      // to other servers
	pauses        []pause     // of web page recordings
	Transfers     []time.Time // from Agora's backup

	Ended   bool
	EndedAt time.Time
	EndedBy Cause
	CutOff  bool // nothing is uploaded after its end
	ExitNow bool // without a stay

	// StorageRefused says that the credentials in force do not open the bucket.
	StorageRefused bool
	// BackedUpByOutage says that nobody has asked for the outcome "backuped".
	BackedUpByOutage bool

	Changing     bool // by a call that has not been answered
	StopRequests int
	StopsTaken   int
	Updates      Updates
}

// Cause is why a recording has ended.
type Cause int

// The causes.
const (
	CauseStop Cause = iota
	CauseIdle
	CauseMaxDuration
	CauseTokenExpired
	CauseFailure
)

// maxFailovers is how often a recording is moved; a further fault ends it.
const maxFailovers = 3

// Advance does to a recorder what its time has come for.
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

// EndsByItself returns when a recording ends if nothing happens, and by what.
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

// EndAt ends the recorder at a time that has passed.
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

// Running says whether the recorder records, which costs money.
func (r *Recorder) Running(now time.Time) bool {
	r.Advance(now)
	return !r.Ended
}

// Exited says whether the recorder has exited, so that nothing finds it.
func (r *Recorder) Exited(now time.Time) bool {
	return !r.Running(now) && !now.Before(r.ExitsAt())
}

// ExitsAt is when an ended recorder goes.
func (r *Recorder) ExitsAt() time.Time {
	if r.ExitNow {
		return r.EndedAt
	}
	return r.UploadedAt().Add(r.ExitAfter)
}

// Found says whether the service finds the recorder: not while it is moved.
func (r *Recorder) Found(now time.Time) bool {
	return !r.Exited(now) && !now.Before(r.FailoverUntil)
}

// UploadedAt returns when the upload of an ended recorder is over.
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

// StartupDuration is how long it takes from the start to the state "in progress".
func (r *Recorder) StartupDuration() time.Duration {
	return (StatusInProgress - StatusInitialised) * r.StartupStep
}

// LoseWorker moves the recorder to another server, which takes a while.
func (r *Recorder) LoseWorker(now time.Time, d time.Duration) {
	if len(r.Moves) >= maxFailovers {
		r.Abort(now, true)
		return
	}
	r.FailoverUntil = now.Add(d)
	r.Moves = append(r.Moves, Move{LostAt: now, RejoinedAt: r.FailoverUntil, UID: newUID()})
}

// RecordedNothing says whether nobody has published.
func (r *Recorder) RecordedNothing() bool {
	return len(r.Publishers) == 0 && r.Mode != ModeWeb
}

// MakesMP4 says whether the recording is made into MP4 files too.
func (r *Recorder) MakesMP4() bool { return slices.Contains(r.AvFileType, "mp4") }

// newUID returns the uid of a user in a channel.
func newUID() uint32 {
	var bytes [4]byte
	_, _ = rand.Read(bytes[:]) // never fails
	return max(binary.BigEndian.Uint32(bytes[:]), 1)
}

// OverBy says whether the recording has ended by then.
func (r *Recorder) OverBy(at time.Time) bool { return r.Ended && !r.EndedAt.After(at) }
