// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

const (
	// Ahead is how long before the beginning of an occurrence its recording is created.
	Ahead = 10 * time.Minute

	// retryRefused is how soon the operator tries again to create a recording that was
	// refused.
	retryRefused = time.Minute

	// maxMade is how many occurrences status.made names.
	maxMade = 32

	// maxActive is how many recordings status.active names.
	maxActive = 100
)

// Observation is what a decision depends on in addition to the schedule.
type Observation struct {
	Now time.Time

	// EditedAt is when the spec was last edited, in whole seconds.
	EditedAt time.Time

	// Recordings are the recordings with the label of the schedule.
	Recordings []v1alpha1.CloudRecording

	// Refused holds the names of recordings that could not be created just now, and why.
	Refused map[string]Refusal

	// OutsideShard means that the operator would not look after the recordings that it
	// creates.
	OutsideShard bool
}

// Refusal is why a recording could not be created.
type Refusal struct {
	Reason v1alpha1.MissedReason

	// Message is what the API server said, or empty if nobody needs to know.
	Message string
}

// Decision is what to do for a schedule.
type Decision struct {
	// Create holds occurrences to create first. After that, the schedule is decided on again.
	Create []Occurrence

	// Status is the status to record.
	Status v1alpha1.CloudRecordingScheduleStatus

	// HasNews means that the status has changed, or that an occurrence was missed.
	HasNews bool

	// Made holds occurrences that the status names for the first time.
	Made []time.Time

	// Missed holds occurrences for which nothing will be created.
	Missed Missed

	// Delete holds recordings to delete once the status is written, and End those to end
	// early.
	Delete []Deletion
	End    []End

	// RequeueAt is when to decide again if nothing happens before that; zero for never.
	RequeueAt time.Time
}

// Cause is why a recording is deleted.
type Cause string

const (
	// CauseSuspended means that the schedule is suspended.
	CauseSuspended Cause = "Suspended"

	// CauseEdited means that the schedule was edited.
	CauseEdited Cause = "Edited"

	// CauseHistory means that the recording is older than those that are kept.
	CauseHistory Cause = "History"
)

// Deletion is a recording to delete.
type Deletion struct {
	Recording *v1alpha1.CloudRecording
	Cause     Cause
}

// End is a recording that ends when another begins.
type End struct {
	Recording *v1alpha1.CloudRecording
	At        time.Time
}

// existing is a recording of the schedule.
type existing struct {
	recording *v1alpha1.CloudRecording
	start     time.Time

	// isOwn means that this very schedule created the recording, and no earlier one with its
	// name.
	isOwn bool
}

// plan is a decision in the making.
type plan struct {
	Decision

	schedule *v1alpha1.CloudRecordingSchedule
	observed *Observation
	calendar *Calendar
	problem  string

	// recordings holds the schedule's recordings, the earliest first, and byName the same
	// ones.
	recordings []existing
	byName     map[string]existing

	// leaving holds the names of recordings that will be deleted because they no longer fit.
	leaving map[string]bool

	// openSince is the beginning of the earliest occurrence that has begun and has not been
	// decided on.
	openSince time.Time

	// refusal is why the earliest occurrence that people must know about could not be created.
	// There is none if its message is empty.
	refusal Refusal
}

// Decide decides what to do for a schedule that is not being deleted.
func Decide(schedule *v1alpha1.CloudRecordingSchedule, observed Observation) Decision {
	p := &plan{schedule: schedule, observed: &observed, byName: map[string]existing{}, leaving: map[string]bool{}}
	p.Status = *schedule.Status.DeepCopy()
	p.calendar, p.problem = NewCalendar(&schedule.Spec)
	p.sort()
	if p.problem == "" {
		p.planDepartures()
		p.planOccurrences()
		p.planEnds()
	}
	p.planHistory()
	p.summarize()
	p.noteProgress()
	return p.Decision
}

// sort finds the recordings of the schedule among those with its label.
func (p *plan) sort() {
	for i := range p.observed.Recordings {
		recording := &p.observed.Recordings[i]
		start, isOurs := startOf(recording)
		if !isOurs || recording.Labels[v1alpha1.ScheduleLabel] != p.schedule.Name {
			continue
		}
		isOwn := recording.Annotations[v1alpha1.ScheduleUIDAnnotation] == string(p.schedule.UID)
		p.recordings = append(p.recordings, existing{recording, start, isOwn})
		p.byName[recording.Name] = p.recordings[len(p.recordings)-1]
	}
	slices.SortFunc(p.recordings, func(a, b existing) int {
		if order := a.start.Compare(b.start); order != 0 {
			return order
		}
		return strings.Compare(a.recording.Name, b.recording.Name)
	})
}

// noteProgress notes the time until which everything is decided, if there is anything to
// write.
func (p *plan) noteProgress() {
	p.HasNews = p.Missed.Count > 0 || !equality.Semantic.DeepEqual(p.schedule.Status, p.Status)
	if !p.HasNews {
		return
	}
	until := p.observed.Now
	if !p.openSince.IsZero() {
		until = earlier(until, p.openSince.Add(-time.Second))
	}
	p.Status.HandledUntil = &metav1.Time{Time: until.UTC().Truncate(time.Second)}
}

// wake asks for another decision at a time.
func (p *plan) wake(at time.Time) {
	if at.After(p.observed.Now) && (p.RequeueAt.IsZero() || at.Before(p.RequeueAt)) {
		p.RequeueAt = at
	}
}

// mayRun reports whether a recording runs or will run in its window. That is also true
// between two of its sessions.
func (e existing) mayRun() bool {
	phase := e.recording.Status.Phase
	return !lifecycle.IsOver(phase) && phase != v1alpha1.PhaseUploading
}

// end returns when the window of a recording is over. The window may have been edited.
func (e existing) end() time.Time { return lifecycle.ClosesAt(e.recording) }

// hasBegun reports whether Agora was asked for anything for a recording, or the recording
// is over.
func (e existing) hasBegun() bool {
	return !lifecycle.IsNotBegun(e.recording) || e.recording.Status.ResourceID != "" || lifecycle.IsOver(e.recording.Status.Phase)
}
