// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
)

type scheduleSpec = v1alpha1.CloudRecordingScheduleSpec

func suspended(s *scheduleSpec) { s.Suspend = true }
func resumed(s *scheduleSpec)   { s.Suspend = false }
func replacing(s *scheduleSpec) { s.ConcurrencyPolicy = v1alpha1.ConcurrencyPolicyReplace }

func times(expressions ...string) func(*scheduleSpec) {
	return func(s *scheduleSpec) { s.Schedules = expressions }
}

func lasting(duration time.Duration) func(*scheduleSpec) {
	return func(s *scheduleSpec) { s.Duration.Duration = duration }
}

// readyOf returns the status and the reason of the condition Ready.
func readyOf(w *world) string {
	ready := meta.FindStatusCondition(w.schedule.Status.Conditions, v1alpha1.ReadyCondition)
	return string(ready.Status) + " by " + ready.Reason
}

func readyMessage(w *world) string {
	return meta.FindStatusCondition(w.schedule.Status.Conditions, v1alpha1.ReadyCondition).Message
}

func readyBy(reason string) string    { return "True by " + reason }
func notReadyBy(reason string) string { return "False by " + reason }

func TestAnOccurrenceIsMadeTenMinutesAhead(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld()
	w.reconcile()
	g.Expect(w.made()).To(BeEmpty())
	g.Expect(w.requeueAt).To(Equal(w.at(8, 50).now))
	g.Expect(w.schedule.Status.Next.Time).To(Equal(time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)))
	g.Expect(readyOf(w)).To(Equal(readyBy(v1alpha1.ScheduledReason)))

	w.reconcile()
	g.Expect(w.made()).To(Equal([]string{"202611300900"}))
	made := w.recording(9, 0)
	g.Expect(made.Spec.Window.Start.Time).To(Equal(time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)))
	g.Expect(made.Spec.Window.End.Time).To(Equal(time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)))
	g.Expect(made.Spec.CName).To(Equal("lesson"))
	g.Expect(made.Labels).To(Equal(map[string]string{v1alpha1.ScheduleLabel: "lesson"}))
	g.Expect(made.OwnerReferences).To(BeEmpty())
	status := w.schedule.Status
	g.Expect(status.Last).To(BeNil())
	g.Expect(status.Next.Time).To(Equal(made.Spec.Window.Start.Time))
	g.Expect(status.ActiveCount).To(BeEquivalentTo(1))
	g.Expect(status.Active).To(ConsistOf(v1alpha1.ActiveOccurrence{Name: "lesson-202611300900"}))
	g.Expect(w.requeueAt).To(Equal(made.Spec.Window.Start.Time))

	w.at(9, 0).reconcile()
	status = w.schedule.Status
	g.Expect(status.Last.Time).To(Equal(made.Spec.Window.Start.Time))
	g.Expect(status.Next.Time).To(Equal(made.Spec.Window.Start.Add(day)))
	g.Expect(w.requeueAt).To(Equal(time.Date(2026, 12, 1, 8, 50, 0, 0, time.UTC)))
}

func TestNothingIsWrittenWithoutNews(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld(times("0 9 * * MON", "30 10 * * TUE", "0 9 * * WED"))
	w.reconcile()
	w.at(8, 50).reconcile()
	written := w.writes
	for range 9 {
		w.now = w.now.Add(time.Minute)
		w.reconcile()
	}
	g.Expect(w.writes).To(Equal(written), "nothing is written while it waits")
	w.now = w.now.Add(time.Minute)
	w.run()
	w.reconcile()
	g.Expect(w.writes).To(Equal(written+1), "it begins")
	w.now = w.now.Add(2 * time.Hour)
	w.run()
	w.reconcile()
	g.Expect(w.writes).To(Equal(written+2), "it is over")
	for range 22 {
		w.now = w.now.Add(time.Hour)
		w.reconcile()
	}
	g.Expect(w.writes).To(Equal(written + 2))
}

