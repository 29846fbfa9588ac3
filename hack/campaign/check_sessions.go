// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// manySessions is from how many sessions on an object has had many.
const manySessions = 100

// findLostSessions looks for sessions that went out of a status though something was
// left to do for them, and for those that were begun after all of them together were
// to be over.
func (j judge) findLostSessions(found *result) {
	many := 0
	for _, h := range j.histories {
		if len(h.sids()) > manySessions {
			many++
		}
		for i := 1; i < len(h.versions); i++ {
			before, after := h.versions[i-1], h.versions[i]
			if before.recording.UID != after.recording.UID {
				continue
			}
			for _, session := range before.recording.Status.Sessions {
				if session.Phase == v1alpha1.PhaseCompleted || slices.Contains(sidsIn(after.recording), session.SID) {
					continue
				}
				found.violated("The session %s went out of the status of %s at %s, and something was left to do for it: its phase was %s.",
					session.SID, h.object, clock(after.seen), session.Phase)
			}
		}
		j.findOverdue(found, h)
	}
	found.fact("%d objects had more than %d sessions", many, manySessions)
}

// findOverdue looks for requests to start a session when spec.maxDuration was over,
// which counts from the first of all.
func (j judge) findOverdue(found *result, h history) {
	over := h.over()
	if over.IsZero() {
		return
	}
	for _, a := range j.starts {
		if a.cname == h.last().Spec.CName && a.arrived.After(over.Add(shortMoment)) && !repeats(h, a, over) {
			found.violated("A session of %s was requested to start at %s, and its maxDuration was over at %s, counted from the first of %d sessions.",
				h.object, clock(a.arrived), clock(over), len(h.sids()))
		}
	}
}

// repeats reports whether a request to start repeats one that was made in time and
// whose answer was lost: only that tells the sid of what may run, to stop it.
func repeats(h history, a answer, over time.Time) bool {
	status := h.at(a.arrived).recording.Status
	requested := status.StartRequestedTime
	return status.ResourceID == a.resourceID && status.SID == "" && requested != nil && !requested.After(over)
}
