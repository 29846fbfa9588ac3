// SPDX-License-Identifier: Apache-2.0

// Package progress says how far a recording is and what it waits for, by the rules that its
// operator goes by, for people who look at its object. It is pure.
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

// Holding returns a recording with the spec that holds: with what its profile gave, if that
// holds yet.
func Holding(recording *v1alpha1.CloudRecording) *v1alpha1.CloudRecording {
	holding := recording.DeepCopy()
	resolution.Apply(holding)
	resolution.Without(holding)
	return holding
}

// WaitsOf returns what a recording waits for, what comes first at first. There is nothing
// once nothing is left to do.
func WaitsOf(recording *v1alpha1.CloudRecording, now time.Time) []Wait {
	return decision.WaitsOf(Holding(recording), now)
}

// Sessions returns all sessions of a recording in their order, the current one last. A
// recording of which nothing has begun has none.
func Sessions(recording *v1alpha1.CloudRecording) []*v1alpha1.SessionStatus {
	sessions := lifecycle.Sessions(&recording.Status)
	current := sessions[len(sessions)-1]
	if current.SID == "" && current.StartRequestedTime == nil && current.AcquiredTime == nil {
		return sessions[:len(sessions)-1]
	}
	return sessions
}

// EndOf names why a session counts as ended, with the reasons of the condition Stopped;
// empty if it does not.
func EndOf(session *v1alpha1.SessionStatus) string { return lifecycle.ReasonOfEnd(session) }

// EvidenceOf names the evidence that the files of a session are in the bucket, with the
// reasons of the condition Uploaded; empty if there is none.
func EvidenceOf(session *v1alpha1.SessionStatus) string { return lifecycle.EvidenceOf(session) }

// UIDOf returns the user ID of a session's recorder.
func UIDOf(recording *v1alpha1.CloudRecording, session *v1alpha1.SessionStatus) string {
	return lifecycle.UIDOf(Holding(recording).Spec.UID, session)
}

// IsStalled says whether the operator gets no further unless a person acts.
func IsStalled(recording *v1alpha1.CloudRecording) bool {
	return lifecycle.IsStalled(&recording.Status.SessionStatus)
}

// IsCurrent says whether the status is about the present spec of a recording.
func IsCurrent(recording *v1alpha1.CloudRecording) bool {
	return recording.Status.ObservedGeneration == recording.Generation
}
