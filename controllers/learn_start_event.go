// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"time"

	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/notifications"
)

// clockTolerance is how far Agora's clock, by which events are stamped, may be off
// the operator's.
const clockTolerance = 30 * time.Second

// resourceTolerance is the same where a start with the latest resource ID must be told
// from one with a resource ID before. That one is given up startDeadline after the last
// call with it at the earliest, and a call that takes effect does so within half a minute.
const resourceTolerance = 15 * time.Second

// isAbout says whether a notification is about the session in force. While its sid is
// not known, it is about another recording of the channel.
func (d *decider) isAbout(event notifications.Event) bool {
	if startsItself(d.recording) && d.status.SID == "" {
		return false
	}
	return event.SID == "" || event.SID == d.status.SID
}

// learnStartEvent learns from a notification which recording has begun, if that
// was lost with the answer to the start.
func (d *decider) learnStartEvent(event notifications.Event) {
	if !d.tellsOfOwnStart(event) || (d.status.SID != "" && !d.corrects(event)) {
		return
	}
	if d.status.SID != "" {
		d.forgetForeign()
	}
	d.status.SID = event.SID
	// Agora's clock may be off: the recording began after it was requested, and
	// before now.
	d.status.StartedTime = ptr.To(seconds(later(d.status.StartRequestedTime.Time, earlier(event.Time, d.observed.now))))
	d.goOn()
}

// tellsOfOwnStart says whether a notification tells of a start that the operator
// requested: channel and user ID are its identity. One that is clearly older is of
// another recording of the channel. Where there was a start with another resource ID
// before, one that is older than the latest may be of that: the two do not belong
// together then, and nothing can be stopped with them.
func (d *decider) tellsOfOwnStart(event notifications.Event) bool {
	status := &d.status
	return event.Type.TellsOfStart() && event.SID != "" && event.UID == uidOf(d.recording.Spec.UID, &status.SessionStatus) &&
		startsItself(d.recording) && !d.isStopped() &&
		status.ResourceID != "" && status.AcquiredTime != nil && status.StartRequestedTime != nil &&
		!event.Time.Before(status.StartRequestedTime.Add(-clockTolerance)) &&
		(!status.AcquiredTime.After(status.StartRequestedTime.Time) || !event.Time.Before(status.AcquiredTime.Add(-resourceTolerance)))
}

// corrects says whether a start that was notified is the operator's rather than the
// one from which the sid was taken.
func (d *decider) corrects(event notifications.Event) bool {
	noted := d.lastNotifiedOf(event.Type, event.UID)
	return event.SID != d.status.SID && hasSIDInDoubt(d.recording, &d.status) && (noted == nil || event.Time.After(noted.Time.Time))
}

// hasSIDInDoubt says whether the sid may be of another recording, which had the same
// channel and user ID and began shortly before: it was taken from a notification that
// is older than the start, and nothing has shown a recorder since.
func hasSIDInDoubt(recording *v1alpha1.CloudRecording, status *v1alpha1.CloudRecordingStatus) bool {
	if !startsItself(recording) || status.SID == "" || status.ServiceStatus != nil || status.StartRequestedTime == nil || hasEnded(&status.SessionStatus) {
		return false
	}
	return slices.ContainsFunc(status.Notified, func(noted v1alpha1.NotifiedEvent) bool {
		return notifications.Type(noted.EventType).TellsOfStart() && noted.UID == uidOf(recording.Spec.UID, &status.SessionStatus) &&
			noted.Time.Time.Before(status.StartRequestedTime.Time)
	})
}

// isKnownAsForeign says whether the answer to a start shows that the sid, which was
// notified meanwhile, is another recording's: Agora names another one, or refuses the
// only start that there was since that one runs.
func (d *decider) isKnownAsForeign(answer agora.Answer) bool {
	switch {
	case d.status.SID == "":
		return false
	case answer.Conclusion == agora.TaskConflict:
		return d.memory.startsKnown
	default:
		return answer.SID != "" && answer.SID != d.status.SID
	}
}
