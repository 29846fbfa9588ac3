// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"slices"
	"time"
)

// Agora's numbers for the state of a recorder, as query returns them.
const (
	serviceInitialised   = 1
	serviceReady         = 4
	serviceInProgress    = 5
	serviceStopRequested = 6
	serviceStopped       = 7
	serviceExited        = 8
	serviceAbnormalExit  = 20
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

// resource is what acquire gave out. One starts one recording.
type resource struct {
	id         string
	task       task
	mode       string // "" as long as any may be started with it
	acquiredAt time.Time
	answeredAt time.Time     // in real time
	expiry     time.Duration // of the control window
	sid        string        // once it was used

	region    string // that the recording stays in, if acquire named one
	postponed bool   // for transcoding after the recording

	startParameter string // what acquire said start would send, if anything
	startedWith    string // what start sent
}

// task identifies an instance: a second one at the same time is a conflict.
type task struct {
	appID, cname, uid string
}

// recorder is a recording. It has no goroutine: what it is follows from what
// happened to it and the time.
type recorder struct {
	task
	resourceID, sid, mode string
	avFileType            []string
	snapshot              bool
	streamMode            string
	streamTypes           int
	region                string
	unixSliceNames        bool
	correctEXTINF         bool // by privateParams
	fileNamePrefix        []string
	publishers            []string
	sliceDuration         time.Duration
	captureInterval       time.Duration
	slices                int // of each track; as many as the time makes if zero

	uploadingStatus string
	uploadDuration  time.Duration
	exitAfter       time.Duration
	startupStep     time.Duration
	stoppedStep     time.Duration
	maxIdleTime     time.Duration
	maxDuration     time.Duration // of web recordings; zero for none
	tokenExpiresAt  time.Time     // zero for never

	startedAt     time.Time
	lateStart     bool
	failure       StartFailure // "" if the recorder comes up
	refusedAfter  time.Time    // the end of the control window
	idle          bool         // nobody is in the channel
	idleSince     time.Time
	failoverUntil time.Time
	moves         []move
	ended         bool
	endedAt       time.Time
	endedBy       cause
	cutOff        bool // nothing is uploaded after its end
	exitNow       bool // without a stay
	neverUp       bool // no recorder came up

	upload    Upload
	transfers []time.Time // from Agora's backup
	stored    storage

	subscription  Subscription
	layout        *Layout // of mix recordings
	video         *VideoProfile
	holds         []hold // of web page recordings
	outputs       []RTMPOutput
	storageConfig StorageConfig
	// backedUpByOutage says that nobody has asked for the outcome "backuped".
	backedUpByOutage bool
	// storageRefused says that the credentials in force do not open the bucket.
	storageRefused     bool
	stsRefreshInterval time.Duration // none if zero
	changing           bool          // by a call that has not been answered

	stopRequests int
	stopsTaken   int
	updates      Updates

	clockOffset time.Duration // how far its clock is ahead

	story story
}

// cause is why a recording has ended.
type cause int

const (
	causeStop cause = iota
	causeIdle
	causeMaxDuration
	causeTokenExpired
	causeFailure
)

// maxFailovers is how often a recording is moved; a further fault ends it.
const maxFailovers = 3

// advance does to a recorder what its time has come for.
func (r *recorder) advance(now time.Time) {
	switch at, by, ends := r.endsByItself(); {
	case r.ended || !ends || at.After(now):
	case by == causeFailure:
		r.abort(at, true)
	default:
		r.endAt(at, now, by)
	}
	r.transferDue(now)
}

// endsByItself returns when a recording ends if nothing happens, and by what.
func (r *recorder) endsByItself() (at time.Time, by cause, ends bool) {
	earlier := func(when time.Time, why cause) {
		if !ends || when.Before(at) {
			at, by, ends = when, why, true
		}
	}
	if r.failure != "" {
		earlier(r.failsAt(), causeFailure)
	}
	if r.idle && r.mode != ModeWeb {
		earlier(r.idleSince.Add(r.maxIdleTime), causeIdle)
	}
	if r.maxDuration > 0 {
		earlier(r.startedAt.Add(r.maxDuration), causeMaxDuration)
	}
	if !r.tokenExpiresAt.IsZero() {
		earlier(r.tokenExpiresAt, causeTokenExpired)
	}
	return at, by, ends
}

// endAt ends the recorder at a time that has passed.
func (r *recorder) endAt(at, now time.Time, by cause) {
	if !r.ended && !at.After(now) {
		r.ended, r.endedAt, r.endedBy = true, at, by
		r.settleOutage()
	}
}

// abort ends the recorder without an upload.
func (r *recorder) abort(at time.Time, exitNow bool) {
	if !r.ended {
		r.cutOff = true
		r.endAt(at, at, causeFailure)
	}
	r.exitNow = r.exitNow || exitNow
}

// running says whether the recorder records, which costs money.
func (r *recorder) running(now time.Time) bool {
	r.advance(now)
	return !r.ended
}

// exited says whether the recorder has gone, so that nothing finds it.
func (r *recorder) exited(now time.Time) bool {
	return !r.running(now) && !now.Before(r.exitsAt())
}

// exitsAt is when an ended recorder goes.
func (r *recorder) exitsAt() time.Time {
	if r.exitNow {
		return r.endedAt
	}
	return r.uploadedAt().Add(r.exitAfter)
}

// found says whether the service finds the recorder: not while it is moved.
func (r *recorder) found(now time.Time) bool {
	return !r.exited(now) && !now.Before(r.failoverUntil)
}

// uploadedAt returns when the upload of an ended recorder is over.
func (r *recorder) uploadedAt() time.Time {
	if r.cutOff {
		return r.endedAt
	}
	return r.endedAt.Add(r.uploadDuration)
}

// serviceStatus returns Agora's number for the state.
func (r *recorder) serviceStatus(now time.Time) int {
	switch {
	case r.running(now):
		if r.startupStep <= 0 {
			return serviceInProgress
		}
		steps := int(now.Sub(r.startedAt) / r.startupStep)
		return min(serviceInitialised+steps, serviceInProgress)
	case r.cutOff:
		return serviceAbnormalExit
	case now.Before(r.uploadedAt()):
		return serviceStopRequested
	case now.Before(r.uploadedAt().Add(r.stoppedStep)):
		return serviceStopped
	default:
		return serviceExited
	}
}

// startupDuration is how long it takes from the start to the state "in progress".
func (r *recorder) startupDuration() time.Duration {
	return (serviceInProgress - serviceInitialised) * r.startupStep
}

// loseWorker moves the recorder to another server, which takes a while.
func (r *recorder) loseWorker(now time.Time, d time.Duration) {
	if len(r.moves) >= maxFailovers {
		r.abort(now, true)
		return
	}
	r.failoverUntil = now.Add(d)
	r.moves = append(r.moves, move{lostAt: now, rejoinedAt: r.failoverUntil, uid: newUID()})
}

// recordedNothing says whether nobody has published.
func (r *recorder) recordedNothing() bool {
	return len(r.publishers) == 0 && r.mode != ModeWeb
}

// makesMP4 says whether the recording is made into MP4 files too.
func (r *recorder) makesMP4() bool { return slices.Contains(r.avFileType, "mp4") }
