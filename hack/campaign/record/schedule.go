// SPDX-License-Identifier: Apache-2.0

package record

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/campaign/plan"
)

// ScheduleVersion is a schedule at a time.
type ScheduleVersion struct {
	Seen time.Time
	// Gone means that the schedule was deleted at that time.
	Gone     bool
	Schedule *v1alpha1.CloudRecordingSchedule
}

// Object returns the name of the schedule.
func (v ScheduleVersion) Object() plan.Object {
	return plan.Object{Namespace: v.Schedule.Namespace, Name: v.Schedule.Name}
}

// Fires reports whether an occurrence begins at a time. It knows only the timetables that the
// campaign uses.
func (v ScheduleVersion) Fires(at time.Time) bool {
	if v.Gone || v.Schedule.Spec.Suspend || !at.Equal(at.Truncate(time.Minute)) {
		return false
	}
	return v.Schedule.Spec.Schedules[0] != plan.EveryOtherMinute || at.Minute()%2 == 0
}

// Schedule returns the schedule that created an object, or the zero value.
func (h History) Schedule() plan.Object {
	name := h.Last().Labels[plan.ScheduleLabel]
	if name == "" {
		return plan.Object{}
	}
	return plan.Object{Namespace: h.Object.Namespace, Name: name}
}

// EverBegan reports whether Agora was ever asked for anything for an object.
func (h History) EverBegan() bool {
	return h.ever(func(recording *v1alpha1.CloudRecording) bool {
		return recording.Status.ResourceID != "" || recording.Status.StartRequestedTime != nil
	})
}

// EverHad reports whether any version of an object had a resource ID, in any session.
func (h History) EverHad(resourceID string) bool {
	return resourceID != "" && h.ever(func(recording *v1alpha1.CloudRecording) bool {
		return slices.ContainsFunc(sessionsIn(recording.Status), func(s v1alpha1.SessionStatus) bool { return s.ResourceID == resourceID })
	})
}
