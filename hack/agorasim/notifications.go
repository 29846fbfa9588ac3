// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/uuid"
)

// productCloudRecording is Cloud Recording's productId.
const productCloudRecording = 3

// What is in the events of the console's check of a receiver.
const (
	checkCName = "test_webhook"
	checkUID   = "12121212"
)

// Receiver is where notifications are sent, and the secret that signs them.
type Receiver struct {
	URL    string `json:"url"`
	Secret string `json:"secret"`
}

// Notifications say which notifications are sent, and where. Without a URL
// none are.
type Notifications struct {
	Receiver
	// EventTypes are those that the receivers want; all if empty.
	EventTypes []int `json:"eventTypes,omitempty"`
	// AppIDs have receivers of their own.
	AppIDs map[string]Receiver `json:"appIds,omitempty"`
}

// Validate says what is wrong with them.
func (n Notifications) Validate() error {
	for _, number := range n.EventTypes {
		if _, ok := findEventType(number); !ok {
			return errUnknownEvent(number)
		}
	}
	receivers := slices.Collect(maps.Values(n.AppIDs))
	for _, receiver := range append(receivers, n.Receiver) {
		if err := receiver.validate(); err != nil {
			return err
		}
	}
	return nil
}

func (r Receiver) validate() error {
	if r.URL == "" {
		return nil
	}
	parsed, err := url.Parse(r.URL)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return errors.New("the URL of a receiver of notifications must be one with http or https and a host")
	}
	return nil
}

func (n Notifications) clone() Notifications {
	n.EventTypes, n.AppIDs = slices.Clone(n.EventTypes), maps.Clone(n.AppIDs)
	return n
}

// any says whether there is a receiver at all.
func (n Notifications) any() bool {
	if n.URL != "" {
		return true
	}
	for _, receiver := range n.AppIDs {
		if receiver.URL != "" {
			return true
		}
	}
	return false
}

func (n Notifications) receiver(appID string) Receiver {
	if receiver, ok := n.AppIDs[appID]; ok {
		return receiver
	}
	return n.Receiver
}

func (n Notifications) wants(eventType int) bool {
	return len(n.EventTypes) == 0 || slices.Contains(n.EventTypes, eventType)
}

// SetNotifications changes which notifications are sent from now on, and where.
func (s *Simulator) SetNotifications(n Notifications) error {
	if err := n.Validate(); err != nil {
		return fmt.Errorf("change the notifications: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notifications = n.clone()
	at := s.clock.Now()
	for _, sid := range s.order {
		if r := s.recorders[sid]; !r.exited(at) {
			s.follow(r, at)
		}
	}
	return nil
}

// Notifications returns which notifications are sent, and where.
func (s *Simulator) Notifications() Notifications {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.notifications.clone()
}

var errNoReceiver = errors.New("no URL receives the notifications of this App ID")

// SendNotification sends an event of a recording. Where no details are given
// it has such as fit the recording. It returns the notification's noticeId.
func (s *Simulator) SendNotification(sid string, eventType int, details Details) (string, error) {
	return s.SendNotificationAs(sid, eventType, "", details)
}

// SendNotificationAs is SendNotification with another uid than the recorder has;
// the recorder's if empty.
func (s *Simulator) SendNotificationAs(sid string, eventType int, uid string, details Details) (string, error) {
	if _, ok := findEventType(eventType); !ok {
		return "", fmt.Errorf("send a notification: %w", errUnknownEvent(eventType))
	}
	var id string
	problem := errNoReceiver
	err := s.with(sid, func(r *recorder, at time.Time) {
		if s.notifications.receiver(r.appID).URL != "" {
			id, problem = s.send(r, at, eventType, details, cmp.Or(uid, r.senderUID(at))), nil
		}
	})
	if err = errors.Join(err, problem); err != nil {
		return "", fmt.Errorf("send a notification: %w", err)
	}
	return id, nil
}

// CheckReceiver sends a sample of every wanted type of event, as Agora's
// console does to check the receiver of an App ID, and returns their noticeIds.
func (s *Simulator) CheckReceiver(appID string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.notifications.receiver(appID).URL == "" {
		return nil, fmt.Errorf("check the receiver: %w", errNoReceiver)
	}
	at := s.clock.Now()
	sample := s.newRecorder(task{appID: appID, cname: checkCName, uid: checkUID}, ModeMix)
	sample.startedAt = at.Add(-age)
	sample.publishers = []string{defaultPublisher}
	var ids []string
	for _, t := range eventTypes() {
		if s.notifications.wants(t.number) {
			ids = append(ids, s.send(sample, at, t.number, nil, checkUID))
		}
	}
	return ids, nil
}

// tell notifies of an event in the life of a recording, if anybody listens.
func (s *Simulator) tell(r *recorder, at time.Time, eventType int, details Details) {
	s.tellAs(r, at, eventType, details, r.senderUID(at))
}

// tellAs is tell for a recorder that has another uid by now.
func (s *Simulator) tellAs(r *recorder, at time.Time, eventType int, details Details, uid string) {
	if !r.story.followed || at.Before(r.story.since) || !s.notifications.wants(eventType) {
		return
	}
	if s.notifications.receiver(r.appID).URL != "" {
		s.send(r, at, eventType, details, uid)
	}
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

// send puts a notification on its way.
func (s *Simulator) send(r *recorder, at time.Time, number int, details Details, uid string) string {
	event, _ := findEventType(number)
	if details == nil {
		details = event.example(r, at)
	}
	told := maps.Clone(details)
	if _, given := told["msgName"]; !given {
		told["msgName"] = event.name
	}
	body := envelope{
		NoticeID: newNoticeID(), ProductID: productCloudRecording, EventType: number,
		Payload: payload{
			CName: r.cname, UID: uid, SID: r.sid, Sequence: r.story.sequence, SendTs: s.stated(r, at).UnixMilli(),
			ServiceType: event.serviceType, ServiceScene: r.scene(), Details: told,
		},
	}
	r.story.sequence++
	s.dispatch(r, body)
	return body.NoticeID
}

// stated returns a simulated time as notifications of a recording state it.
func (s *Simulator) stated(r *recorder, at time.Time) time.Time {
	if s.options.StateClockTime {
		at = s.clock.baseTime(at)
	}
	return at.Add(r.clockOffset)
}

func newNoticeID() string { return string(uuid.NewUUID()) }
