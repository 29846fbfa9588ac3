// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

const (
	// maxOpen is how many occurrences are decided on at once. There may be one every minute of
	// a week.
	maxOpen = 500

	// restAfter is how soon the rest is decided on.
	restAfter = time.Second

	// maxCounted is how many missed occurrences are counted at most.
	maxCounted = 1000
)

// Missed are occurrences for which nothing was created in time.
type Missed struct {
	// Count is how many there are at least, and ByReason how many for each reason.
	Count    int
	ByReason map[v1alpha1.MissedReason]int

	// IsMore means that there are more than were counted.
	IsMore bool
}

// planOccurrences decides on the occurrences that are due.
func (p *plan) planOccurrences() {
	p.Status.Blocked = nil
	if p.schedule.Spec.Suspend {
		return
	}
	since := p.since()
	// Whatever began before this has ended.
	tooLate := p.observed.Now.Add(-p.schedule.Spec.Duration.Duration)
	p.planBlocked(since)
	p.missAll(since, tooLate)
	due, complete := p.calendar.Between(later(since, tooLate), p.observed.Now.Add(Ahead), maxOpen)
	for i, start := range due {
		if !complete && i == len(due)-1 {
			p.postpone(start)
			return
		}
		of := occurrenceAt(p.schedule, start)
		latest := lifecycle.LatestStartIn(of.Start, of.End)
		if p.schedule.Spec.ConcurrencyPolicy == v1alpha1.ConcurrencyPolicyReplace && i+1 < len(due) {
			// The next occurrence would replace it at once.
			latest = earlier(latest, due[i+1])
		}
		p.planOccurrence(of, latest)
	}
}

// planBlocked decides on the occurrence that could not be created, if the spec has been
// edited since: the edit may solve the problem.
func (p *plan) planBlocked(since time.Time) {
	blocked := p.schedule.Status.Blocked
	if blocked == nil || blocked.Time.After(since) || !p.calendar.Includes(blocked.Time.Time) {
		return
	}
	of := occurrenceAt(p.schedule, blocked.Time.Time)
	latest := lifecycle.LatestStartIn(of.Start, of.End)
	if next := p.calendar.Next(of.Start); p.schedule.Spec.ConcurrencyPolicy == v1alpha1.ConcurrencyPolicyReplace && !next.IsZero() {
		latest = earlier(latest, next)
	}
	p.planOccurrence(of, latest)
}

// postpone leaves an occurrence and all later ones for the next decision.
func (p *plan) postpone(start time.Time) {
	if p.openSince.IsZero() {
		p.openSince = start
	}
	p.wake(p.observed.Now.Add(restAfter))
}

// since returns the time after which occurrences are looked for: no later ones have been
// decided on.
func (p *plan) since() time.Time {
	handled := p.schedule.Status.HandledUntil
	if handled == nil || p.schedule.Status.ObservedGeneration != p.schedule.Generation {
		return earlier(p.editedAt().Add(-time.Second), p.observed.Now)
	}
	// If the clock was ahead, too much has been decided on.
	return earlier(handled.Time, p.observed.Now)
}

// editedAt returns the time from which an edited spec counts. The API server does not tell
// when a field was removed: then it is now. A status is not written over an edit that it
// does not know, so the edit came after everything that was decided.
func (p *plan) editedAt() time.Time {
	handled := p.schedule.Status.HandledUntil
	if handled != nil && !p.observed.EditedAt.After(handled.Time) {
		return p.observed.Now.Truncate(time.Second)
	}
	return p.observed.EditedAt
}

// missAll notes the occurrences whose window is over.
func (p *plan) missAll(since, tooLate time.Time) {
	if !tooLate.After(since) {
		return
	}
	starts, complete := p.calendar.Between(since, tooLate, maxCounted)
	for _, start := range starts {
		if !p.settles(start) {
			p.miss(start, p.lastObstacle(start, ""))
		}
	}
	if !complete {
		p.Missed.IsMore = true
		p.Status.LastMissed.Time = metav1.Time{Time: p.calendar.Last(since, tooLate)}
	}
}

// settles reports whether the recording of an occurrence was created, and notes it if the
// status does not show that yet.
func (p *plan) settles(start time.Time) bool {
	if p.isNoted(start) {
		return true
	}
	found, isThere := p.byName[occurrenceAt(p.schedule, start).Name]
	if !isThere || p.leaving[found.recording.Name] || lifecycle.IsDeleting(found.recording) {
		return false
	}
	p.noteMade(start)
	return true
}

// isNoted reports whether status.made names an occurrence.
func (p *plan) isNoted(start time.Time) bool {
	return slices.ContainsFunc(p.Status.Made, func(made metav1.Time) bool { return made.Time.Equal(start) })
}

