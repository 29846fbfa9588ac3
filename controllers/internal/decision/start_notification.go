// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"k8s.io/utils/ptr"

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
func (d *decider) isAbout(event notifications.Event) bool {
	if lifecycle.StartsItself(d.recording) && d.recording.Status.SID == "" {
		return false
	}
	return event.SID == "" || event.SID == d.recording.Status.SID
}

// applyStartEvent learns from a notification which recording has begun, if that
// was lost with the answer to the start.
func (d *decider) applyStartEvent(event notifications.Event) {
	if !d.tellsOfOwnStart(event) || (d.recording.Status.SID != "" && !d.corrects(event)) {
		return
	}
	if d.recording.Status.SID != "" {
		d.forgetForeign()
	}
	d.recording.Status.SID = event.SID
	// Agora's clock may be off: the recording began after it was requested, and
	// before now.
	d.recording.Status.StartedTime = ptr.To(seconds(later(d.recording.Status.StartRequestedTime.Time, earlier(event.Time, d.observed.Now))))
	d.resetBackoff()
}

// tellsOfOwnStart says whether a notification tells of a start that the operator
// requested: channel and user ID are its identity. One that is clearly older is of
// another recording of the channel. Where there was a start with another resource ID
// before, one that is older than the latest may be of that: the two do not belong
// together then, and nothing can be stopped with them.
func (d *decider) tellsOfOwnStart(event notifications.Event) bool {
	status := &d.recording.Status
	return event.Type.TellsOfStart() && event.SID != "" && event.UID == lifecycle.UIDOf(d.recording.Spec.UID, &status.SessionStatus) &&
		lifecycle.StartsItself(d.recording) && !d.isStopped() &&
		status.ResourceID != "" && status.AcquiredTime != nil && status.StartRequestedTime != nil &&
		!event.Time.Before(status.StartRequestedTime.Add(-clockTolerance)) &&
		(!status.AcquiredTime.After(status.StartRequestedTime.Time) || !event.Time.Before(status.AcquiredTime.Add(-resourceTolerance)))
}

// corrects says whether a start that was notified is the operator's rather than the
// one from which the sid was taken.
func (d *decider) corrects(event notifications.Event) bool {
	noted := d.lastNotifiedOf(event.Type, event.UID)
	return event.SID != d.recording.Status.SID && lifecycle.HasSIDInDoubt(d.recording, &d.recording.Status) && (noted == nil || event.Time.After(noted.Time.Time))
}

// isKnownAsForeign says whether the answer to a start shows that the sid, which was
// notified meanwhile, is another recording's: Agora names another one, or refuses the
// only start that there was since that one runs.
func (d *decider) isKnownAsForeign(answer agora.Answer) bool {
	switch {
	case d.recording.Status.SID == "":
		return false
	case answer.Conclusion == agora.TaskConflict:
		return d.memory.StartsKnown
	default:
		return answer.SID != "" && answer.SID != d.recording.Status.SID
	}
}
