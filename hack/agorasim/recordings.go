// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/request"
	"cloudrecording.dev/operator/hack/agorasim/simtime"
)

// recordings are all recordings and the resources that start them.
type recordings struct {
	options  Options
	clock    *simtime.Clock
	schedule *simtime.Schedule
	events   *events

	// mu guards everything below, the recorders, and everything that depends on them: the
	// schedule, the events and the writer. It is never held while waiting.
	mu        sync.Mutex
	resources map[string]*resource
	all       []*recorder.Recorder // in the order of their start
	bySID     map[string]*recorder.Recorder
	latest    map[recorder.Task]*recorder.Recorder
}

// resource is what acquire returned. Each resource starts one recording.
type resource struct {
	request.Acquire
	id         string
	task       recorder.Task
	mode       string // "" while it may start any mode
	acquiredAt time.Time

	sid         string // once it has been used
	startedWith string // the request of start
}

func newRecordings(options Options, clock *simtime.Clock) *recordings {
	return &recordings{
		options: options, clock: clock,
		resources: map[string]*resource{},
		bySID:     map[string]*recorder.Recorder{}, latest: map[recorder.Task]*recorder.Recorder{},
	}
}

// new returns a recorder that starts now, with the simulator's defaults.
func (s *recordings) new(task recorder.Task, mode string) *recorder.Recorder {
	r := &recorder.Recorder{
		Task:               task,
		SID:                newSID(),
		Mode:               mode,
		AvFileType:         []string{"hls"},
		StreamTypes:        recorder.StreamTypeBoth,
		Publishers:         s.options.Publishers,
		UploadingStatus:    s.options.UploadingStatus,
		UploadDuration:     s.options.UploadDuration,
		ExitAfter:          s.options.ExitAfter,
		Slices:             s.options.Slices,
		UnixSliceNames:     s.options.UnixSliceNames,
		CaptureInterval:    recorder.DefaultCaptureInterval,
		Upload:             s.options.Upload,
		MaxIdleTime:        recorder.DefaultMaxIdleTime,
		STSRefreshInterval: s.options.STSRefreshInterval,
		StartedAt:          s.clock.Now(),
	}
	if mode == recorder.ModeMix {
		r.Layout, r.VideoProfile = recorder.DefaultLayout(), recorder.DefaultVideoProfile()
	}
	return r
}

// add adds a recorder that has started.
func (s *recordings) add(r *recorder.Recorder) {
	s.all = append(s.all, r)
	s.bySID[r.SID] = r
	s.latest[r.Task] = r
	if !r.NeverUp {
		s.events.follow(r, s.clock.Now())
	}
}

// isRunning reports whether a recorder of the task is running.
func (s *recordings) isRunning(task recorder.Task) bool {
	r, ok := s.latest[task]
	return ok && r.Running(s.clock.Now())
}

// runningFor returns how many recorders of an App ID are running.
func (s *recordings) runningFor(appID string) int {
	running, at := 0, s.clock.Now()
	for _, r := range s.all {
		if r.AppID == appID && r.Running(at) {
			running++
		}
	}
	return running
}

