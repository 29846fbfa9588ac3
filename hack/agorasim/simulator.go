// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"time"

	"cloudrecording.dev/operator/hack/agorasim/bucket"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/simtime"
)

// Simulator is a simulated service. It is safe for concurrent use.
//
// It is composed of types that each own their state. Their exported methods are methods
// of the simulator.
type Simulator struct {
	*gateway
	*accounts
	*faults.Set[faults.Fault]
	*service
	*recordings
	*notifications

	time       *simtime.Clock
	background *simtime.Background
}

// New returns a simulator without recordings.
func New(options Options) *Simulator {
	options = options.withDefaults()
	clock, background := simtime.NewClock(options.Clock, options.Speed), simtime.NewBackground()
	sender := notify.NewSender(notify.Options{
		Settings: options.Notifications, Timeout: options.NotificationTimeout,
		StateClockTime: options.StateClockTime, LogSize: options.RequestLogSize,
	}, clock, background)

	recordings := newRecordings(options, clock)
	recordings.schedule = simtime.NewSchedule(&recordings.mu, clock, background)
	events := &events{
		clock: clock, schedule: recordings.schedule, sender: sender, reported: map[*recorder.Recorder]*reported{},
	}
	events.writer = bucket.NewWriter(&recordings.mu, clock, background, options.Bucket, func(r *recorder.Recorder) {
		events.report(r, clock.Now(), notify.EventError, uploadFailed())
	})
	recordings.events = events

	s := &Simulator{
		recordings: recordings, notifications: &notifications{sender: sender, recordings: recordings},
		service: newService(recordings), accounts: newAccounts(options),
		Set:  faults.NewSet(func(f *faults.Fault) (*string, *int) { return &f.ID, &f.Times }),
		time: clock, background: background,
	}
	s.gateway = newGateway(s.service, s.accounts, s.Set)
	return s
}

// Close ends the simulator's background work: it writes no more files and sends no more
// notifications. It still answers requests.
func (s *Simulator) Close() {
	s.background.Close()
	s.sender.CloseIdleConnections()
}

// Now returns the simulated time.
func (s *Simulator) Now() time.Time { return s.time.Now() }