func TestAnOccurrenceIsMadeOnce(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]func(*world){
		"its object was deleted before it began": func(w *world) { delete(w.recordings, "lesson-202611300900") },
		"its object was deleted later": func(w *world) {
			w.at(9, 30).run()
			delete(w.recordings, "lesson-202611300900")
		},
		"the schedule was edited after its object was deleted": func(w *world) {
			delete(w.recordings, "lesson-202611300900")
			w.edit(lasting(2 * time.Hour))
		},
		"the clock goes back": func(w *world) {
			w.reconcile()
			delete(w.recordings, "lesson-202611300900")
			w.at(8, 0).reconcile()
			w.at(8, 51)
		},
		"the clock goes back after it was over": func(w *world) {
			w.at(10, 30).run()
			w.reconcile()
			delete(w.recordings, "lesson-202611300900")
			w.at(7, 0).reconcile()
			w.at(8, 55)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			w := newWorld()
			w.reconcile()
			w.at(8, 50).reconcile()
			then(w)
			w.reconcile()
			w.at(9, 30).reconcile()
			g.Expect(w.made()).To(Equal([]string{"202611300900"}))
			g.Expect(w.missed).To(BeEmpty())
		})
	}
}

// TestAKilledProcessLosesNothing kills the process before each of its writes.
func TestAKilledProcessLosesNothing(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	for writes := range 3 {
		w := newWorld(times("0 9 * * *", "5 11 * * *"))
		w.reconcile()
		w.at(8, 52).reconcileUntil(writes)
		w.at(8, 53).reconcile()
		g.Expect(w.made()).To(Equal([]string{"202611300900"}))
		g.Expect(w.schedule.Status.Made).To(HaveLen(1))
		g.Expect(w.missed).To(BeEmpty())
	}
}

func TestLateOccurrences(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hour, minute int
		made         int
		missed       map[v1alpha1.MissedReason]int
	}{
		"an hour late, with a minute left":  {9, 58, 1, map[v1alpha1.MissedReason]int{}},
		"with less than a minute left":      {9, 59, 0, map[v1alpha1.MissedReason]int{v1alpha1.MissedTooLate: 1}},
		"after its end":                     {10, 30, 0, map[v1alpha1.MissedReason]int{v1alpha1.MissedTooLate: 1}},
		"before it begins, and nothing is":  {8, 59, 1, map[v1alpha1.MissedReason]int{}},
		"before it is to be made, no event": {8, 49, 0, map[v1alpha1.MissedReason]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			w := newWorld()
			w.reconcile()
			w.at(c.hour, c.minute).reconcile()
			g.Expect(w.created).To(HaveLen(c.made))
			g.Expect(w.missed).To(Equal(c.missed))
			w.reconcile()
			g.Expect(w.missed).To(Equal(c.missed), "it is said once")
		})
	}
}

func TestTwoWeeksAway(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld()
	w.reconcile()
	w.now = w.now.Add(14*day + 3*time.Hour + 30*time.Minute)
	decided := w.reconcile()
	g.Expect(w.made()).To(Equal([]string{"202612140900"}), "the one that is on is made late")
	g.Expect(w.missed).To(Equal(map[v1alpha1.MissedReason]int{v1alpha1.MissedTooLate: 14}))
	g.Expect(w.schedule.Status.LastMissed).To(Equal(&v1alpha1.MissedOccurrence{
		Time: metav1.Time{Time: time.Date(2026, 12, 13, 9, 0, 0, 0, time.UTC)}, Reason: v1alpha1.MissedTooLate,
	}))
	g.Expect(decided.Missed.Text(*w.schedule.Status.LastMissed)).To(Equal(
		"14 occurrences were missed, the latest of 2026-12-13T09:00:00Z: no operator looked after the schedule in time. Check whether the operator runs."))
}

