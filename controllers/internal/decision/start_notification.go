// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/notifications"
)

// clockTolerance is how far Agora's clock, which stamps events, may differ from the
// operator's.
const clockTolerance = 30 * time.Second

// resourceTolerance is the tolerance where a start with the latest resource ID must be
// distinguished from one with an earlier resource ID. The earlier one is given up
// startDeadline after the last call with it at the earliest, and a call that takes effect
// does so within half a minute.
const resourceTolerance = 15 * time.Second

// isAbout reports whether a notification is about the current session. While the sid of the
// session is unknown, the notification is about another recording in the channel.
func isAbout(recording *v1alpha1.CloudRecording, event notifications.Event) bool {
	if lifecycle.StartsItself(recording) && recording.Status.SID == "" {
		return false
	}
	return event.SID == "" || event.SID == recording.Status.SID
}

// applyStartEvent learns from a notification which recording has begun, if the answer to
// the start was lost.
func applyStartEvent(recording *v1alpha1.CloudRecording, memory *Memory, now time.Time, event notifications.Event) {
	if !tellsOfOwnStart(recording, event) || (recording.Status.SID != "" && !corrects(recording, event)) {
		return
	}
	if recording.Status.SID != "" {
		forgetForeign(&recording.Status)
	}
	recording.Status.SID = event.SID
	// Agora's clock may be off, but the recording began after it was requested and before now.
	recording.Status.StartedTime = stampOf(later(recording.Status.StartRequestedTime.Time, earlier(event.Time, now)))
	resetBackoff(&recording.Status.SessionStatus, memory)
}

// tellsOfOwnStart reports whether a notification is about a start that the operator
// requested. Channel and user ID identify it, and a notification that is clearly older is
// about another recording in the channel. If there was an earlier start with another
// resource ID, a notification that is older than the latest resource ID may be about that
// start. Its sid would not belong to the latest resource ID, and nothing could be stopped
// with the two.
func tellsOfOwnStart(recording *v1alpha1.CloudRecording, event notifications.Event) bool {
	status := &recording.Status
	return event.Type.TellsOfStart() && event.SID != "" && event.UID == lifecycle.UIDOf(recording.Spec.UID, &status.SessionStatus) &&
		lifecycle.StartsItself(recording) && !lifecycle.HasEnded(&recording.Status.SessionStatus) &&
		status.ResourceID != "" && status.AcquiredTime != nil && status.StartRequestedTime != nil &&
		!event.Time.Before(status.StartRequestedTime.Add(-clockTolerance)) &&
		(!status.AcquiredTime.After(status.StartRequestedTime.Time) || !event.Time.Before(status.AcquiredTime.Add(-resourceTolerance)))
}

// corrects reports whether a notified start is the operator's, rather than the one from
// which the sid was taken.
func corrects(recording *v1alpha1.CloudRecording, event notifications.Event) bool {
	noted := lastNotifiedOf(&recording.Status.SessionStatus, event.Type, event.UID)
	return event.SID != recording.Status.SID && lifecycle.HasSIDInDoubt(recording) && (noted == nil || event.Time.After(noted.Time.Time))
}

// isKnownAsForeign reports whether the answer to a start shows that the notified sid
// belongs to another recording: Agora names another sid, or refuses the only start that
// there was because that other recording is running.
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
