// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// attacked is a world in which anything may happen, and what must hold in it.
type attacked struct {
	*world

	// isRemade holds the names of recordings that the operator has deleted because they no
	// longer fitted, and that it may create again.
	isRemade map[string]bool

	// checkedCreated and checkedDeleted are how many creations and deletions have been
	// checked.
	checkedCreated, checkedDeleted int
	ever                           map[string]bool

	// since is the time from which the spec counts: when it was edited or, if nobody can tell,
	// when the operator saw the edit.
	since time.Time

	// missedBefore is how many occurrences were missed before the last edit.
	missedBefore int
}

// TestRandomSequences kills processes at any point, turns the clock forward and back, edits
// and suspends schedules, deletes objects and adds foreign ones. It checks that no
// recording is created twice or outside of its time, and that no occurrence is lost without
// a word.
func TestRandomSequences(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := &attacked{world: newWorld(), isRemade: map[string]bool{}, ever: map[string]bool{}}
		a.settle(t)
		t.Repeat(map[string]func(*rapid.T){
			"":                      a.check,
			"reconcile":             func(t *rapid.T) { a.settle(t) },
			"the process is killed": func(t *rapid.T) { a.step(t, func() { a.reconcileUntil(rapid.IntRange(0, 3).Draw(t, "writes")) }) },
			"time passes": func(t *rapid.T) {
				a.now = a.now.Add(time.Duration(rapid.IntRange(1, 900).Draw(t, "seconds")) * time.Second)
			},
			"long time passes": func(t *rapid.T) {
				a.now = a.now.Add(time.Duration(rapid.IntRange(1, 14*24).Draw(t, "hours")) * time.Hour)
			},
			"all goes on":      func(t *rapid.T) { a.goOn(t, rapid.IntRange(1, 60).Draw(t, "steps")) },
			"something is due": a.isDue,
			"a lesson begins":  a.begins,
			"the clock goes back": func(t *rapid.T) {
				a.now = a.now.Add(-time.Duration(rapid.IntRange(1, 7200).Draw(t, "seconds back")) * time.Second)
			},
			"recordings go on": func(*rapid.T) { a.run() },
			"edit":             a.changed,
			"a person deletes": a.personDeletes,
			"a stranger comes": a.strangerComes,
			"the API server refuses": func(t *rapid.T) {
				a.refuses = rapid.SampledFrom([]v1alpha1.MissedReason{"", v1alpha1.MissedRefused}).Draw(t, "refusal")
			},
		})
	})
}

// step does something, and checks what that created and deleted.
func (a *attacked) step(t *rapid.T, do func()) {
	if handled := a.schedule.Status.HandledUntil; a.schedule.Status.ObservedGeneration != a.schedule.Generation {
		a.since = a.edited
		if handled != nil && !a.edited.After(handled.Time) {
			a.since = a.now
		}
	}
	before := map[string]*v1alpha1.CloudRecording{}
	for name, recording := range a.recordings {
		before[name] = recording.DeepCopy()
	}
	do()
	for _, name := range a.deleted[a.checkedDeleted:] {
		gone, isOld := before[name]
		if isOld && gone.Status.StartRequestedTime != nil && !lifecycle.IsOver(gone.Status.Phase) {
			t.Fatalf("%s was deleted while it runs", name)
		}
		a.isRemade[name] = a.isRemade[name] || !isOld || !lifecycle.IsOver(gone.Status.Phase)
	}
	a.checkedDeleted = len(a.deleted)
	for _, name := range a.created[a.checkedCreated:] {
		if a.ever[name] && !a.isRemade[name] {
			t.Fatalf("%s was made twice", name)
		}
		a.ever[name], a.isRemade[name] = true, false
		a.checkTime(t, name)
	}
	a.checkedCreated = len(a.created)
}

// checkTime checks that the recording just created is for an occurrence whose time is near,
// or has come.
func (a *attacked) checkTime(t *rapid.T, name string) {
	made, isThere := a.recordings[name]
	if !isThere {
		return
	}
	calendar, problem := NewCalendar(&a.schedule.Spec)
	if problem != "" || a.schedule.Spec.Suspend {
		t.Fatalf("%s was made by a schedule that makes none", name)
	}
	start := made.Spec.Window.Start.Time
	if !calendar.Includes(start) || start.After(a.now.Add(Ahead)) || !a.now.Before(lifecycle.LatestStart(made)) {
		t.Fatalf("%s was made at %s", name, a.now)
	}
}