func TestYearsAway(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld(times("* * * * *"), lasting(time.Minute))
	w.reconcile()
	w.now = w.now.Add(3 * 365 * day)
	decided := w.reconcile()
	g.Expect(decided.Missed.IsMore).To(BeTrue())
	g.Expect(w.schedule.Status.LastMissed.Time.Time).To(Equal(w.now.Add(-time.Minute)))
	g.Expect(decided.Missed.Text(*w.schedule.Status.LastMissed)).To(MatchRegexp(`^More than \d+ occurrences were missed, the latest of `))
}

// TestManyOpenOccurrences has more occurrences than can be decided on at once.
func TestManyOpenOccurrences(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy func(*scheduleSpec)
		made   int
	}{
		"the first of them by Forbid":            {func(*scheduleSpec) {}, 1},
		"the last and those to come, by Replace": {replacing, 11},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			w := newWorld(times("* * * * *"), lasting(30*time.Hour), c.policy)
			w.edited = w.now.Add(time.Second)
			w.now = w.now.Add(29 * time.Hour)
			for range 10 {
				w.reconcile()
			}
			missed := 0
			for _, count := range w.missed {
				missed += count
			}
			g.Expect(w.created).To(HaveLen(c.made))
			g.Expect(missed).To(Equal(29*60-1), "all that have begun but one")
		})
	}
}

func TestWhatIsNotMissed(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(*world){
		"before the schedule was there": func(w *world) {
			w.at(11, 0)
			w.schedule.CreationTimestamp, w.edited = metav1.Time{Time: w.now}, w.now
		},
		"while it was suspended": func(w *world) {
			w.reconcile()
			w.edit(suspended)
			w.reconcile()
			w.at(11, 0).edit(resumed)
		},
		"while it was suspended and the operator was away": func(w *world) {
			w.reconcile()
			w.edit(suspended)
			w.at(11, 0).edit(resumed)
		},
		"on a day off": func(w *world) {
			w.edit(func(s *scheduleSpec) { s.Except = []string{"2026-11-30"} })
			w.reconcile()
			w.at(11, 0)
		},
		"by an expression that came later": func(w *world) {
			w.edit(times("0 12 * * *"))
			w.reconcile()
			w.at(11, 0).edit(times("0 9 * * *", "0 12 * * *"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			w := newWorld()
			between(w)
			w.reconcile()
			g.Expect(w.created).To(BeEmpty())
			g.Expect(w.missed).To(BeEmpty())
		})
	}
}

// TestAnEditWhileNobodyLooked states that a new timetable counts from the edit.
func TestAnEditWhileNobodyLooked(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld()
	w.reconcile()
	w.at(9, 30).edit(times("0 8 * * *", "30 9 * * *", "0 11 * * *"))
	w.at(12, 30).reconcile()
	g.Expect(w.missed).To(Equal(map[v1alpha1.MissedReason]int{v1alpha1.MissedTooLate: 2}), "9:30 and 11:00, and not 8:00")
}

func TestSuspension(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld()
	w.reconcile()
	w.at(8, 50).reconcile()
	w.at(8, 51).edit(suspended)
	w.reconcile()
	g.Expect(w.deleted).To(Equal([]string{"lesson-202611300900"}))
	w.reconcile()
	g.Expect(readyOf(w)).To(Equal(readyBy(v1alpha1.SuspendedReason)))
	g.Expect(w.schedule.Status.Next).To(BeNil())
	g.Expect(w.requeueAt).To(BeZero())
	g.Expect(w.schedule.Status.Conditions).To(HaveLen(1), "kstatus takes it for done")

	w.at(8, 55).edit(resumed)
	w.reconcile()
	g.Expect(w.made()).To(Equal([]string{"202611300900", "202611300900"}), "it is wanted again")

	w.at(9, 10).run()
	w.edit(suspended)
	w.reconcile()
	g.Expect(w.deleted).To(HaveLen(1), "what runs goes on")
	g.Expect(w.missed).To(BeEmpty())
}

func TestAnOccurrenceThatAwaitsItsStartGoesWhenSuspended(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld()
	w.reconcile()
	w.at(8, 50).reconcile()
	w.at(9, 5).edit(suspended)
	w.reconcile()
	g.Expect(w.deleted).To(HaveLen(1), "no request was made for it")
}

func TestEdits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit    func(*scheduleSpec)
		deleted []string
		made    []string
	}{
		"of the time":         {times("5 9 * * *"), []string{"lesson-202611300900"}, []string{"202611300900", "202611300905"}},
		"of the duration":     {lasting(2 * time.Hour), []string{"lesson-202611300900"}, []string{"202611300900", "202611300900"}},
		"of the template":     {func(s *scheduleSpec) { s.Template.Spec.CName = "other" }, []string{"lesson-202611300900"}, []string{"202611300900", "202611300900"}},
		"of a day off":        {func(s *scheduleSpec) { s.Except = []string{"2026-11-30"} }, []string{"lesson-202611300900"}, []string{"202611300900"}},
		"of the zone":         {func(s *scheduleSpec) { s.TimeZone = "Europe/Berlin" }, []string{"lesson-202611300900"}, []string{"202611300900"}},
		"of another time too": {times("0 9 * * *", "0 15 * * *"), nil, []string{"202611300900"}},
		"of a limit":          {func(s *scheduleSpec) { s.SuccessfulHistoryLimit = ptr.To[int32](3) }, nil, []string{"202611300900"}},
		"to what cannot be":   {func(s *scheduleSpec) { s.TimeZone = "Mars/Phobos" }, nil, []string{"202611300900"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			w := newWorld()
			w.reconcile()
			w.at(8, 50).reconcile()
			w.at(8, 56).edit(c.edit)
			w.reconcile()
			g.Expect(w.deleted).To(Equal(c.deleted))
			w.reconcile()
			g.Expect(w.made()).To(Equal(c.made))
			g.Expect(w.missed).To(BeEmpty())
		})
	}
}

