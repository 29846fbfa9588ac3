// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"cmp"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Event is the content of a notification. Fields that its type does not have, or that
// Agora omitted, are absent.
type Event struct {
	// NoticeID is the same for every delivery of the event.
	NoticeID string `json:"noticeId"`

	// Type is the type of the event.
	Type Type `json:"type"`

	// Time is when the event happened. If Agora does not say so, it is when the event was
	// sent.
	Time time.Time `json:"time,omitzero"`

	// Sequence numbers the events of a recorder, starting at 0.
	Sequence int64 `json:"sequence,omitempty"`

	// SID is the recording's ID.
	SID string `json:"sid,omitempty"`

	// CName is the channel.
	CName string `json:"cname,omitempty"`

	// UID is the recorder's user ID, which changes in a migration.
	UID string `json:"uid,omitempty"`

	// MsgName is Agora's name for the type.
	MsgName string `json:"msgName,omitempty"`

	// Status is the state of the recording (type 3), or 0 for success (types 30, 31, 32
	// and 40). It is nil if the notification has no valid status. Nil says nothing about
	// the outcome.
	Status *int32 `json:"status,omitempty"`

	// Files are the files that the event names (types 3, 4, 31, 32, 45, 71, 81 and 1001).
	Files []v1alpha1.RecordedFile `json:"files,omitempty"`

	// Progress is the progress of the upload, from 0 to 10000 (type 33).
	Progress *int32 `json:"progress,omitempty"`

	// ExitStatus is 0 for an exit after the upload, and 1 for an abnormal exit (type 11).
	ExitStatus *int32 `json:"exitStatus,omitempty"`

	// LeaveCode says why the recorder left the channel, as a sum of flags (type 41).
	LeaveCode *int32 `json:"leaveCode,omitempty"`

	// Failure describes the error or warning (types 1, 2 and 90).
	Failure *Failure `json:"failure,omitempty"`

	// NewUID is the recorder's user ID after a migration (type 12).
	NewUID string `json:"newUid,omitempty"`

	// StartTime is when the recording of a web page began (type 70).
	StartTime time.Time `json:"startTime,omitzero"`

	// WebStop is why the recording of a web page ended (type 71).
	WebStop *WebStop `json:"webStop,omitempty"`

	// Cause is the limit that a web page exceeded (type 72), or why it was reloaded (type
	// 73).
	Cause string `json:"cause,omitempty"`

	// Publish is the state of publishing to a CDN address (type 100).
	Publish *Publish `json:"publish,omitempty"`

	// Result is the outcome of transcoding (types 81 and 1001).
	Result string `json:"result,omitempty"`
}

// Failure describes an error or a warning.
type Failure struct {
	// Module is 0 for the recorder, 1 for the uploader, 2 for the service and 6 for web
	// page recording.
	Module int32 `json:"module,omitempty"`

	// Level ranges from 1 (debug) to 5 (fatal). A warning has none.
	Level int32 `json:"level,omitempty"`

	// Code is Agora's number for the error or the warning.
	Code int32 `json:"code,omitempty"`

	// Message is Agora's text. For type 90, it contains the names of the files.
	Message string `json:"message,omitempty"`
}

// WebStop is why the recording of a web page ended.
type WebStop struct {
	// Code is 0 if the end was requested.
	Code int32 `json:"code,omitempty"`

	// Message is Agora's name for the code.
	Message string `json:"message,omitempty"`

	// Details are Agora's explanation of the code.
	Details string `json:"details,omitempty"`
}

// Publish is the state of publishing to a CDN address.
type Publish struct {
	// RTMPURL is the address without its path, user information and query, which can
	// contain the secret stream key.
	RTMPURL string `json:"rtmpUrl,omitempty"`

	// Status is connecting, publishing, onhold or disconnected.
	Status string `json:"status,omitempty"`
}

// Compare orders events by the time when they happened.
func (e Event) Compare(other Event) int {
	return cmp.Or(e.Time.Compare(other.Time), cmp.Compare(e.Sequence, other.Sequence), cmp.Compare(e.NoticeID, other.NoticeID))
}
