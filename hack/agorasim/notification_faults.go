// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// NotificationEffect is what a fault does to a notification.
type NotificationEffect string

// What can go wrong with a notification.
const (
	// NotificationLose never sends it.
	NotificationLose NotificationEffect = "lose"

	// NotificationDuplicate sends it twice, whatever the first answer was.
	NotificationDuplicate NotificationEffect = "duplicate"

	// NotificationRedundant sends another of the same event, with its own
	// noticeId, as Agora does on request.
	NotificationRedundant NotificationEffect = "redundant"

	// NotificationDelay holds it back for a while, and lets others by.
	NotificationDelay NotificationEffect = "delay"

	// NotificationReverse holds as many back as Times says, and then sends
	// them in the reverse order.
	NotificationReverse NotificationEffect = "reverse"

	// NotificationWrongSignature signs with another secret.
	NotificationWrongSignature NotificationEffect = "wrong-signature"

	// NotificationWithoutV2 signs with Agora-Signature alone.
	NotificationWithoutV2 NotificationEffect = "without-v2"

	// NotificationUnsigned does not sign.
	NotificationUnsigned NotificationEffect = "unsigned"
)

var notificationEffects = []NotificationEffect{
	NotificationLose, NotificationDuplicate, NotificationRedundant, NotificationDelay, NotificationReverse,
	NotificationWrongSignature, NotificationWithoutV2, NotificationUnsigned,
}

// NotificationFault is what goes wrong with the notifications that it matches.
type NotificationFault struct {
	// ID names the fault; AddNotificationFault gives it.
	ID string `json:"id,omitempty"`

	// EventTypes, AppID, CName and SID choose the notifications; each empty
	// for any.
	EventTypes []int  `json:"eventTypes,omitempty"`
	AppID      string `json:"appId,omitempty"`
	CName      string `json:"cname,omitempty"`
	SID        string `json:"sid,omitempty"`

	// Times is how many notifications it strikes; 0 for all until it is removed.
	Times int `json:"times,omitempty"`

	// Effect is what it does.
	Effect NotificationEffect `json:"effect"`

	// Delay is for NotificationDelay, in simulated time.
	Delay metav1.Duration `json:"delay,omitzero"`
}

// notificationFaultSet holds the faults, the oldest first.
type notificationFaultSet struct {
	count  int
	faults []*NotificationFault
	held   map[string][]*notice // by the fault that holds them
}

// validate says what is wrong with a fault.
func (f NotificationFault) validate() error {
	delays, reverses := f.Effect == NotificationDelay, f.Effect == NotificationReverse
	switch {
	case !slices.Contains(notificationEffects, f.Effect):
		return fmt.Errorf("unknown effect %q", f.Effect)
	case f.Times < 0:
		return fmt.Errorf("times %d: must not be negative", f.Times)
	case delays != (f.Delay.Duration > 0):
		return fmt.Errorf("delay: the effect %q needs one above 0, and no other has one", NotificationDelay)
	case reverses && f.Times < 2:
		return fmt.Errorf("times %d: the effect %q needs 2 at least", f.Times, f.Effect)
	}
	for _, number := range f.EventTypes {
		if _, ok := findEventType(number); !ok {
			return errUnknownEvent(number)
		}
	}
	return nil
}

// AddNotificationFault makes a fault strike from now on, and returns its ID.
func (s *Simulator) AddNotificationFault(fault NotificationFault) (string, error) {
	if err := fault.validate(); err != nil {
		return "", fmt.Errorf("add a fault of notifications: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notificationFaults.count++
	fault.ID = strconv.Itoa(s.notificationFaults.count)
	fault.EventTypes = slices.Clone(fault.EventTypes)
	s.notificationFaults.faults = append(s.notificationFaults.faults, &fault)
	return fault.ID, nil
}

// NotificationFaults returns the faults that can still strike notifications.
func (s *Simulator) NotificationFaults() []NotificationFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	faults := make([]NotificationFault, 0, len(s.notificationFaults.faults))
	for _, fault := range s.notificationFaults.faults {
		copied := *fault
		copied.EventTypes = slices.Clone(fault.EventTypes)
		faults = append(faults, copied)
	}
	return faults
}

// RemoveNotificationFault ends a fault, and says whether there was one. What
// it held back is sent.
func (s *Simulator) RemoveNotificationFault(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &s.notificationFaults
	before := len(f.faults)
	f.remove(id)
	for _, released := range f.release(id) {
		s.launch(released)
	}
	return len(f.faults) < before
}

// ClearNotificationFaults ends all faults of notifications.
func (s *Simulator) ClearNotificationFaults() {
	for _, fault := range s.NotificationFaults() {
		s.RemoveNotificationFault(fault.ID)
	}
}

func (f *notificationFaultSet) remove(id string) {
	f.faults = slices.DeleteFunc(f.faults, func(fault *NotificationFault) bool { return fault.ID == id })
}

// strike returns the fault that strikes a notification; the zero value for none.
func (f *notificationFaultSet) strike(delivery *Delivery) NotificationFault {
	for _, fault := range f.faults {
		if !fault.matches(delivery) {
			continue
		}
		delivery.Fault = fault.ID
		struck := *fault
		if fault.Times > 0 {
			if fault.Times--; fault.Times == 0 {
				f.remove(fault.ID)
			}
		}
		return struck
	}
	return NotificationFault{}
}

func (f *NotificationFault) matches(delivery *Delivery) bool {
	return (len(f.EventTypes) == 0 || slices.Contains(f.EventTypes, delivery.EventType)) &&
		(f.AppID == "" || f.AppID == delivery.AppID) &&
		(f.CName == "" || f.CName == delivery.CName) &&
		(f.SID == "" || f.SID == delivery.SID)
}

// hold keeps a notification back, and returns those to send now.
func (f *notificationFaultSet) hold(n *notice) []*notice {
	if f.held == nil {
		f.held = map[string][]*notice{}
	}
	f.held[n.fault.ID] = append(f.held[n.fault.ID], n)
	if last := n.fault.Times == 1; last {
		return f.release(n.fault.ID)
	}
	return nil
}

// release returns what a fault holds back, the latest first.
func (f *notificationFaultSet) release(id string) []*notice {
	held := f.held[id]
	delete(f.held, id)
	slices.Reverse(held)
	return held
}

// forge spoils the signatures of a body.
func (f NotificationFault) forge(header http.Header, body []byte) {
	switch f.Effect {
	case NotificationWrongSignature:
		sign(header, body, string(random(secretBytes)))
	case NotificationWithoutV2:
		header.Del(SignatureV2Header)
	case NotificationUnsigned:
		header.Del(SignatureHeader)
		header.Del(SignatureV2Header)
	default:
	}
}

// secretBytes is the length of a secret that nobody knows.
const secretBytes = 16