func (p *plan) noteMade(start time.Time) {
	p.Made = append(p.Made, start)
	p.Status.Made = append(p.Status.Made, metav1.Time{Time: start.UTC()})
	slices.SortFunc(p.Status.Made, func(a, b metav1.Time) int { return a.Compare(b.Time) })
	p.Status.Made = p.Status.Made[max(0, len(p.Status.Made)-maxMade):]
}

func (p *plan) planOccurrence(of Occurrence, latest time.Time) {
	if p.settles(of.Start) {
		return
	}
	now := p.observed.Now
	reason, isFinal := p.obstacle(of)
	isMissed := !now.Before(latest) || (isFinal && !now.Before(of.Start))
	switch {
	case isMissed && p.openSince.IsZero():
		p.miss(of.Start, p.lastObstacle(of.Start, reason))
	case reason == "" && !isMissed:
		p.Create = append(p.Create, of)
	default:
		// What is missed while an earlier occurrence is open is reported with that one: the
		// status has only one time until which everything is decided.
		p.await(of, latest)
		if !isMissed {
			p.block(of, reason)
		}
	}
}

// lastObstacle returns what kept the recording of an occurrence from being created until it
// was too late.
func (p *plan) lastObstacle(start time.Time, present v1alpha1.MissedReason) v1alpha1.MissedReason {
	blocked := p.schedule.Status.Blocked
	switch {
	case present != "":
		return present
	case blocked != nil && blocked.Time.Time.Equal(start):
		return blocked.Reason
	default:
		return v1alpha1.MissedTooLate
	}
}

// await leaves an occurrence for a later decision.
func (p *plan) await(of Occurrence, latest time.Time) {
	p.wake(of.Start)
	p.wake(latest)
	if !of.Start.After(p.observed.Now) && p.openSince.IsZero() {
		p.openSince = of.Start
	}
}

// obstacle returns what keeps the recording of an occurrence from being created, or
// nothing. If the obstacle is final, the occurrence is missed once it begins.
func (p *plan) obstacle(of Occurrence) (reason v1alpha1.MissedReason, isFinal bool) {
	if p.observed.OutsideShard {
		return v1alpha1.MissedRefused, false
	}
	if refusal, isRefused := p.observed.Refused[of.Name]; isRefused {
		if p.refusal.Message == "" {
			p.refusal = refusal
		}
		p.wake(p.observed.Now.Add(retryRefused))
		return refusal.Reason, false
	}
	if _, isThere := p.byName[of.Name]; isThere {
		// The present one is being deleted, and makes room.
		return v1alpha1.MissedTooLate, false
	}
	if p.schedule.Spec.ConcurrencyPolicy == v1alpha1.ConcurrencyPolicyReplace {
		return "", false
	}
	return p.overlap(of)
}

// block notes the earliest occurrence that cannot have its recording unless somebody acts.
func (p *plan) block(of Occurrence, reason v1alpha1.MissedReason) {
	needsSomebody := reason == v1alpha1.MissedRefused || reason == v1alpha1.MissedNameTaken
	if p.Status.Blocked == nil && needsSomebody {
		p.Status.Blocked = &v1alpha1.MissedOccurrence{Time: metav1.Time{Time: of.Start}, Reason: reason}
	}
}

// overlap returns the obstacle if an earlier occurrence still runs when one begins: by its
// window, or because it has not ended although its window is over.
func (p *plan) overlap(of Occurrence) (reason v1alpha1.MissedReason, isFinal bool) {
	for _, earlier := range p.Create {
		if earlier.End.After(of.Start) {
			return v1alpha1.MissedOverlap, true
		}
	}
	for _, earlier := range p.recordings {
		if !earlier.start.Before(of.Start) || !earlier.mayRun() || earlier.isTooLate(p.observed.Now) || p.leaving[earlier.recording.Name] {
			continue
		}
		switch {
		case lifecycle.WantsStop(earlier.recording), earlier.hasRunOver(p.observed.Now):
			reason = v1alpha1.MissedOverlap
		case earlier.end().IsZero(), earlier.end().After(of.Start):
			return v1alpha1.MissedOverlap, true
		}
	}
	return reason, false
}

// hasRunOver reports whether the window of a recording is over.
func (e existing) hasRunOver(now time.Time) bool { return !e.end().IsZero() && !e.end().After(now) }

// isTooLate reports whether the window of a recording is over that never began. Somebody
// has suspended it, and it will never begin.
func (e existing) isTooLate(now time.Time) bool { return e.hasRunOver(now) && !e.hasBegun() }

// miss notes that nothing will be created for an occurrence.
func (p *plan) miss(start time.Time, reason v1alpha1.MissedReason) {
	if p.Missed.ByReason == nil {
		p.Missed.ByReason = map[v1alpha1.MissedReason]int{}
	}
	p.Missed.Count++
	p.Missed.ByReason[reason]++
	p.Status.LastMissed = &v1alpha1.MissedOccurrence{Time: metav1.Time{Time: start.UTC()}, Reason: reason}
}