// settle reconciles until nothing is new, which must not take many attempts.
func (a *attacked) settle(t *rapid.T) {
	for range 4 {
		before := a.writes
		a.step(t, func() { a.reconcile() })
		if a.writes == before {
			return
		}
	}
	t.Fatalf("the status changes each time that it is looked at: %+v", a.schedule.Status)
}

// goOn lets the operator and the recordings do what they plan to, when they plan to.
func (a *attacked) goOn(t *rapid.T, steps int) {
	for range steps {
		a.run()
		a.settle(t)
		next := a.now.Add(time.Hour)
		if a.requeueAt.After(a.now) {
			next = earlier(next, a.requeueAt)
		}
		a.now = next
	}
}

// isDue lets time pass until the operator's next reconcile is due, and makes it.
func (a *attacked) isDue(t *rapid.T) {
	a.now = later(a.now, a.requeueAt)
	a.settle(t)
}

// begins lets time pass until a recording that has not begun begins.
func (a *attacked) begins(*rapid.T) {
	for _, name := range a.names() {
		if window := a.recordings[name].Spec.Window; window != nil && window.Start.After(a.now) {
			a.now = window.Start.Add(time.Second)
			break
		}
	}
	a.run()
}

func (a *attacked) changed(t *rapid.T) {
	spec := rapid.SampledFrom([]func(*scheduleSpec){
		times("0 9 * * *"), times("0,40 9 * * *", "0 15 * * MON"), times("30 2 * * *"), times("0 */6 * * *"), times("*/3 8-10 * * *"), lasting(time.Hour), lasting(90 * time.Minute), lasting(time.Minute),
		suspended, resumed, resumed, replacing, func(s *scheduleSpec) { s.ConcurrencyPolicy = v1alpha1.ConcurrencyPolicyForbid },
		func(s *scheduleSpec) { s.TimeZone = "Europe/Berlin" },
		func(s *scheduleSpec) { s.TimeZone = "Mars/Phobos" },
		func(s *scheduleSpec) { s.Template.Spec.CName += "x" },
		func(s *scheduleSpec) { s.Except = []string{"2026-12-01", "2026-12-05"} },
		func(s *scheduleSpec) { zero := int32(0); s.SuccessfulHistoryLimit = &zero },
	}).Draw(t, "edit")
	a.edit(spec)
	a.missedBefore = a.missedInAll()
}

func (a *attacked) missedInAll() (count int) {
	for _, missed := range a.missed {
		count += missed
	}
	return count
}

// personDeletes deletes a recording that the status names. One that the status does not
// name yet may be created again.
func (a *attacked) personDeletes(t *rapid.T) {
	var known []string
	for _, name := range a.names() {
		start, isOurs := startOf(a.recordings[name])
		isNoted := slices.ContainsFunc(a.schedule.Status.Made, func(made metav1.Time) bool { return made.Time.Equal(start) })
		if isOurs && isNoted {
			known = append(known, name)
		}
	}
	if len(known) > 0 {
		delete(a.recordings, rapid.SampledFrom(known).Draw(t, "name"))
	}
}

func (a *attacked) strangerComes(*rapid.T) {
	calendar, problem := NewCalendar(&a.schedule.Spec)
	if problem != "" {
		return
	}
	name := occurrenceAt(a.schedule, calendar.Next(a.now)).Name
	if a.recordings[name] == nil {
		a.recordings[name] = &v1alpha1.CloudRecording{}
	}
}

// check checks that, once the operator has reconciled, every occurrence since the last edit
// whose time is over was either recorded or reported as missed.
func (a *attacked) check(t *rapid.T) {
	calendar, problem := NewCalendar(&a.schedule.Spec)
	status := a.schedule.Status
	isLookedAt := status.ObservedGeneration == a.schedule.Generation && Decide(a.schedule, a.observe(map[string]Refusal{})).Missed.Count == 0
	if problem != "" || a.schedule.Spec.Suspend || !isLookedAt {
		return
	}
	over, complete := calendar.Between(a.since, a.now.Add(-a.schedule.Spec.Duration.Duration), maxCounted)
	if !complete {
		return
	}
	lost := 0
	for _, start := range over {
		if name := occurrenceAt(a.schedule, start).Name; !a.ever[name] {
			lost++
		}
	}
	if missed := a.missedInAll() - a.missedBefore; lost > missed {
		t.Fatalf("%d occurrences were not made, and %d are said to be missed", lost, missed)
	}
}
