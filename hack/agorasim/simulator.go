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
// It is composed of types that each own their state. Their exported methods are its own.
type Simulator struct {
	*gateway
	*accounts
	faults.Calls
	*service
	*recordings
	*notifications

	speed      float64
	time       *simtime.Clock
	background *simtime.Background
}

// New returns a service without recordings.
func New(options Options) *Simulator {
	options = options.withDefaults()
	clock, background := simtime.NewClock(options.Clock, options.Speed), simtime.NewBackground()
	sender := notify.NewSender(notify.Options{
		Settings: options.Notifications, Timeout: options.NotificationTimeout,
		StateClockTime: options.StateClockTime, LogSize: options.RequestLogSize,
	}, clock, background)

	recordings := &recordings{options: options, clock: clock}
	recordings.schedule = simtime.NewSchedule(&recordings.mu, clock, background)
	events := &events{clock: clock, schedule: recordings.schedule, sender: sender}
	events.writer = bucket.NewWriter(&recordings.mu, clock, background, options.Bucket, func(r *recorder.Recorder) {
		events.report(r, clock.Now(), EventError, uploadFailed())
	})
	recordings.events = events
	recordings.reset()

	s := &Simulator{
		recordings: recordings, notifications: &notifications{sender: sender, recordings: recordings},
		service: newService(recordings), accounts: newAccounts(options), Calls: faults.NewCalls(),
		speed: options.Speed, time: clock, background: background,
	}
	s.gateway = newGateway(s.service, s.accounts, s.Calls)
	return s
}

// Reset puts the simulator back into the state in which New returned it, with
// the speed of its options. Requests under way get no reply; notifications and
// files on their way do not arrive. What is in the bucket stays there.
func (s *Simulator) Reset() {
	s.recordings.mu.Lock()
	wait := s.background.Restart()
	s.gateway.reset()
	s.service.reset()
	s.recordings.reset()
	s.sender.Reset()
	// The options' speed was accepted before.
	_ = s.time.SetSpeed(s.speed)
	s.recordings.mu.Unlock()
	wait()
	s.sender.CloseIdleConnections()
}

// Close ends what the simulator does by itself: it writes no more files and
// sends no more notifications. It goes on answering.
func (s *Simulator) Close() {
	s.background.Close()
	s.sender.CloseIdleConnections()
}

// Now returns the simulated time.
func (s *Simulator) Now() time.Time { return s.time.Now() }

// Speed returns how many simulated seconds pass in a second.
func (s *Simulator) Speed() float64 { return s.time.Speed() }

// SetSpeed changes the speed of the simulated time.
func (s *Simulator) SetSpeed(speed float64) error { return s.time.SetSpeed(speed) }