// AddRecording adds a recording that has already been running for a while.
func (s *recordings) AddRecording(options RecordingOptions) (Recording, error) {
	if err := options.validate(); err != nil {
		return Recording{}, fmt.Errorf("add a recording: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.new(recorder.Task{AppID: options.AppID, CName: options.CName, UID: options.UID}, options.Mode)
	options.apply(r)
	if r.ResourceID == "" {
		r.ResourceID = newResourceID()
	}
	if _, ok := s.bySID[r.SID]; ok {
		return Recording{}, fmt.Errorf("add a recording: there is one with the sid %s", r.SID)
	}
	if s.isRunning(r.Task) {
		return Recording{}, errors.New("add a recording: one with this appId, cname and uid is running")
	}
	if _, ok := s.resources[r.ResourceID]; ok {
		return Recording{}, errors.New("add a recording: its resource ID is in use")
	}
	s.resources[r.ResourceID] = &resource{id: r.ResourceID, task: r.Task, mode: r.Mode, acquiredAt: r.StartedAt, sid: r.SID}
	s.add(r)
	return s.snapshot(r), nil
}

// Recording returns the recording with a sid.
func (s *recordings) Recording(sid string) (Recording, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshotOf(s.bySID[sid])
}

// LatestRecording returns the latest recording of a channel and uid.
func (s *recordings) LatestRecording(appID, cname, uid string) (Recording, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshotOf(s.latest[recorder.Task{AppID: appID, CName: cname, UID: uid}])
}

func (s *recordings) snapshotOf(r *recorder.Recorder) (Recording, bool) {
	if r == nil {
		return Recording{}, false
	}
	return s.snapshot(r), true
}

// Recordings returns all recordings in the order in which they started.
func (s *recordings) Recordings() []Recording {
	s.mu.Lock()
	defer s.mu.Unlock()
	recordings := make([]Recording, 0, len(s.all))
	for _, r := range s.all {
		recordings = append(recordings, s.snapshot(r))
	}
	return recordings
}

// ErrNoRecording means that no recording has the sid.
var ErrNoRecording = errors.New("no recording has the sid")

// with calls change with the recorder of a sid.
func (s *recordings) with(sid string, change func(r *recorder.Recorder, at time.Time) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.bySID[sid]
	if !ok {
		return fmt.Errorf("%w %s", ErrNoRecording, sid)
	}
	at := s.schedule.Present()
	r.Advance(at)
	err := change(r, at)
	s.events.scheduleEnd(r)
	s.events.writer.Write(r)
	return err
}

// end ends a recording.
func (s *recordings) end(sid string, end func(r *recorder.Recorder, at time.Time)) error {
	return s.with(sid, func(r *recorder.Recorder, at time.Time) error {
		end(r, at)
		return nil
	})
}

// IdleOut ends the recording as an empty channel does. The recorder uploads and exits.
func (s *recordings) IdleOut(sid string) error {
	return s.end(sid, func(r *recorder.Recorder, at time.Time) { r.EndAt(at, at, recorder.CauseIdle) })
}

// Fail ends the recording as an abnormal exit of its recorder does. The recorder reports
// that state for a while. Nothing more is uploaded.
func (s *recordings) Fail(sid string) error {
	return s.end(sid, func(r *recorder.Recorder, at time.Time) { r.Abort(at, false) })
}

// Exit ends the recording and its recorder immediately. Nothing more is uploaded.
func (s *recordings) Exit(sid string) error {
	return s.end(sid, func(r *recorder.Recorder, at time.Time) { r.Abort(at, true) })
}

// ExpireToken ends the recording as an expired RTC token does. The recorder has to leave
// the channel, uploads and exits.
func (s *recordings) ExpireToken(sid string) error {
	return s.with(sid, func(r *recorder.Recorder, at time.Time) error {
		if r.Mode == recorder.ModeWeb {
			return errors.New("expire the token: the recording of a web page has none")
		}
		r.EndAt(at, at, recorder.CauseTokenExpired)
		return nil
	})
}

// LoseWorker removes the recorder's server. The recorder moves to another server and
// continues, but is not found during the move. The fourth loss ends the recording.
func (s *recordings) LoseWorker(sid string, d time.Duration) error {
	return s.with(sid, func(r *recorder.Recorder, at time.Time) error {
		r.LoseWorker(at, d)
		s.events.reportLostWorker(r, at)
		return nil
	})
}

// LeaveChannel makes the channel empty from now on. The recorder ends after its
// maxIdleTime unless somebody publishes again.
func (s *recordings) LeaveChannel(sid string) error {
	return s.with(sid, func(r *recorder.Recorder, at time.Time) error {
		if !r.Idle {
			r.Idle, r.IdleSince = true, at
			s.events.reportStreams(r, at, streamMissing)
		}
		return nil
	})
}

// Publish sets the users who publish in the channel. An empty list means that nobody has
// published.
func (s *recordings) Publish(sid string, publishers ...string) error {
	return s.with(sid, func(r *recorder.Recorder, at time.Time) error {
		r.Publishers = slices.Clone(publishers)
		r.Idle = false
		s.events.reportStreams(r, at, streamReceived)
		return nil
	})
}

// Transfer immediately performs the next step of a recording's transfer from Agora's
// backup to the bucket.
func (s *recordings) Transfer(sid string) error {
	return s.with(sid, func(r *recorder.Recorder, at time.Time) error {
		switch {
		case !r.BackedUp():
			return errors.New("transfer from the backup: the outcome of the upload is not backuped")
		case !r.Ended || r.CutOff || at.Before(r.UploadedAt()):
			return errors.New("transfer from the backup: the upload is not over")
		case r.Transferred(at):
			return errors.New("transfer from the backup: nothing is left in it")
		}
		r.Transfers = append(r.Transfers, at)
		s.events.reportTransfer(r, at)
		return nil
	})
}
