// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
)

// Recording is a recording that no object has, as Agora's notifications tell of it. Times are
// to the second.
type Recording struct {
	// SID is Agora's ID of it.
	SID string `json:"sid"`

	// CName is its channel.
	CName string `json:"cname"`

	// UID is the user ID of its recorder.
	UID string `json:"uid,omitempty"`

	// Mode is its recording mode; absent until an event comes that one mode alone has.
	Mode v1alpha1.RecordingMode `json:"mode,omitempty"`

	// Namespace is that of a Secret whose notificationSecret signs its notifications:
	// recordings of its project are in this namespace.
	Namespace string `json:"namespace"`

	// FirstHeard is when it was first heard of, and LastHeard when last, as the operator's
	// clock shows: LastHeard is up to an hour old where nothing else has changed.
	FirstHeard time.Time `json:"firstHeard"`
	LastHeard  time.Time `json:"lastHeard"`

	// LastEvent is the type of the notification that was noted last.
	LastEvent notifications.Type `json:"lastEvent"`

	// Began is when it began, and Ended when it ended, as Agora notified. They are absent
	// where Agora has not.
	Began time.Time `json:"began,omitzero"`
	Ended time.Time `json:"ended,omitzero"`

	// Reported is when it was reported as nobody's. Before that, an object may be about to
	// have it.
	Reported time.Time `json:"reported,omitzero"`
}

// IsReported says whether it counts as a recording that goes on and is nobody's.
func (r Recording) IsReported() bool { return !r.Reported.IsZero() && r.Ended.IsZero() }
