// SPDX-License-Identifier: Apache-2.0

package notifications

import "cloudrecording.dev/operator/controllers/agora"

// malformedError tells users why a body is not a notification. It never contains any part
// of the body.
type malformedError string

func (e malformedError) Error() string { return string(e) }

// productCloudRecording is Agora's number for cloud recording.
const productCloudRecording = 3

// Values that the console's health check sends in place of a recording's.
const (
	healthCheckCName = "test_webhook"
	healthCheckUID   = "12121212"
)

// Envelope is the part of a notification that must be read before its signature can be
// checked.
type Envelope struct {
	// Type is the type of its event.
	Type Type

	// SID is the recording's ID. It is empty if there is none.
	SID string

	members agora.Members
	payload agora.Members
}

// Open reads the envelope of a notification.
func Open(body []byte) (Envelope, error) {
	members := agora.Object(body)
	if members == nil {
		return Envelope{}, malformedError("the body is not a JSON object")
	}
	eventType := members.Number32("eventType")
	if eventType == nil {
		return Envelope{}, malformedError("eventType is missing or not a number")
	}
	payload := members.Object("payload")
	if payload == nil {
		return Envelope{}, malformedError("payload is missing or not a JSON object")
	}
	return Envelope{Type: Type(*eventType), SID: payload.Text("sid"), members: members, payload: payload}, nil
}

// IsOfAnotherProduct reports whether the notification is about another product of Agora.
func (e Envelope) IsOfAnotherProduct() bool {
	product, ok := e.members.Number("productId")
	return ok && product != productCloudRecording
}

// IsHealthCheck reports whether the notification is a health check from the console. The
// result is only valid for a notification about no recording, because a real recording
// can have the same members.
func (e Envelope) IsHealthCheck() bool {
	return e.IsOfAnotherProduct() || e.CName() == healthCheckCName && e.UID() == healthCheckUID
}

// CName returns the channel, unchecked and unchanged.
func (e Envelope) CName() string { return e.payload.Text("cname") }

// UID returns the recorder's user ID, unchecked and unchanged.
func (e Envelope) UID() string { return e.payload.Text("uid") }