func TestAnEditLeavesWhatHasBegun(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld()
	w.reconcile()
	w.at(8, 50).reconcile()
	w.at(9, 5).run()
	w.edit(times("30 9 * * *"))
	w.reconcile()
	g.Expect(w.deleted).To(BeEmpty())
	w.at(9, 30).reconcile()
	g.Expect(w.missed).To(Equal(map[v1alpha1.MissedReason]int{v1alpha1.MissedOverlap: 1}), "Forbid counts it")
}

// TestAnEditOfAnOccurrenceIsItsOwners keeps what a person has changed in an occurrence's
// recording.
func TestAnEditOfAnOccurrenceIsItsOwners(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld()
	w.reconcile()
	w.at(8, 50).reconcile()
	w.recording(9, 0).Spec.Window.End = &metav1.Time{Time: w.now.Add(5 * time.Hour)}
	w.edit(times("0 9 * * *", "0 20 * * *"))
	w.reconcile()
	g.Expect(w.deleted).To(BeEmpty())
}

func TestForbid(t *testing.T) {
	t.Parallel()
	t.Run("lessons that follow each other are all recorded", func(t *testing.T) {
		t.Parallel()
		g := NewWithT(t)
		w := newWorld(times("0 9-11 * * *"))
		for w.now.Before(monday.Add(7 * time.Hour)) {
			w.run()
			w.reconcile()
			w.now = w.now.Add(time.Minute)
		}
		g.Expect(w.made()).To(Equal([]string{"202611300900", "202611301000", "202611301100"}))
		g.Expect(w.missed).To(BeEmpty())
		g.Expect(readyOf(w)).To(Equal(readyBy(v1alpha1.ScheduledReason)))
	})
	t.Run("what begins while another runs is skipped, and said before", func(t *testing.T) {
		t.Parallel()
		g := NewWithT(t)
		w := newWorld(times("0,30 9 * * *", "0 10 * * *"))
		w.reconcile()
		g.Expect(readyOf(w)).To(Equal(readyBy(v1alpha1.OccurrencesOverlapReason)))
		for w.now.Before(monday.Add(7 * time.Hour)) {
			w.run()
			w.reconcile()
			w.now = w.now.Add(time.Minute)
		}
		g.Expect(w.made()).To(Equal([]string{"202611300900", "202611301000"}))
		g.Expect(w.missed).To(Equal(map[v1alpha1.MissedReason]int{v1alpha1.MissedOverlap: 1}))
		g.Expect(w.schedule.Status.LastMissed.Time.Time).To(Equal(time.Date(2026, 11, 30, 9, 30, 0, 0, time.UTC)))
	})
	t.Run("one that a person has made longer counts until its end", func(t *testing.T) {
		t.Parallel()
		g := NewWithT(t)
		w := newWorld(times("0 9,10 * * *"))
		w.reconcile()
		w.at(8, 50).reconcile()
		w.at(9, 30).run()
		w.recording(9, 0).Spec.Window.End = &metav1.Time{Time: w.at(10, 20).now}
		w.at(9, 50).reconcile()
		w.at(10, 0).reconcile()
		g.Expect(w.missed).To(Equal(map[v1alpha1.MissedReason]int{v1alpha1.MissedOverlap: 1}))
	})
	t.Run("one that a person has stopped does not count", func(t *testing.T) {
		t.Parallel()
		g := NewWithT(t)
		w := newWorld(times("0 9 * * *", "30 9 * * *"))
		w.reconcile()
		w.at(8, 50).reconcile()
		w.at(9, 10).run()
		complete(w.recording(9, 0))
		w.at(9, 20).reconcile()
		g.Expect(w.made()).To(Equal([]string{"202611300900", "202611300930"}))
	})
	t.Run("one that does not stop is waited for", func(t *testing.T) {
		t.Parallel()
		g := NewWithT(t)
		w := newWorld(times("0 9 * * *", "0 12 * * *"))
		w.reconcile()
		w.at(8, 50).reconcile()
		w.at(9, 10).run()
		w.at(12, 10).reconcile()
		g.Expect(w.created).To(HaveLen(1))
		g.Expect(w.requeueAt).To(Equal(w.at(12, 59).now))
		complete(w.recording(9, 0))
		w.at(12, 30).reconcile()
		g.Expect(w.made()).To(Equal([]string{"202611300900", "202611301200"}))
		g.Expect(w.missed).To(BeEmpty())
	})
}

