// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"cloudrecording.dev/operator/controllers/agora"
)

// malformedError says, for people, why a body is no notification. It never holds
// any of the body.
type malformedError string

func (e malformedError) Error() string { return string(e) }

// productCloudRecording is Agora's number for cloud recording.
const productCloudRecording = 3

// What the console's health check sends in place of a recording's.
const (
	healthCheckCName = "test_webhook"
	healthCheckUID   = "12121212"
)

// envelope is as much of a notification as must be read before its signature
// can be checked.
type envelope struct {
	members   agora.Members
	payload   agora.Members
	eventType Type
	sid       string
}

// open reads the envelope of a notification.
func open(body []byte) (envelope, error) {
	members := agora.Object(body)
	if members == nil {
		return envelope{}, malformedError("the body is not a JSON object")
	}
	eventType := members.Number32("eventType")
	if eventType == nil {
		return envelope{}, malformedError("eventType is missing or not a number")
	}
	payload := members.Object("payload")
	if payload == nil {
		return envelope{}, malformedError("payload is missing or not a JSON object")
	}
	return envelope{members: members, payload: payload, eventType: Type(*eventType), sid: payload.Text("sid")}, nil
}

// isOfAnotherProduct says that the notification is about another product of Agora's.
func (e envelope) isOfAnotherProduct() bool {
	product, ok := e.members.Number("productId")
	return ok && product != productCloudRecording
}

// isHealthCheck says that the console tries the receiver, if the notification is
// about no recording: a recording's members can be the same.
func (e envelope) isHealthCheck() bool {
	return e.isOfAnotherProduct() ||
		e.payload.Text("cname") == healthCheckCName && e.payload.Text("uid") == healthCheckUID
}

// Decode reads a notification. It is as tolerant as the reading of Agora's
// answers: a member that makes no sense does not cost the others, and unknown
// types and members are no error. It does not check the signature.
func Decode(body []byte) (Event, error) {
	envelope, err := open(body)
	if err != nil {
		return Event{}, err
	}
	return envelope.event()
}

// event reads the rest of a notification.
func (e envelope) event() (Event, error) {
	if e.sid == "" || len(e.sid) > maxTextBytes {
		return Event{}, malformedError("payload.sid is missing or too long")
	}
	event := Event{
		NoticeID: clean(e.members.Text("noticeId", "notificationId")),
		Type:     e.eventType,
		Time:     e.time(),
		SID:      clean(e.sid),
		CName:    clean(e.payload.Text("cname")),
		UID:      clean(e.payload.Text("uid")),
	}
	event.Sequence, _ = e.payload.Number("sequence")
	if event.NoticeID == "" {
		// By Agora's advice the recorder's user ID, the type and the sequence tell
		// events apart too. The payload holds them, and the rest where they are absent.
		event.NoticeID = fmt.Sprintf("%d:%x", event.Type, sha256.Sum256(e.members["payload"]))
	}
	details := e.payload.Object("details")
	event.MsgName = clean(details.Text("msgName"))
	event.readDetails(details)
	return event, nil
}

// time returns when the event happened, or else when it was sent.
func (e envelope) time() time.Time {
	if happened := milliseconds(e.payload["sendts"]); !happened.IsZero() {
		return happened
	}
	return milliseconds(e.members["notifyMs"])
}

// latestMilliseconds is the end of the year 9999, the last that a timestamp in
// the API server can have.
const latestMilliseconds = 253_402_300_799_999

// milliseconds reads a time in milliseconds since 1970. It is zero for anything else.
func milliseconds(raw json.RawMessage) time.Time {
	number, ok := agora.Members{"": raw}.Number("")
	if !ok || number <= 0 || number > latestMilliseconds {
		return time.Time{}
	}
	return time.UnixMilli(number).UTC()
}
