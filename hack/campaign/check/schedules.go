// SPDX-License-Identifier: Apache-2.0

package check

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

const (
	// madeAhead is how long before its start an occurrence is created.
	madeAhead = 10 * time.Minute
	// leastLeft is the minimum rest of the window of an occurrence that is created late, or
	// half of the window if that is less.
	leastLeft = time.Minute
	// noticeTime is how long it may take to notice an edit of a schedule while there are
	// faults.
	noticeTime = time.Minute
)

// checkSchedules checks that every occurrence of a schedule was created once and in time, or is
// reported as missed.
func checkSchedules(j judge) Result {
	found := Result{Promise: "11. each occurrence of a schedule is begun once at the most, at its time, and none is lost without a word"}
	versions := map[plan.Object][]record.ScheduleVersion{}
	for _, v := range j.Schedules {
		versions[v.Object()] = append(versions[v.Object()], v)
	}
	made := map[plan.Object][]record.History{}
	for _, h := range j.Histories {
		schedule := h.Schedule()
		if schedule == (plan.Object{}) {
			continue
		}
		found.Looked++
		made[h.Object] = append(made[h.Object], h)
		findUntimely(&found, h, versions[schedule])
	}
	for name, histories := range made {
		begun := slices.DeleteFunc(slices.Clone(histories), func(h record.History) bool { return !h.EverBegan() })
		if len(begun) > 1 {
			found.violated("The occurrence %s was begun %d times, by as many objects.", name, len(begun))
		}
	}
	due, missed := 0, 0
	for schedule, of := range versions {
		for _, at := range occurrencesIn(of, j.Quiet.At) {
			due++
			occurrence := plan.Object{Namespace: schedule.Namespace, Name: plan.OccurrenceName(schedule.Name, at)}
			switch {
			case slices.ContainsFunc(made[occurrence], func(h record.History) bool { return h.Gone.IsZero() || h.Gone.After(at) }):
			case isSaidMissed(of, at):
				missed++
			default:
				found.violated("The occurrence %s was not made, and its schedule does not say that it was missed.", occurrence)
			}
		}
	}
	found.fact("%d occurrences were made for %d schedules, and %d began while all was as it had been for a minute", found.Looked, len(versions), due)
	found.fact("%d of them are said to be missed", missed)
	return found
}

// findUntimely looks for an occurrence that no version of its schedule wanted, or that was
// created at the wrong time.
func findUntimely(found *Result, h record.History, versions []record.ScheduleVersion) {
	first, created := h.Versions[0].Recording, h.Versions[0].Seen
	window := first.Spec.Window
	if window == nil || window.Start == nil || window.End == nil {
		found.violated("The occurrence %s has no window.", h.Object)
		return
	}
	start, end := window.Start.Time, window.End.Time
	if h.Object.Name != plan.OccurrenceName(h.Schedule().Name, start) {
		found.violated("The occurrence %s begins at %s, which its name does not say.", h.Object, start.Format(time.RFC3339))
	}
	isTimely := slices.ContainsFunc(versions, func(v record.ScheduleVersion) bool {
		return !v.Seen.After(created) && v.Fires(start) && end.Equal(start.Add(v.Schedule.Spec.Duration.Duration))
	})
	if !isTimely {
		found.violated("The occurrence %s was made for the time from %s to %s, and no version of its schedule had one then.",
			h.Object, start.Format(time.RFC3339), end.Format(time.RFC3339))
	}
	latest := latestMade(start, end)
	if created.Before(start.Add(-madeAhead-shortMoment)) || created.After(latest.Add(shortMoment)) {
		found.violated("The occurrence %s was made at %s, for the time from %s to %s.",
			h.Object, record.Clock(created), start.Format(time.RFC3339), end.Format(time.RFC3339))
	}
}

// latestMade returns the latest time at which an occurrence may be created.
func latestMade(start, end time.Time) time.Time {
	return end.Add(-min(leastLeft, end.Sub(start)/2))
}

// settledAfter returns how long after an occurrence's start it may still be created. An
// occurrence that waits for an earlier one to end may be created late.
func settledAfter(v record.ScheduleVersion, at time.Time) time.Duration {
	if v.Schedule.Spec.ConcurrencyPolicy != v1alpha1.ConcurrencyPolicyForbid {
		return shortMoment
	}
	return shortMoment + latestMade(at, at.Add(v.Schedule.Spec.Duration.Duration)).Sub(at)
}

// occurrencesIn returns the starts of occurrences, up to a time, that a schedule must have
// handled. The schedule was unchanged for long enough before the start to be noticed, and for
// long enough afterwards.
func occurrencesIn(versions []record.ScheduleVersion, end time.Time) []time.Time {
	var times []time.Time
	for i, v := range versions {
		if i > 0 && versions[i-1].Schedule.Generation == v.Schedule.Generation && !v.Gone {
			continue
		}
		until := end
		for _, later := range versions[i+1:] {
			if later.Schedule.Generation != v.Schedule.Generation || later.Gone {
				until = later.Seen
				break
			}
		}
		for at := v.Seen.Add(noticeTime).Truncate(time.Minute).Add(time.Minute); at.Add(settledAfter(v, at)).Before(until); at = at.Add(time.Minute) {
			if v.Fires(at) {
				times = append(times, at)
			}
		}
	}
	return times
}

// isSaidMissed reports whether a schedule says that the occurrence at a time was missed. If
// several are missed together, the status names only the last.
func isSaidMissed(versions []record.ScheduleVersion, at time.Time) bool {
	return slices.ContainsFunc(versions, func(v record.ScheduleVersion) bool {
		missed := v.Schedule.Status.LastMissed
		return missed != nil && !missed.Time.Time.Before(at)
	})
}
