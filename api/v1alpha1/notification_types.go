// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RecorderExit is how the recorder ended, according to Agora's notifications.
type RecorderExit struct {
	// time is when the recorder left or exited, whichever was reported last.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	Time *metav1.Time `json:"time,omitempty"`

	// exitStatus is 0 for an exit after the upload and 1 for an abnormal one.
	// +optional
	ExitStatus *int32 `json:"exitStatus,omitempty"`

	// leaveCode is why the recorder left the channel, as a sum: 2 it was told to, 4 nobody was
	// in the channel, 8 and 16 others. 0 means that it could not be set up.
	// +optional
	LeaveCode *int32 `json:"leaveCode,omitempty"`

	// webStopCode is why a web recording ended: 0 it was told to, 1 its maxRecordingHour was
	// over, 2 the page needed too many resources, 3 to 6 it failed.
	// +optional
	WebStopCode *int32 `json:"webStopCode,omitempty"`

	// cause is the cause in words.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Cause string `json:"cause,omitempty"`
}

// RecorderFailover is the latest move of the recorder to another server.
type RecorderFailover struct {
	// newUid is the user ID that the recorder has had in the channel since then. Calls to Agora
	// continue to use spec.uid.
	// +optional
	// +kubebuilder:validation:MaxLength=10
	NewUID string `json:"newUid,omitempty"`

	// time is when the recorder was moved.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	Time metav1.Time `json:"time"`
}

// NotifiedEvent is the latest notification of a type about a recorder.
type NotifiedEvent struct {
	// eventType is Agora's number for the type of event.
	// +required
	EventType int32 `json:"eventType"`

	// uid is the user ID of the recorder that the event is about. A recorder that is moved to
	// another server has another user ID.
	// +required
	// +kubebuilder:validation:MaxLength=10
	// +kubebuilder:validation:Pattern=`^[0-9]{1,10}$`
	UID string `json:"uid"`

	// time is when the event happened, according to Agora.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}[.][0-9]{6}Z$`
	Time metav1.MicroTime `json:"time"`
}
