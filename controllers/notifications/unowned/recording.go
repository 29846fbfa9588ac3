// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
)

// Recording is a recording that no object owns, as described by Agora's notifications.
// Times have a precision of one second.
type Recording struct {
	// SID is Agora's ID of the recording.
	SID string `json:"sid"`

	// CName is its channel.
	CName string `json:"cname"`

	// UID is the user ID of its recorder.
	UID string `json:"uid,omitempty"`

	// Mode is its recording mode. It is absent until an event arrives that only one mode
	// sends.
	Mode v1alpha1.RecordingMode `json:"mode,omitempty"`

	// Namespace is the namespace of a Secret whose notificationSecret signs its
	// notifications. Recordings of the same project are in this namespace.
	Namespace string `json:"namespace"`

	// FirstHeard and LastHeard are when it was first and last heard of, by the operator's
	// clock. LastHeard can be up to an hour old if nothing else has changed.
	FirstHeard time.Time `json:"firstHeard"`
	LastHeard  time.Time `json:"lastHeard"`

	// LastEvent is the type of the last recorded notification.
	LastEvent notifications.Type `json:"lastEvent"`

	// Began and Ended are when it began and ended, according to Agora's notifications.
	// They are absent without such a notification.
	Began time.Time `json:"began,omitzero"`
	Ended time.Time `json:"ended,omitzero"`

	// Reported is when it was reported as unowned. Until then, an object may still be
	// about to own it.
	Reported time.Time `json:"reported,omitzero"`
}

// IsReported reports whether it is a reported unowned recording that has not ended.
func (r Recording) IsReported() bool { return !r.Reported.IsZero() && r.Ended.IsZero() }