// TestForbidAfterOneThatNeverBegan is for an occurrence that a person suspended before it
// began.
func TestForbidAfterOneThatNeverBegan(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld(times("0 9,12 * * *"))
	w.reconcile()
	w.at(8, 50).reconcile()
	held := w.recording(9, 0)
	held.Spec.Suspend, held.Status.Phase = true, v1alpha1.PhasePending
	w.at(11, 50).reconcile()
	w.at(12, 59).reconcile()
	g.Expect(w.made()).To(Equal([]string{"202611300900", "202611301200"}))
	g.Expect(w.missed).To(BeEmpty(), "too late, it can no longer begin")
}

// TestForbidWhileNoSessionRuns is for an earlier occurrence that is between two sessions.
func TestForbidWhileNoSessionRuns(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld(times("0 9 * * *", "30 9 * * *"))
	w.reconcile()
	w.at(8, 50).reconcile()
	w.at(9, 10).run()
	between := w.recording(9, 0)
	between.Status.StoppedReason, between.Status.Phase = v1alpha1.RecordingEndedReason, v1alpha1.PhasePending
	w.at(9, 20).reconcile()
	w.at(9, 30).reconcile()
	g.Expect(w.created).To(HaveLen(1))
	g.Expect(w.missed).To(Equal(map[v1alpha1.MissedReason]int{v1alpha1.MissedOverlap: 1}))
}

