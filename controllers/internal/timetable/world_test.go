// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// world is a cluster with a schedule, its recordings, and an operator that carries out
// decisions.
type world struct {
	now        time.Time
	edited     time.Time
	schedule   *v1alpha1.CloudRecordingSchedule
	recordings map[string]*v1alpha1.CloudRecording

	// refuses is why nothing can be created, or empty if recordings can be.
	refuses v1alpha1.MissedReason

	// refusal is what the API server says about that.
	refusal string

	outside bool

	// created holds the names of the created recordings in order, deleted those of the
	// recordings that the operator deleted, and missed how many occurrences were reported as
	// missed.
	created, deleted []string
	missed           map[v1alpha1.MissedReason]int
	writes           int
	requeueAt        time.Time
}

// monday is a Monday on which nothing is due for a while.
var monday = time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC)

// newWorld returns a world with a schedule for a lesson of an hour at nine every day.
func newWorld(changes ...func(*v1alpha1.CloudRecordingScheduleSpec)) *world {
	w := &world{
		now: monday, edited: monday, refusal: "It is refused.", recordings: map[string]*v1alpha1.CloudRecording{}, missed: map[v1alpha1.MissedReason]int{},
		schedule: &v1alpha1.CloudRecordingSchedule{
			ObjectMeta: metav1.ObjectMeta{Namespace: "school", Name: "lesson", UID: "schedule-1", Generation: 1, CreationTimestamp: metav1.Time{Time: monday}},
			Spec: v1alpha1.CloudRecordingScheduleSpec{
				Schedules: []string{"0 9 * * *"}, TimeZone: "UTC", Duration: metav1.Duration{Duration: time.Hour},
				ConcurrencyPolicy: v1alpha1.ConcurrencyPolicyForbid, Ownership: v1alpha1.ScheduleOwnershipNone,
				Template: v1alpha1.CloudRecordingTemplate{Spec: v1alpha1.CloudRecordingSpec{
					CName: "lesson", ProfileRef: &v1alpha1.ProfileReference{Name: "lessons"},
				}},
			},
			Status: v1alpha1.CloudRecordingScheduleStatus{ObservedGeneration: -1},
		},
	}
	for _, change := range changes {
		change(&w.schedule.Spec)
	}
	return w
}

// at sets the time of day.
func (w *world) at(hour, minute int) *world {
	w.now = time.Date(w.now.Year(), w.now.Month(), w.now.Day(), hour, minute, 0, 0, time.UTC)
	return w
}

// edit changes the spec.
func (w *world) edit(change func(*v1alpha1.CloudRecordingScheduleSpec)) {
	change(&w.schedule.Spec)
	w.schedule.Generation++
	w.edited = w.now.Truncate(time.Second)
}

func (w *world) observe(refused map[string]Refusal) Observation {
	observed := Observation{Now: w.now, EditedAt: w.edited, Refused: refused, OutsideShard: w.outside}
	for _, name := range w.names() {
		if w.recordings[name].Labels[v1alpha1.ScheduleLabel] == w.schedule.Name {
			observed.Recordings = append(observed.Recordings, *w.recordings[name].DeepCopy())
		}
	}
	return observed
}

// names returns the names of all recordings in order.
func (w *world) names() []string {
	names := make([]string, 0, len(w.recordings))
	for name := range w.recordings {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// reconcile carries out a decision, and returns it.
func (w *world) reconcile() Decision { return w.reconcileUntil(-1) }

// reconcileUntil carries out a decision until the process is killed after the given number
// of writes. A negative number kills nothing.
func (w *world) reconcileUntil(writes int) Decision {
	killed := func() bool {
		writes--
		return writes == -1
	}
	refused := map[string]Refusal{}
	decided := Decide(w.schedule, w.observe(refused))
	for len(decided.Create) > 0 {
		for _, occurrence := range decided.Create {
			if killed() {
				return decided
			}
			w.create(occurrence, refused)
		}
		decided = Decide(w.schedule, w.observe(refused))
	}
	if decided.HasNews {
		if killed() {
			return decided
		}
		w.schedule.Status = *decided.Status.DeepCopy()
		w.writes++
		for reason, count := range decided.Missed.ByReason {
			w.missed[reason] += count
		}
	}
	for _, deletion := range decided.Delete {
		if killed() {
			return decided
		}
		w.deleted = append(w.deleted, deletion.Recording.Name)
		delete(w.recordings, deletion.Recording.Name)
	}
	for _, end := range decided.End {
		w.recordings[end.Recording.Name].Spec.Window.End = &metav1.Time{Time: end.At}
	}
	w.requeueAt = decided.RequeueAt
	return decided
}

func (w *world) create(of Occurrence, refused map[string]Refusal) {
	if w.refuses != "" {
		refused[of.Name] = Refusal{Reason: w.refuses, Message: w.refusal}
		return
	}
	if there, isThere := w.recordings[of.Name]; isThere {
		if there.Labels[v1alpha1.ScheduleLabel] != w.schedule.Name {
			refused[of.Name] = Refusal{Reason: v1alpha1.MissedNameTaken, Message: MessageNameTaken(of.Name)}
		}
		return
	}
	made := NewRecording(w.schedule, of)
	made.UID = types.UID(fmt.Sprint("recording-", len(w.created)))
	made.CreationTimestamp = metav1.Time{Time: w.now}
	made.Status.Phase = v1alpha1.PhaseScheduled
	w.recordings[of.Name] = made
	w.created = append(w.created, of.Name)
}

// run makes recordings follow their windows.
func (w *world) run() {
	for _, recording := range w.recordings {
		if recording.Spec.Window == nil || recording.Labels[v1alpha1.ScheduleLabel] == "" {
			continue
		}
		switch {
		case !w.now.Before(lifecycle.ClosesAt(recording)):
			complete(recording)
		case !w.now.Before(lifecycle.OpensAt(recording)):
			begin(recording, w.now)
		}
	}
}

// begin makes a recording run, and complete completes it.
func begin(recording *v1alpha1.CloudRecording, now time.Time) {
	if recording.Status.StartRequestedTime == nil {
		recording.Status.StartRequestedTime = &metav1.Time{Time: now}
		recording.Status.ResourceID, recording.Status.SID, recording.Status.Phase = "resource", "sid", v1alpha1.PhaseRecording
	}
}

func complete(recording *v1alpha1.CloudRecording) {
	begin(recording, lifecycle.OpensAt(recording))
	recording.Status.StoppedReason, recording.Status.UploadedReason = v1alpha1.StopAcknowledgedReason, v1alpha1.ReportedByAgoraReason
	recording.Status.Phase = v1alpha1.PhaseCompleted
}

// recording returns the recording that begins at a time today.
func (w *world) recording(hour, minute int) *v1alpha1.CloudRecording {
	start := time.Date(w.now.Year(), w.now.Month(), w.now.Day(), hour, minute, 0, 0, time.UTC)
	return w.recordings[occurrenceAt(w.schedule, start).Name]
}

// made returns when the created recordings begin, according to their names.
func (w *world) made() []string {
	times := []string{}
	for _, name := range w.created {
		times = append(times, strings.TrimPrefix(name, w.schedule.Name+"-"))
	}
	return times
}
