// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"cloudrecording.dev/operator/controllers/agora"
)

// Decode reads a notification. It is as tolerant as the decoding of Agora's answers: an
// invalid member does not affect the others, and unknown types and members are not
// errors. It does not check the signature.
func Decode(body []byte) (Event, error) {
	envelope, err := Open(body)
	if err != nil {
		return Event{}, err
	}
	return envelope.Event()
}

// Event decodes the rest of a notification.
func (e Envelope) Event() (Event, error) {
	if e.SID == "" || len(e.SID) > maxTextBytes {
		return Event{}, malformedError("payload.sid is missing or too long")
	}
	event := Event{
		NoticeID: clean(e.members.Text("noticeId", "notificationId")),
		Type:     e.Type,
		Time:     e.time(),
		SID:      clean(e.SID),
		CName:    clean(e.CName()),
		UID:      clean(e.UID()),
	}
	event.Sequence, _ = e.payload.Number("sequence")
	if event.NoticeID == "" {
		// Agora also recommends identifying an event by the recorder's user ID, the type
		// and the sequence. The payload contains all of them, and works even if some are
		// absent.
		event.NoticeID = fmt.Sprintf("%d:%x", event.Type, sha256.Sum256(e.members["payload"]))
	}
	details := e.payload.Object("details")
	event.MsgName = clean(details.Text("msgName"))
	event.readDetails(details)
	return event, nil
}

// time returns when the event happened. If that is unknown, it returns when the event was
// sent.
func (e Envelope) time() time.Time {
	if happened := milliseconds(e.payload["sendts"]); !happened.IsZero() {
		return happened
	}
	return milliseconds(e.members["notifyMs"])
}

// latestMilliseconds is the end of the year 9999, the last year that a timestamp in the
// API server can have.
const latestMilliseconds = 253_402_300_799_999

// milliseconds reads a time in milliseconds since 1970. It is zero for anything else.
func milliseconds(raw json.RawMessage) time.Time {
	number, ok := agora.Members{"": raw}.Number("")
	if !ok || number <= 0 || number > latestMilliseconds {
		return time.Time{}
	}
	return time.UnixMilli(number).UTC()
}