func TestReplace(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld(times("0,30 9 * * *"), replacing)
	w.reconcile()
	g.Expect(readyOf(w)).To(Equal(readyBy(v1alpha1.ScheduledReason)))
	w.at(8, 50).reconcile()
	w.at(9, 20).run()
	w.reconcile()
	g.Expect(w.made()).To(Equal([]string{"202611300900", "202611300930"}))
	g.Expect(w.recording(9, 0).Spec.Window.End.Time).To(Equal(w.at(10, 0).now), "until the next one begins")
	w.at(9, 20).reconcile()
	g.Expect(w.requeueAt).To(Equal(w.at(9, 30).now))
	w.reconcile()
	g.Expect(w.recording(9, 0).Spec.Window.End.Time).To(Equal(w.now))
	g.Expect(w.recording(9, 30).Spec.Window.End.Time).To(Equal(w.at(10, 30).now))
	g.Expect(w.missed).To(BeEmpty())
}

func TestReplaceMakesNoneThatWouldEndAtOnce(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld(times("*/10 9 * * *"), replacing)
	w.reconcile()
	w.at(9, 35).reconcile()
	g.Expect(w.made()).To(Equal([]string{"202611300930", "202611300940"}))
	g.Expect(w.missed).To(Equal(map[v1alpha1.MissedReason]int{v1alpha1.MissedTooLate: 3}))
}

func TestStrangers(t *testing.T) {
	t.Parallel()
	t.Run("keep their names, and the occurrence is missed", func(t *testing.T) {
		t.Parallel()
		g := NewWithT(t)
		w := newWorld()
		stranger := &v1alpha1.CloudRecording{ObjectMeta: metav1.ObjectMeta{Name: "lesson-202611300900"}}
		w.recordings[stranger.Name] = stranger
		w.reconcile()
		w.at(8, 50).reconcile()
		g.Expect(readyOf(w)).To(Equal(notReadyBy(v1alpha1.NameTakenReason)))
		g.Expect(meta.IsStatusConditionTrue(w.schedule.Status.Conditions, v1alpha1.StalledCondition)).To(BeTrue())
		g.Expect(w.requeueAt).To(Equal(w.at(8, 51).now), "it may go")
		w.at(9, 30).reconcile()
		g.Expect(w.missed).To(BeEmpty())
		w.at(9, 59).reconcile()
		g.Expect(w.missed).To(Equal(map[v1alpha1.MissedReason]int{v1alpha1.MissedNameTaken: 1}))
		w.at(10, 0).reconcile()
		g.Expect(readyOf(w)).To(Equal(readyBy(v1alpha1.ScheduledReason)))
		g.Expect(w.recordings).To(HaveKeyWithValue(stranger.Name, stranger))
	})
	t.Run("count as the reason after the end, too", func(t *testing.T) {
		t.Parallel()
		g := NewWithT(t)
		w := newWorld()
		w.recordings["lesson-202611300900"] = &v1alpha1.CloudRecording{}
		w.reconcile()
		w.at(8, 50).reconcile()
		w.at(11, 0).reconcile()
		g.Expect(w.missed).To(Equal(map[v1alpha1.MissedReason]int{v1alpha1.MissedNameTaken: 1}))
	})
	t.Run("that go in time make room", func(t *testing.T) {
		t.Parallel()
		g := NewWithT(t)
		w := newWorld()
		w.recordings["lesson-202611300900"] = &v1alpha1.CloudRecording{}
		w.reconcile()
		w.at(9, 10).reconcile()
		delete(w.recordings, "lesson-202611300900")
		w.at(9, 11).reconcile()
		g.Expect(w.made()).To(Equal([]string{"202611300900"}))
		g.Expect(w.missed).To(BeEmpty())
	})
}

