// SPDX-License-Identifier: Apache-2.0

package decision

import (
	corev1 "k8s.io/api/core/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// ObservedProfile is what was observed about the profile that a recording awaits. Its zero
// value means that it awaits none.
type ObservedProfile struct {
	// Missing means that the profile does not exist.
	Missing bool

	// Incomplete says what is wrong with the recording that results from the profile. It is
	// empty if nothing is.
	Incomplete string

	// Version and Shared are what would take effect for the recording.
	Version v1alpha1.ProfileStatus
	Shared  *v1alpha1.CloudRecordingProfileSpec
}

// problem returns what keeps the profile from taking effect.
func (p ObservedProfile) problem() Problem {
	switch {
	case p.Missing:
		return problemOf(v1alpha1.ProfileNotFoundReason, "")
	case p.Incomplete != "":
		return problemOf(v1alpha1.ProfileIncompleteReason, p.Incomplete)
	default:
		return Problem{}
	}
}

// Message says what keeps the profile from taking effect for a recording, or nothing.
func (p ObservedProfile) Message(recording *v1alpha1.CloudRecording) string {
	switch {
	case p.Missing:
		return profileMissingMessage(recording)
	case p.Incomplete != "":
		return profileIncompleteMessage(recording, p.Incomplete)
	default:
		return ""
	}
}

// planWithoutProfile waits until the profile appears or is corrected. Profiles are watched.
func planWithoutProfile(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, plan *Plan) {
	standStill(memory, observed.Now, plan, observed.Profile.problem())
	if lifecycle.IsScheduled(recording, observed.Now) {
		plan.RequeueAt = lifecycle.OpensAt(recording)
	}
}

// noteProfile puts the profile into effect for a recording that is about to be started,
// that is adopted, or that ends before anything was started, and announces that. The
// profile is not read again.
func noteProfile(recording *v1alpha1.CloudRecording, observed *Observation, plan *Plan) {
	profile := observed.Profile
	isDue := plan.Action == ActionAcquire || !lifecycle.StartsItself(recording) || lifecycle.HasEnded(&recording.Status.SessionStatus)
	if !isDue || profile.Version.Name == "" || profile.problem() != (Problem{}) {
		return
	}
	recording.Status.Profile, recording.Status.Resolved = &profile.Version, profile.Shared
	plan.Announcements = append(plan.Announcements, Announcement{
		Kind: corev1.EventTypeNormal, Reason: v1alpha1.ProfileResolvedReason, Text: profileResolvedMessage(profile.Version),
	})
}
