// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// planEnds ends a recording when a later one of the schedule begins, if
// spec.concurrencyPolicy is Replace. It ends the window of the recording, so that the
// recording ends as wanted.
func (p *plan) planEnds() {
	if p.schedule.Spec.ConcurrencyPolicy != v1alpha1.ConcurrencyPolicyReplace {
		return
	}
	for i, found := range p.recordings {
		if !found.isOwn || !found.mayRun() || lifecycle.IsDeleting(found.recording) {
			continue
		}
		next, isThere := p.successor(p.recordings[i+1:])
		if !isThere || (!found.end().IsZero() && !found.end().After(next.start)) || !next.start.After(found.start) {
			continue
		}
		if next.start.After(p.observed.Now) {
			p.wake(next.start)
			continue
		}
		p.End = append(p.End, End{found.recording, next.start})
	}
}

// successor returns the first of the later recordings that will stay.
func (p *plan) successor(among []existing) (existing, bool) {
	for _, candidate := range among {
		if !p.leaving[candidate.recording.Name] && !lifecycle.IsDeleting(candidate.recording) {
			return candidate, true
		}
	}
	return existing{}, false
}