// TestAScheduleThatWasCreatedAgain finds the recordings of an earlier schedule with its
// name.
func TestAScheduleThatWasCreatedAgain(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld()
	w.reconcile()
	w.at(8, 50).reconcile()
	w.schedule.UID, w.schedule.Generation, w.edited = "schedule-2", 1, w.at(8, 55).now
	w.schedule.Status = v1alpha1.CloudRecordingScheduleStatus{ObservedGeneration: -1}
	w.reconcile()
	g.Expect(w.made()).To(Equal([]string{"202611300900"}), "it counts as made")
	g.Expect(w.schedule.Status.ActiveCount).To(BeEquivalentTo(1))
	w.edit(suspended)
	w.reconcile()
	g.Expect(w.deleted).To(BeEmpty(), "it is another's")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld()
	w.reconcile()
	w.refuses = v1alpha1.MissedRefused
	w.at(8, 50).reconcile()
	g.Expect(readyOf(w)).To(Equal(notReadyBy(v1alpha1.RecordingRefusedReason)))
	g.Expect(w.requeueAt).To(Equal(w.at(8, 51).now))
	written := w.writes
	w.reconcile()
	g.Expect(w.writes).To(Equal(written))
	w.at(9, 59).reconcile()
	g.Expect(w.missed).To(Equal(map[v1alpha1.MissedReason]int{v1alpha1.MissedRefused: 1}))
}

// TestARefusalSaidAgain states that a refusal is written only when the API server says something else.
func TestARefusalSaidAgain(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld()
	w.reconcile()
	w.refuses, w.refusal = v1alpha1.MissedRefused, "exceeded quota: few, used: 9, limited: 9"
	w.at(8, 50).reconcile()
	written := w.writes
	w.at(8, 51).reconcile()
	g.Expect(w.writes).To(Equal(written))
	w.refusal = "denied by a policy"
	w.at(8, 52).reconcile()
	g.Expect(w.writes).To(Equal(written + 1))
	g.Expect(readyMessage(w)).To(ContainSubstring("denied by a policy"))
}

// TestAnEditThatMendsWhatBlockedAnOccurrence creates the recording although the occurrence
// has begun.
func TestAnEditThatMendsWhatBlockedAnOccurrence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hour, minute int
		edit         func(*scheduleSpec)
		made         []string
		missed       map[v1alpha1.MissedReason]int
	}{
		"in time":          {9, 5, lasting(2 * time.Hour), []string{"202611300900"}, map[v1alpha1.MissedReason]int{}},
		"by not having it": {9, 5, times("5 10 * * *"), []string{}, map[v1alpha1.MissedReason]int{}},
		"too late":         {9, 59, lasting(time.Hour), []string{}, map[v1alpha1.MissedReason]int{v1alpha1.MissedRefused: 1}},
		"long after":       {15, 0, lasting(time.Hour), []string{}, map[v1alpha1.MissedReason]int{v1alpha1.MissedRefused: 1}},
	} {
		for blocked, block := range map[string]func(*world, bool){
			"refused": func(w *world, holds bool) {
				w.refuses = map[bool]v1alpha1.MissedReason{true: v1alpha1.MissedRefused}[holds]
			},
			"outside the shard": func(w *world, holds bool) { w.outside = holds },
		} {
			t.Run(blocked+" "+name, func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				w := newWorld()
				w.reconcile()
				block(w, true)
				w.at(8, 50).reconcile()
				g.Expect(w.schedule.Status.Blocked).To(HaveField("Reason", v1alpha1.MissedRefused))
				block(w, false)
				w.at(c.hour, c.minute).edit(c.edit)
				w.reconcile()
				w.reconcile()
				g.Expect(w.made()).To(Equal(c.made))
				g.Expect(w.missed).To(Equal(c.missed))
				g.Expect(w.schedule.Status.Blocked).To(BeNil())
			})
		}
	}
}

func TestOutsideTheShard(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld()
	w.outside = true
	w.reconcile()
	g.Expect(readyOf(w)).To(Equal(notReadyBy(v1alpha1.OutsideShardReason)))
	w.at(8, 50).reconcile()
	w.at(9, 59).reconcile()
	g.Expect(w.created).To(BeEmpty())
	g.Expect(w.missed).To(Equal(map[v1alpha1.MissedReason]int{v1alpha1.MissedRefused: 1}))
	g.Expect(w.schedule.Status.Blocked).To(BeNil())
}

