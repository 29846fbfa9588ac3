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
	// Ahead is how long before it begins an occurrence is made.
	Ahead = 10 * time.Minute

	// retryRefused is after how long a recording is created again that could not be.
	retryRefused = time.Minute

	// maxMade is how many occurrences status.made names.
	maxMade = 32

	// maxActive is how many recordings status.active names.
	maxActive = 100
)

// Observation is what a decision depends on beside the schedule.
type Observation struct {
	Now time.Time

	// EditedAt is since when the spec has been as it is, in whole seconds.
	EditedAt time.Time

	// Recordings are those that have the label of the schedule.
	Recordings []v1alpha1.CloudRecording

	// Refused are the names of recordings that could not be created just now, and why.
	Refused map[string]Refusal

	// OutsideShard says that the operator would not look after what it makes.
	OutsideShard bool
}

// Refusal is why a recording could not be created.
type Refusal struct {
	Reason v1alpha1.MissedReason

	// Message is what the API server said; empty if nobody needs to know.
	Message string
}

// Decision is what to do for a schedule.
type Decision struct {
	// Create are occurrences to create first. Then it is decided again.
	Create []Occurrence

	// Status is what to record.
	Status v1alpha1.CloudRecordingScheduleStatus

	// HasNews says whether the status has changed, or an occurrence was missed.
	HasNews bool

	// Made are occurrences that the status names for the first time.
	Made []time.Time

	// Missed are occurrences for which nothing will be made.
	Missed Missed

	// Delete are recordings to delete once the status is written, and End those to end
	// early.
	Delete []Deletion
	End    []End

	// RequeueAt is when to decide again if nothing happens before; zero for never.
	RequeueAt time.Time
}

// Cause is why a recording is deleted.
type Cause string

const (
	// CauseSuspended means that the schedule is suspended.
	CauseSuspended Cause = "Suspended"

	// CauseEdited means that the schedule is another by now.
	CauseEdited Cause = "Edited"

	// CauseHistory means that it is older than those that are kept.
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

	// isOwn says that this very schedule made it, and none before it of the same name.
	isOwn bool
}

// plan is a decision that is being made.
type plan struct {
	Decision

	schedule *v1alpha1.CloudRecordingSchedule
	observed *Observation
	calendar *Calendar
	problem  string

	// recordings are those of the schedule, the earliest first, and byName the same.
	recordings []existing
	byName     map[string]existing

	// leaving are the names of recordings that are to be deleted since they no longer fit.
	leaving map[string]bool

	// openSince is when the earliest occurrence begins that has begun and on which
	// nothing is decided yet.
	openSince time.Time

	// refusal is why the earliest occurrence could not be created of which people are to know;
	// none if its message is empty.
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

// sort finds the recordings of the schedule among those that have its label.
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

// noteProgress notes until when all is decided, whenever there is anything to write.
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

// wake has it decided again at a time.
func (p *plan) wake(at time.Time) {
	if at.After(p.observed.Now) && (p.RequeueAt.IsZero() || at.Before(p.RequeueAt)) {
		p.RequeueAt = at
	}
}

// mayRun says whether a recording runs, or will by its window, also if one session of it has
// ended and the next one is to come.
func (e existing) mayRun() bool {
	phase := e.recording.Status.Phase
	return !lifecycle.IsOver(phase) && phase != v1alpha1.PhaseUploading
}

// end returns when the window of a recording is over, which may have been edited.
func (e existing) end() time.Time { return lifecycle.ClosesAt(e.recording) }

// hasBegun says whether Agora was asked for anything for a recording, or it is over.
func (e existing) hasBegun() bool {
	return !lifecycle.IsNotBegun(e.recording) || e.recording.Status.ResourceID != "" || lifecycle.IsOver(e.recording.Status.Phase)
}
