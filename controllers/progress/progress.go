// SPDX-License-Identifier: Apache-2.0

// Package progress tells people who look at a recording how far it is and what it waits
// for, by the same rules as the operator. It is pure.
package progress

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/resolution"
)

// Wait is what a recording waits for.
type Wait = decision.Wait

// Holding returns a recording with its effective spec: with what its profile gave, if that
// is in effect.
func Holding(recording *v1alpha1.CloudRecording) *v1alpha1.CloudRecording {
	holding := recording.DeepCopy()
	resolution.Apply(holding)
	resolution.Without(holding)
	return holding
}

// WaitsOf returns what a recording waits for, in the order in which it is expected. It
// returns nothing once nothing is left to do.
func WaitsOf(recording *v1alpha1.CloudRecording, now time.Time) []Wait {
	return decision.WaitsOf(Holding(recording), now)
}

// Sessions returns all sessions of a recording in order, the current one last. It leaves
// out a current session that has not begun.
func Sessions(recording *v1alpha1.CloudRecording) []*v1alpha1.SessionStatus {
	sessions := lifecycle.Sessions(&recording.Status)
	current := sessions[len(sessions)-1]
	if current.SID == "" && current.StartRequestedTime == nil && current.AcquiredTime == nil {
		return sessions[:len(sessions)-1]
	}
	return sessions
}

// EndOf returns why a session counts as ended, as a reason of the condition Stopped, or
// nothing if it does not.
func EndOf(session *v1alpha1.SessionStatus) string { return lifecycle.ReasonOfEnd(session) }

// EvidenceOf returns the evidence that the files of a session are in the bucket, as a
// reason of the condition Uploaded, or nothing if there is none.
func EvidenceOf(session *v1alpha1.SessionStatus) string { return lifecycle.EvidenceOf(session) }

// UIDOf returns the user ID of a session's recorder.
func UIDOf(recording *v1alpha1.CloudRecording, session *v1alpha1.SessionStatus) string {
	return lifecycle.UIDOf(Holding(recording).Spec.UID, session)
}

// IsStalled reports whether the operator cannot get further until a person acts.
func IsStalled(recording *v1alpha1.CloudRecording) bool {
	return lifecycle.IsStalled(&recording.Status.SessionStatus)
}

// IsCurrent reports whether the status is about the present spec of a recording.
func IsCurrent(recording *v1alpha1.CloudRecording) bool {
	return recording.Status.ObservedGeneration == recording.Generation
}
