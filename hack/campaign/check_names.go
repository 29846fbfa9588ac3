// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

// shortMoment is how long an operator may take to record what it was answered,
// while nothing disturbs it.
const shortMoment = 2 * time.Second

// longestMoment bounds that while something does.
const longestMoment = 20 * time.Second

// claim is that Agora gave out something to be kept: the name of a file, or a sid.
type claim struct {
	name string
	// begun is when it was on its way, at when it was known to have arrived.
	begun, at time.Time
	from      string
	// asked is the answer that held it, if one did.
	asked *answer
}

// checkNames looks whether every name that Agora gave out stands in the
// object's status or its last log record.
//
// A name is owed if the answer that holds it was sent to its end, unless the
// process that asked was killed or paused within a short moment after, which lasts
// as long as the API server was disturbed: nobody could have kept it. One that had
// lost its lease owes what a stop brought. An event that Agora signed is owed if it was answered with
// 200 before the object's last log record. An orphaned object owes nothing after its
// release.
func checkNames(j judge) result {
	found := result{promise: "2. every file name that Agora gave out stands in the status, or in the last log record"}
	claims := j.claims()
	kept, excuses := 0, map[string]int{}
	for _, h := range j.histories {
		names, where := j.namesOf(h)
		owed, excused := map[string]claim{}, map[string]string{}
		for _, sid := range h.sids() {
			for _, c := range claims[sid] {
				if excuse := j.excuse(h, c); excuse == "" {
					owed[c.name] = c
				} else {
					excused[c.name] = excuse
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(owed)) {
			found.looked++
			delete(excused, name)
			if names[name] {
				kept++
				continue
			}
			found.violated("The name %s, which Agora gave out by %s at %s, is missing in %s of %s.",
				name, owed[name].from, clock(owed[name].at), where, h.object)
		}
		for _, excuse := range excused {
			excuses[excuse]++
		}
	}
	found.fact("%d names were owed, and %d of them stand there", found.looked, kept)
	factsOf(&found, "%d further names were excused, since %s", excuses)
	return found
}

// claims returns the names that Agora gave out, by sid.
func (j judge) claims() map[string][]claim {
	claims := map[string][]claim{}
	for _, a := range j.answers {
		if !a.whole {
			continue
		}
		from := fmt.Sprintf("an answer to %s with status %d to process %d", a.method, a.status, a.process)
		for _, name := range fileNames(a.body) {
			claims[a.sid] = append(claims[a.sid], claim{name: name, begun: a.arrived, at: a.answered, from: from, asked: &a})
		}
	}
	for _, n := range j.notifications {
		if !n.isAccepted() {
			continue
		}
		from := fmt.Sprintf("an event of type %d", n.eventType)
		for _, name := range fileNames(n.body) {
			claims[n.sid] = append(claims[n.sid], claim{name: name, begun: n.arrived, at: n.answered, from: from})
		}
	}
	return claims
}

// namesOf returns the names that are kept of an object, and where.
func (j judge) namesOf(h history) (names map[string]bool, where string) {
	kept, where := namesIn(h.last().Status), "the status"
	if !h.gone.IsZero() {
		kept, where = j.lastWords(h).files, "the last log record"
		for _, added := range j.releases {
			if added.late && added.object == h.object {
				kept = append(kept, added.files...)
			}
		}
	}
	names = map[string]bool{}
	for _, name := range kept {
		names[name] = true
	}
	return names, where
}

// lastWords returns the last log record of an object that is gone.
func (j judge) lastWords(h history) release {
	var last release
	for _, candidate := range j.releases {
		if candidate.object == h.object && !candidate.late && !candidate.at.Before(last.at) {
			last = candidate
		}
	}
	return last
}

// excuse says why an object owes nothing for a claim; empty if it does.
func (j judge) excuse(h history, c claim) string {
	if c.asked != nil {
		return cmp.Or(j.excuseOf(*c.asked, h.object), j.excuseBy(h, c))
	}
	return j.excuseBy(h, c)
}

// excuseBy says why an object does not owe a name: it was not there yet, or not
// any more.
func (j judge) excuseBy(h history, c claim) string {
	switch {
	case len(h.versions) == 0:
		return ""
	case c.begun.Before(h.versions[0].seen):
		return "their objects were not there yet"
	case h.gone.IsZero():
		return ""
	}
	released := j.lastWords(h).at
	if h.last().Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan {
		// A call that is under way then is not waited for.
		released = released.Add(-shortMoment)
	}
	if c.at.After(released) {
		return "their objects had gone"
	}
	return ""
}

// excuseOf says why the process that was answered could not keep what it was told of
// an object. One that loses its lease makes no more calls, and is not excused: it
// records what it was told before it ends.
func (j judge) excuseOf(a answer, about object) string {
	moment, disturbed := j.moment(a.answered, about)
	for _, p := range j.processes {
		if p.number != a.process {
			continue
		}
		for _, frozen := range p.frozen {
			if frozen.begin.Before(moment) && frozen.end.After(a.answered) {
				return "the process that was answered was paused at that moment"
			}
		}
		if p.ended.IsZero() || p.ended.After(moment) {
			return ""
		}
		if p.end == endKilled || a.method == agorasim.MethodQuery {
			return "the process that was answered ended at that moment"
		}
		// One that is asked to end has little time, and records what it was told if it can.
		if p.end == endTerminated && disturbed {
			return "the process that was answered was asked to end while it could not write"
		}
	}
	return ""
}

// moment returns until when something that was learnt of an object at a time may not
// have been recorded yet, and whether that is so because of a disturbance.
func (j judge) moment(at time.Time, about object) (until time.Time, disturbed bool) {
	troubles := slices.Clone(j.troubles)
	for _, refused := range j.unwritable {
		if refused.object == about {
			troubles = append(troubles, refused.span)
		}
	}
	until = at.Add(shortMoment)
	for again := true; again; {
		again = false
		for _, t := range troubles {
			if t.begin.Before(until) && t.end.After(at) && t.end.Add(shortMoment).After(until) {
				until, again, disturbed = t.end.Add(shortMoment), true, true
			}
		}
	}
	return slices.MinFunc([]time.Time{until, at.Add(longestMoment)}, time.Time.Compare), disturbed
}
