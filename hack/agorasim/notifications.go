// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// Values in the events with which the console checks a receiver.
const (
	checkCName = "test_webhook"
	checkUID   = "12121212"
)

// notifications controls and inspects the notifications of recordings.
type notifications struct {
	sender     *notify.Sender
	recordings *recordings
}

// SetNotifications changes which notifications are sent from now on, and where they are
// sent.
func (n *notifications) SetNotifications(settings notify.Settings) error {
	if err := settings.Validate(); err != nil {
		return fmt.Errorf("change the notifications: %w", err)
	}
	r := n.recordings
	r.mu.Lock()
	defer r.mu.Unlock()
	n.sender.SetSettings(settings)
	at := r.clock.Now()
	for _, recorder := range r.all {
		if !recorder.Exited(at) {
			r.events.follow(recorder, at)
		}
	}
	return nil
}

var errNoReceiver = errors.New("no URL receives the notifications of this App ID")

// SendNotification sends an event of a recording and returns the notification's noticeId.
// If details is nil, the event gets details that fit the recording.
func (n *notifications) SendNotification(sid string, eventType int, details notify.Details) (string, error) {
	return n.SendNotificationAs(sid, eventType, "", details)
}

// SendNotificationAs is like SendNotification, with a uid other than the recorder's. If
// uid is empty, it is the recorder's.
func (n *notifications) SendNotificationAs(sid string, eventType int, uid string, details notify.Details) (string, error) {
	if err := notify.CheckEventType(eventType); err != nil {
		return "", fmt.Errorf("send a notification: %w", err)
	}
	var id string
	err := n.recordings.with(sid, func(r *recorder.Recorder, at time.Time) error {
		if !n.sender.Settings().HasReceiver(r.AppID) {
			return errNoReceiver
		}
		id = n.recordings.events.send(r, at, eventType, details, cmp.Or(uid, r.ChannelUID(at)))
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("send a notification: %w", err)
	}
	return id, nil
}

// CheckReceiver sends a sample of every wanted event type, as Agora's console does to
// check the receiver of an App ID. It returns their noticeIds.
func (n *notifications) CheckReceiver(appID string) ([]string, error) {
	r := n.recordings
	r.mu.Lock()
	defer r.mu.Unlock()
	settings := n.sender.Settings()
	if !settings.HasReceiver(appID) {
		return nil, fmt.Errorf("check the receiver: %w", errNoReceiver)
	}
	at := r.clock.Now()
	sample := r.new(recorder.Task{AppID: appID, CName: checkCName, UID: checkUID}, recorder.ModeMix)
	sample.StartedAt = at.Add(-age)
	sample.Publishers = []string{defaultPublisher}
	var ids []string
	for _, number := range notify.EventTypes() {
		if settings.Wants(number) {
			ids = append(ids, r.events.send(sample, at, number, nil, checkUID))
		}
	}
	return ids, nil
}

// Deliveries returns the log of notifications, the oldest first.
func (n *notifications) Deliveries() []notify.Delivery { return n.sender.Deliveries() }

// AddNotificationFault activates a fault and returns its ID.
func (n *notifications) AddNotificationFault(fault notify.Fault) (string, error) {
	return n.sender.Faults.AddFault(fault)
}

// NotificationFaults returns the faults that can still strike notifications.
func (n *notifications) NotificationFaults() []notify.Fault { return n.sender.Faults.Faults() }

// ClearNotificationFaults removes all faults of notifications. Notifications that they
// held back are sent.
func (n *notifications) ClearNotificationFaults() { n.sender.ClearFaults() }
