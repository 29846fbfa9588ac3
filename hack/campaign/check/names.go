// SPDX-License-Identifier: Apache-2.0

package check

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// shortMoment is how long an operator may take to record an answer while nothing disturbs it.
const shortMoment = 2 * time.Second

// longestMoment is the upper bound of that time while something does.
const longestMoment = 20 * time.Second

// claim is something that Agora gave out and that must be kept: a file name or a sid.
type claim struct {
	name string
	// begun is when it was sent, and at is when it was known to have arrived.
	begun, at time.Time
	from      string
	// asked is the answer that contained it, or nil if it came by a notification.
	asked *record.Answer
}

// checkNames checks that every file name that Agora gave out is in the object's status or in
// its last log record.
//
// A name is owed if the answer that contains it was sent to its end. It is not owed if the
// process that asked was killed or paused within a short moment after the answer, because
// nobody could have kept it. The moment lasts as long as the API server is disturbed. A process
// that has lost its lease still owes the result of a stop. An event that Agora signed is owed
// if it was answered with 200 before the object's last log record. An orphaned object owes
// nothing after its release.
func checkNames(j judge) Result {
	found := Result{Promise: "2. every file name that Agora gave out stands in the status, or in the last log record"}
	claims := j.claims()
	kept, excuses := 0, map[string]int{}
	for _, h := range j.Histories {
		names, where := j.namesOf(h)
		owed, excused := map[string]claim{}, map[string]string{}
		for _, sid := range h.SIDs() {
			for _, c := range claims[sid] {
				if excuse := j.excuse(h, c); excuse == "" {
					owed[c.name] = c
				} else {
					excused[c.name] = excuse
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(owed)) {
			found.Looked++
			delete(excused, name)
			if slices.Contains(names, name) {
				kept++
				continue
			}
			found.violated("The name %s, which Agora gave out by %s at %s, is missing in %s of %s.",
				name, owed[name].from, record.Clock(owed[name].at), where, h.Object)
		}
		for _, excuse := range excused {
			excuses[excuse]++
		}
	}
	found.fact("%d names were owed, and %d of them stand there", found.Looked, kept)
	factsOf(&found, "%d further names were excused, since %s", excuses)
	return found
}

// claims returns the names that Agora gave out, by sid.
func (j judge) claims() map[string][]claim {
	claims := map[string][]claim{}
	for _, a := range j.Answers {
		if !a.Whole {
			continue
		}
		from := fmt.Sprintf("an answer to %s with status %d to process %d", a.Method, a.Status, a.Process)
		for _, name := range record.FileNames(a.Body) {
			claims[a.SID] = append(claims[a.SID], claim{name: name, begun: a.Arrived, at: a.Answered, from: from, asked: &a})
		}
	}
	for _, n := range j.Notifications {
		if !n.IsAccepted() {
			continue
		}
		from := fmt.Sprintf("an event of type %d", n.EventType)
		for _, name := range record.FileNames(n.Body) {
			claims[n.SID] = append(claims[n.SID], claim{name: name, begun: n.Arrived, at: n.Answered, from: from})
		}
	}
	return claims
}

// namesOf returns the names that are kept for an object, and where they are.
func (j judge) namesOf(h record.History) (names []string, where string) {
	if h.Gone.IsZero() {
		return record.NamesIn(h.Last().Status), "the status"
	}
	names = slices.Clone(j.lastWords(h).Files)
	for _, added := range j.Releases {
		if added.Late && added.Object == h.Object {
			names = append(names, added.Files...)
		}
	}
	return names, "the last log record"
}

// lastWords returns the last log record of a deleted object.
func (j judge) lastWords(h record.History) record.Release {
	var last record.Release
	for _, candidate := range j.Releases {
		if candidate.Object == h.Object && !candidate.Late && !candidate.At.Before(last.At) {
			last = candidate
		}
	}
	return last
}

// excuse explains why an object owes nothing for a claim. It is empty if the object owes it.
// The object may not have existed yet, or may be gone.
func (j judge) excuse(h record.History, c claim) string {
	if c.asked != nil {
		if excuse := j.excuseOf(*c.asked, h.Object); excuse != "" {
			return excuse
		}
	}
	switch {
	case len(h.Versions) == 0:
		return ""
	case c.begun.Before(h.Versions[0].Seen):
		return "their objects were not there yet"
	case h.Gone.IsZero():
		return ""
	}
	released := j.lastWords(h).At
	if h.Last().Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan {
		// Releasing an orphan does not wait for a call in progress.
		released = released.Add(-shortMoment)
	}
	if c.at.After(released) {
		return "their objects had gone"
	}
	return ""
}

// excuseOf explains why the process that received an answer about an object could not keep it.
// It is empty if the process could. Losing the lease is no excuse: such a process makes no more
// calls, but records its answers before it ends.
func (j judge) excuseOf(a record.Answer, about plan.Object) string {
	moment, disturbed := j.moment(a.Answered, about)
	for _, p := range j.Processes {
		if p.Number != a.Process {
			continue
		}
		for _, frozen := range p.Frozen {
			if frozen.Begin.Before(moment) && frozen.End.After(a.Answered) {
				return "the process that was answered was paused at that moment"
			}
		}
		// A process that is asked to end gives up soon, however long it has already waited.
		if p.End == record.EndTerminated && !p.Ended.After(j.writableFrom(a.Answered, about)) && p.Ended.After(moment) {
			return "the process that was answered was asked to end while it could not write"
		}
		if p.Ended.IsZero() || p.Ended.After(moment) {
			return ""
		}
		if p.End == record.EndKilled || a.Method == faults.MethodQuery {
			return "the process that was answered ended at that moment"
		}
		// A process that is asked to end has little time, and records its answers if it can.
		if p.End == record.EndTerminated && disturbed {
			return "the process that was answered was asked to end while it could not write"
		}
	}
	return ""
}

// moment returns the time until which something learned about an object may not have been
// recorded yet, and whether a disturbance is the reason.
func (j judge) moment(at time.Time, about plan.Object) (until time.Time, disturbed bool) {
	until = j.writableFrom(at, about)
	disturbed = until.After(at.Add(shortMoment))
	return slices.MinFunc([]time.Time{until, at.Add(longestMoment)}, time.Time.Compare), disturbed
}

// writableFrom returns the earliest time from which an object can be written. This is a short
// moment after the last of an unbroken series of disturbances.
func (j judge) writableFrom(at time.Time, about plan.Object) time.Time {
	troubles := slices.Clone(j.Troubles)
	for _, refused := range j.Unwritable {
		if refused.Object == about {
			troubles = append(troubles, refused.Span)
		}
	}
	until := at.Add(shortMoment)
	for again := true; again; {
		again = false
		for _, t := range troubles {
			if t.Begin.Before(until) && t.End.After(at) && t.End.Add(shortMoment).After(until) {
				until, again = t.End.Add(shortMoment), true
			}
		}
	}
	return until
}