func TestHistory(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limits  func(*scheduleSpec)
		deleted []string
	}{
		"all are kept": {func(*scheduleSpec) {}, nil},
		"the latest that succeeded": {
			func(s *scheduleSpec) { s.SuccessfulHistoryLimit = ptr.To[int32](1) }, []string{"lesson-202611300900", "lesson-202612010900"},
		},
		"none that succeeded": {
			func(s *scheduleSpec) { s.SuccessfulHistoryLimit = ptr.To[int32](0) },
			[]string{"lesson-202611300900", "lesson-202612010900", "lesson-202612020900"},
		},
		"none that failed": {
			func(s *scheduleSpec) { s.FailedHistoryLimit = ptr.To[int32](0) }, []string{"lesson-202612030900"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			w := newWorld()
			for i, phase := range []v1alpha1.RecordingPhase{
				v1alpha1.PhaseCompleted, v1alpha1.PhaseCompleted, v1alpha1.PhaseCompleted, v1alpha1.PhaseFailed, v1alpha1.PhaseUploading, v1alpha1.PhaseRecording,
			} {
				start := time.Date(2026, 11, 30+i, 9, 0, 0, 0, time.UTC)
				made := NewRecording(w.schedule, occurrenceAt(w.schedule, start))
				complete(made)
				made.Status.Phase = phase
				w.recordings[made.Name] = made
			}
			others := w.recordings["lesson-202611300900"].DeepCopy()
			others.Name = "lesson-202611290900"
			others.Annotations[v1alpha1.ScheduleUIDAnnotation] = "schedule-0"
			w.recordings[others.Name] = others
			w.now = w.now.Add(7 * day)
			w.edit(c.limits)
			w.reconcile()
			g.Expect(w.deleted).To(Equal(c.deleted))
		})
	}
}

func TestOwnership(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld(func(s *scheduleSpec) { s.Ownership = v1alpha1.ScheduleOwnershipSchedule })
	owners := NewRecording(w.schedule, occurrenceAt(w.schedule, w.now)).OwnerReferences
	g.Expect(owners).To(ConsistOf(metav1.OwnerReference{
		APIVersion: "cloudrecording.dev/v1alpha1", Kind: "CloudRecordingSchedule", Name: "lesson", UID: "schedule-1",
	}), "neither its controller nor in the way of its deletion")
}

func TestAScheduleThatHasEnded(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld(func(s *scheduleSpec) { s.Until = "2026-11-30" })
	w.reconcile()
	w.at(8, 50).reconcile()
	g.Expect(readyOf(w)).To(Equal(readyBy(v1alpha1.ScheduledReason)))
	w.at(9, 0).reconcile()
	g.Expect(readyOf(w)).To(Equal(readyBy(v1alpha1.ScheduleEndedReason)))
	g.Expect(w.schedule.Status.Next).To(BeNil())
	g.Expect(w.requeueAt).To(BeZero())
}

func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld(func(s *scheduleSpec) { s.TimeZone = "Mars/Phobos" })
	w.reconcile()
	g.Expect(readyOf(w)).To(Equal(notReadyBy(v1alpha1.InvalidScheduleReason)))
	stalled := meta.FindStatusCondition(w.schedule.Status.Conditions, v1alpha1.StalledCondition)
	g.Expect(stalled.Message).To(HavePrefix(`The time zone "Mars/Phobos" is not known`))
}

func TestManyRecordingsAreCounted(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	w := newWorld()
	for i := range 150 {
		start := monday.Add(-time.Duration(i+1) * day)
		recording := NewRecording(w.schedule, occurrenceAt(w.schedule, start))
		w.recordings[recording.Name] = recording
	}
	w.reconcile()
	g.Expect(w.schedule.Status.ActiveCount).To(BeEquivalentTo(150))
	g.Expect(w.schedule.Status.Active).To(HaveLen(maxActive))
}
