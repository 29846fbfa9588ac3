// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// Effect is what a fault does to a notification.
type Effect string

// The possible effects of a fault.
const (
	// EffectLose drops the notification.
	EffectLose Effect = "lose"

	// EffectDuplicate sends it twice, whatever the first answer is.
	EffectDuplicate Effect = "duplicate"

	// EffectRedundant sends another notification of the same event with its own noticeId,
	// as Agora does on request.
	EffectRedundant Effect = "redundant"

	// EffectDelay holds it back for a while, so that others overtake it.
	EffectDelay Effect = "delay"

	// EffectReverse holds back as many notifications as Times says, and then sends them
	// in reverse order.
	EffectReverse Effect = "reverse"

	// EffectWrongSignature signs it with a wrong secret.
	EffectWrongSignature Effect = "wrong-signature"

	// EffectWithoutV2 signs it only with Agora-Signature.
	EffectWithoutV2 Effect = "without-v2"

	// EffectUnsigned does not sign it.
	EffectUnsigned Effect = "unsigned"
)

var effects = []Effect{
	EffectLose, EffectDuplicate, EffectRedundant, EffectDelay, EffectReverse,
	EffectWrongSignature, EffectWithoutV2, EffectUnsigned,
}

// Fault is a fault of the notifications that it matches.
type Fault struct {
	// ID identifies the fault. AddNotificationFault sets it.
	ID string `json:"id,omitempty"`

	// EventTypes, AppID, CName and SID select the notifications. An empty one matches any
	// notification.
	EventTypes []int  `json:"eventTypes,omitempty"`
	AppID      string `json:"appId,omitempty"`
	CName      string `json:"cname,omitempty"`
	SID        string `json:"sid,omitempty"`

	// Times is how many notifications it strikes. Zero means all until it is removed.
	Times int `json:"times,omitempty"`

	// Effect is what it does.
	Effect Effect `json:"effect"`

	// Delay is the delay of EffectDelay, in simulated time.
	Delay metav1.Duration `json:"delay,omitzero"`
}

// Validate returns an error if the fault is invalid.
func (f Fault) Validate() error {
	delays, reverses := f.Effect == EffectDelay, f.Effect == EffectReverse
	switch {
	case !slices.Contains(effects, f.Effect):
		return fmt.Errorf("unknown effect %q", f.Effect)
	case f.Times < 0:
		return fmt.Errorf("times %d: must not be negative", f.Times)
	case delays != (f.Delay.Duration > 0):
		return fmt.Errorf("delay: the effect %q needs one above 0, and no other has one", EffectDelay)
	case reverses && f.Times < 2:
		return fmt.Errorf("times %d: the effect %q needs 2 at least", f.Times, f.Effect)
	}
	for _, number := range f.EventTypes {
		if err := CheckEventType(number); err != nil {
			return err
		}
	}
	return nil
}

func (f Fault) matches(delivery *Delivery) bool {
	return (len(f.EventTypes) == 0 || slices.Contains(f.EventTypes, delivery.EventType)) &&
		faults.Subject{AppID: delivery.AppID, CName: delivery.CName, SID: delivery.SID}.IsOf(
			faults.Subject{AppID: f.AppID, CName: f.CName, SID: f.SID})
}

// forge falsifies or removes the signatures of a body.
func (f Fault) forge(header http.Header, body []byte) {
	switch f.Effect {
	case EffectWrongSignature:
		sign(header, body, rand.Text())
	case EffectWithoutV2:
		header.Del(SignatureV2Header)
	case EffectUnsigned:
		header.Del(SignatureHeader)
		header.Del(SignatureV2Header)
	default:
	}
}
