// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"k8s.io/apimachinery/pkg/util/uuid"

	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/simtime"
)

const (
	// productCloudRecording is the productId of Cloud Recording.
	productCloudRecording = 3

	// parallelRequests limits the concurrent requests to receivers.
	parallelRequests = 64
)

// Options are the settings of a Sender that cannot change.
type Options struct {
	// Settings are the initial settings.
	Settings Settings
	// Timeout is how long, in real time, a receiver may take to answer.
	Timeout time.Duration
	// StateClockTime makes notifications state times of the base clock, which the speed
	// does not affect.
	StateClockTime bool
	// LogSize limits the log of deliveries.
	LogSize int
}

// Sender sends notifications. It is safe for concurrent use.
type Sender struct {
	// Faults are the faults of notifications.
	Faults *faults.Set[Fault]

	options    Options
	clock      *simtime.Clock
	background *simtime.Background
	client     *http.Client
	places     *semaphore.Weighted

	// mu guards everything below. It is never held while waiting.
	mu         sync.Mutex
	settings   Settings
	deliveries []*Delivery
	count      int
	held       map[string][]*notice       // by the ID of the fault that holds them
	latest     map[string]<-chan struct{} // closed when the last notification about a sid was sent
}

// NewSender returns a Sender that works in the background.
func NewSender(options Options, clock *simtime.Clock, background *simtime.Background) *Sender {
	return &Sender{
		options: options, clock: clock, background: background,
		client: &http.Client{
			Timeout:       options.Timeout,
			Transport:     &http.Transport{MaxIdleConnsPerHost: parallelRequests, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		places: semaphore.NewWeighted(parallelRequests),
		Faults: faults.NewSet(func(f *Fault) (*string, *int) { return &f.ID, &f.Times }),

		settings: options.Settings,
		held:     map[string][]*notice{}, latest: map[string]<-chan struct{}{},
	}
}

// CloseIdleConnections closes the idle connections to receivers.
func (s *Sender) CloseIdleConnections() { s.client.CloseIdleConnections() }

// SetSettings changes the settings from now on. They must be valid.
func (s *Sender) SetSettings(settings Settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = settings
}

// Settings returns the current settings.
func (s *Sender) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// Event is an event of a recording.
type Event struct {
	Type int
	// AppID, CName, UID, SID and Scene are those of the recording.
	AppID, CName, UID, SID, Scene string
	// Sequence numbers the recording's events.
	Sequence int64
	// At is the simulated time of the event. ClockOffset is how far the clock of the
	// recording's servers is ahead.
	At          time.Time
	ClockOffset time.Duration
	Details     Details
}

// envelope is the body of a notification.
type envelope struct {
	NoticeID  string  `json:"noticeId"`
	ProductID int     `json:"productId"`
	EventType int     `json:"eventType"`
	NotifyMs  int64   `json:"notifyMs"`
	Payload   payload `json:"payload"`
}

type payload struct {
	CName        string  `json:"cname"`
	UID          string  `json:"uid"`
	SID          string  `json:"sid"`
	Sequence     int64   `json:"sequence"`
	SendTs       int64   `json:"sendts"`
	ServiceType  int     `json:"serviceType"`
	ServiceScene string  `json:"serviceScene"`
	Details      Details `json:"details"`
}

// Send sends a notification of an event and returns its noticeId.
func (s *Sender) Send(event Event) (noticeID string) {
	known := eventTypes[event.Type]
	details := maps.Clone(event.Details)
	if _, given := details["msgName"]; !given {
		details["msgName"] = known.name
	}
	n := &notice{event: event, body: envelope{
		NoticeID: newNoticeID(), ProductID: productCloudRecording, EventType: event.Type,
		Payload: payload{
			CName: event.CName, UID: event.UID, SID: event.SID, Sequence: event.Sequence,
			SendTs:      s.stated(event, event.At).UnixMilli(),
			ServiceType: known.serviceType, ServiceScene: event.Scene, Details: details,
		},
	}}
	s.mu.Lock()
	defer s.mu.Unlock()
	n.receiver = s.settings.ReceiverOf(event.AppID)
	s.log(n)
	n.fault = s.Faults.Strike(func(f Fault) bool { return f.matches(n.delivery) })
	n.delivery.Fault = n.fault.ID
	switch n.fault.Effect {
	case EffectLose:
		n.delivery.State = DeliveryLost
	case EffectReverse:
		s.hold(n)
	case EffectRedundant:
		again := *n
		again.body.NoticeID = newNoticeID()
		s.log(&again)
		again.delivery.Fault = n.fault.ID
		s.launch(n)
		s.launch(&again)
	default:
		s.launch(n)
	}
	return n.body.NoticeID
}

// stated returns a simulated time in the form in which notifications of a recording state
// it.
func (s *Sender) stated(event Event, at time.Time) time.Time {
	if s.options.StateClockTime {
		at = s.clock.BaseTime(at)
	}
	return at.Add(event.ClockOffset)
}

func newNoticeID() string { return string(uuid.NewUUID()) }

// log adds a notification to the log of deliveries.
func (s *Sender) log(n *notice) {
	s.count++
	payload := n.body.Payload
	name, _ := payload.Details["msgName"].(string)
	n.sent = make(chan struct{})
	n.delivery = &Delivery{
		Number: s.count, NoticeID: n.body.NoticeID, EventType: n.body.EventType, MsgName: name,
		AppID: n.event.AppID, CName: payload.CName, UID: payload.UID, SID: payload.SID, Sequence: payload.Sequence,
		EventTime: time.UnixMilli(payload.SendTs).UTC(), State: DeliveryPending,
	}
	s.deliveries = append(s.deliveries, n.delivery)
	if len(s.deliveries) > s.options.LogSize {
		s.deliveries = slices.Delete(s.deliveries, 0, 1)
	}
}

// Deliveries returns the log of notifications, the oldest first.
func (s *Sender) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	deliveries := make([]Delivery, 0, len(s.deliveries))
	for _, entry := range s.deliveries {
		delivery := *entry
		delivery.Attempts = append([]Attempt{}, entry.Attempts...)
		deliveries = append(deliveries, delivery)
	}
	return deliveries
}

// ClearFaults removes all faults. Notifications that they held back are sent.
func (s *Sender) ClearFaults() {
	s.Faults.ClearFaults()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.held {
		s.release(id)
	}
}

// hold holds a notification back until its fault holds enough of them.
func (s *Sender) hold(n *notice) {
	s.held[n.fault.ID] = append(s.held[n.fault.ID], n)
	if last := n.fault.Times == 1; last {
		s.release(n.fault.ID)
	}
}

// release sends the notifications that a fault holds back, the latest first.
func (s *Sender) release(id string) {
	for _, held := range slices.Backward(s.held[id]) {
		s.launch(held)
	}
	delete(s.held, id)
}
