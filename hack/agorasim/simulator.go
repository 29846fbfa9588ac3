// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"context"
	"maps"
	"sync"
	"time"
)

// Simulator is a simulated service. It is safe for concurrent use.
type Simulator struct {
	options Options
	clock   *serviceClock

	// mu guards everything below; it is never held while waiting.
	mu        sync.Mutex
	accounts  *accountBook
	appIDs    map[string]string
	resources map[string]*resource
	recorders map[string]*recorder // by sid
	tasks     map[task]*recorder   // the latest of each task
	order     []string             // sids, in the order of their start
	faults    faultSet
	log       requestLog

	tokens             map[string]string // by App ID
	storageCredentials []StorageCredential

	notifications      Notifications
	notificationFaults notificationFaultSet
	deliveries         deliveryLog
	backstage          *backstage
	writes             chan struct{} // a place for each request to the bucket

	downUntil time.Time
	up        context.Context // ends with a restart, and requests with it
	goDown    context.CancelFunc
}

// New returns a service without recordings.
func New(options Options) *Simulator {
	options = options.withDefaults()
	s := &Simulator{
		options: options, clock: newServiceClock(options.Clock, options.Speed),
		writes: make(chan struct{}, parallelWrites),
	}
	s.clear()
	s.up, s.goDown = context.WithCancel(context.Background())
	return s
}

// Reset puts the simulator back into the state in which New returned it, with
// the speed of its options. Requests under way get no reply; notifications and
// files on their way do not arrive. What is in the bucket stays there.
func (s *Simulator) Reset() {
	s.mu.Lock()
	s.interrupt()
	before := s.backstage
	s.clear()
	// The options' speed was accepted before.
	_ = s.clock.SetSpeed(s.options.Speed)
	s.mu.Unlock()
	before.close()
}

// Close ends what the simulator does by itself: it writes no more files and
// sends no more notifications. It goes on answering.
func (s *Simulator) Close() {
	s.mu.Lock()
	current := s.backstage
	s.mu.Unlock()
	current.close()
}

func (s *Simulator) clear() {
	s.accounts = newAccountBook(s.options)
	s.appIDs = s.options.AppIDs
	s.tokens = s.options.Tokens
	s.storageCredentials = s.options.StorageCredentials
	s.resources = map[string]*resource{}
	s.recorders = map[string]*recorder{}
	s.tasks = map[task]*recorder{}
	s.order = nil
	s.faults = faultSet{}
	s.log = requestLog{size: s.options.RequestLogSize}
	s.downUntil = time.Time{}
	s.notifications = s.options.Notifications.clone()
	s.notificationFaults = notificationFaultSet{}
	s.deliveries = deliveryLog{size: s.options.RequestLogSize}
	s.backstage = newBackstage(&s.mu, s.clock, s.options)
}

// Restart takes the front of the service away for a simulated duration:
// requests under way and new ones get no reply, their connections are closed.
// Recorders are other machines and go on.
func (s *Simulator) Restart(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.downUntil = s.clock.Now().Add(d)
	s.interrupt()
}

func (s *Simulator) interrupt() {
	s.goDown()
	s.up, s.goDown = context.WithCancel(context.Background())
}

// enter returns the context of a new request, which ends with the client's
// patience or a restart. It refuses while the service is down.
func (s *Simulator) enter(ctx context.Context) (context.Context, context.CancelFunc, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clock.Now().Before(s.downUntil) {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	forget := context.AfterFunc(s.up, cancel)
	return ctx, func() { forget(); cancel() }, true
}

// Now returns the simulated time.
func (s *Simulator) Now() time.Time { return s.clock.Now() }

// Speed returns how many simulated seconds pass in a second.
func (s *Simulator) Speed() float64 { return s.clock.Speed() }

// SetSpeed changes the speed of the simulated time.
func (s *Simulator) SetSpeed(speed float64) error { return s.clock.SetSpeed(speed) }

// SetAppIDs replaces the enabled App IDs, each with the account it belongs to
// ("" for any). Without any, every App ID is enabled.
func (s *Simulator) SetAppIDs(appIDs map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.appIDs = maps.Clone(appIDs)
}
