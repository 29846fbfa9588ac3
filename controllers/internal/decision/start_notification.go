// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/notifications"
)

// clockTolerance is how far Agora's clock, by which events are stamped, may be off
// the operator's.
const clockTolerance = 30 * time.Second

// resourceTolerance is the same where a start with the latest resource ID must be told
// from one with a resource ID before. That one is given up startDeadline after the last
// call with it at the earliest, and a call that takes effect does so within half a minute.
const resourceTolerance = 15 * time.Second

// isAbout says whether a notification is about the current session. While its sid is
// not known, it is about another recording of the channel.
func isAbout(recording *v1alpha1.CloudRecording, event notifications.Event) bool {
	if lifecycle.StartsItself(recording) && recording.Status.SID == "" {
		return false
	}
	return event.SID == "" || event.SID == recording.Status.SID
}

// applyStartEvent learns from a notification which recording has begun, if that
// was lost with the answer to the start.
func applyStartEvent(recording *v1alpha1.CloudRecording, memory *Memory, now time.Time, event notifications.Event) {
	if !tellsOfOwnStart(recording, event) || (recording.Status.SID != "" && !corrects(recording, event)) {
		return
	}
	if recording.Status.SID != "" {
		forgetForeign(&recording.Status)
	}
	recording.Status.SID = event.SID
	// Agora's clock may be off: the recording began after it was requested, and
	// before now.
	recording.Status.StartedTime = stampOf(later(recording.Status.StartRequestedTime.Time, earlier(event.Time, now)))
	resetBackoff(&recording.Status.SessionStatus, memory)
}

// tellsOfOwnStart says whether a notification tells of a start that the operator
// requested: channel and user ID are its identity. One that is clearly older is of
// another recording of the channel. Where there was a start with another resource ID
// before, one that is older than the latest may be of that: the two do not belong
// together then, and nothing can be stopped with them.
func tellsOfOwnStart(recording *v1alpha1.CloudRecording, event notifications.Event) bool {
	status := &recording.Status
	return event.Type.TellsOfStart() && event.SID != "" && event.UID == lifecycle.UIDOf(recording.Spec.UID, &status.SessionStatus) &&
		lifecycle.StartsItself(recording) && !lifecycle.HasEnded(&recording.Status.SessionStatus) &&
		status.ResourceID != "" && status.AcquiredTime != nil && status.StartRequestedTime != nil &&
		!event.Time.Before(status.StartRequestedTime.Add(-clockTolerance)) &&
		(!status.AcquiredTime.After(status.StartRequestedTime.Time) || !event.Time.Before(status.AcquiredTime.Add(-resourceTolerance)))
}

// corrects says whether a start that was notified is the operator's rather than the
// one from which the sid was taken.
func corrects(recording *v1alpha1.CloudRecording, event notifications.Event) bool {
	noted := lastNotifiedOf(&recording.Status.SessionStatus, event.Type, event.UID)
	return event.SID != recording.Status.SID && lifecycle.HasSIDInDoubt(recording) && (noted == nil || event.Time.After(noted.Time.Time))
}

// isKnownAsForeign says whether the answer to a start shows that the sid, which was
// notified meanwhile, is another recording's: Agora names another one, or refuses the
// only start that there was since that one runs.
func isKnownAsForeign(session *v1alpha1.SessionStatus, memory *Memory, answer agora.Answer) bool {
	switch {
	case session.SID == "":
		return false
	case answer.Conclusion == agora.TaskConflict:
		return memory.StartsKnown
	default:
		return answer.SID != "" && answer.SID != session.SID
	}
}
