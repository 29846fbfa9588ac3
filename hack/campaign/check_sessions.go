// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// manySessions is from how many sessions on an object has had many.
const manySessions = 100

// findLostSessions looks for sessions that went out of a status though something was
// left to do for them, and for those that were begun after all of them together were
// to be over.
func (r *records) findLostSessions(found *result) {
	many := 0
	for _, h := range r.histories {
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
		r.findOverdue(found, h)
	}
	found.fact("%d objects had more than %d sessions", many, manySessions)
}

// findOverdue looks for requests to start a session when spec.maxDuration was over,
// which counts from the first of all.
func (r *records) findOverdue(found *result, h history) {
	over := h.over()
	if over.IsZero() {
		return
	}
	for _, a := range r.answers {
		if a.method == faults.MethodStart && a.cname == h.last().Spec.CName && a.arrived.After(over.Add(shortMoment)) && !h.repeats(a, over) {
			found.violated("A session of %s was requested to start at %s, and its maxDuration was over at %s, counted from the first of %d sessions.",
				h.object, clock(a.arrived), clock(over), len(h.sids()))
		}
	}
}

// repeats reports whether a request to start repeats one that was made in time and
// whose answer was lost: only that tells the sid of what may run, to stop it.
func (h history) repeats(a answer, over time.Time) bool {
	var status v1alpha1.CloudRecordingStatus
	for _, v := range h.versions {
		if !v.seen.After(a.arrived) {
			status = v.recording.Status
		}
	}
	requested := status.StartRequestedTime
	return status.ResourceID == a.resourceID && status.SID == "" && requested != nil && !requested.After(over)
}

// over returns when the recording was to end by spec.maxDuration; zero for never.
func (h history) over() time.Time {
	limit := h.last().Spec.MaxDuration
	if limit == nil {
		return time.Time{}
	}
	var first time.Time
	for _, v := range h.versions {
		status := v.recording.Status
		for _, session := range append(slices.Clone(status.Sessions), status.SessionStatus) {
			begin := session.StartedTime
			if begin != nil && (first.IsZero() || begin.Time.Before(first)) {
				first = begin.Time
			}
		}
	}
	if first.IsZero() {
		return first
	}
	return first.Add(limit.Duration)
}

// isOver says whether spec.maxDuration is over at a time.
func (h history) isOver(at time.Time) bool {
	over := h.over()
	return !over.IsZero() && !at.Before(over)
}

// prepared returns the sids that the campaign has written before any operator saw the
// object.
func (h history) prepared() []string {
	var sids []string
	for _, v := range h.versions {
		if v.recording.Labels[shardLabel] == string(shardNone) && len(v.recording.Finalizers) == 0 {
			sids = append(sids, sidsIn(v.recording)...)
		}
	}
	return sids
}

// sids returns those of all recordings that any version of an object knew.
func (h history) sids() []string {
	var sids []string
	for _, v := range h.versions {
		sids = append(sids, sidsIn(v.recording)...)
	}
	slices.Sort(sids)
	return slices.Compact(sids)
}

// sidsIn returns the sids that a version of an object knows.
func sidsIn(recording *v1alpha1.CloudRecording) []string {
	var sids []string
	if sid := sidOf(recording); sid != "" {
		sids = append(sids, sid)
	}
	for _, session := range recording.Status.Sessions {
		sids = append(sids, session.SID)
	}
	return sids
}

// earlierSessions returns those recordings of an object that others have replaced, as
// far as Agora knows them.
func (h history) earlierSessions(simulated map[string]agorasim.Recording) []agorasim.Recording {
	var earlier []agorasim.Recording
	for _, sid := range h.sids() {
		if recording, known := simulated[sid]; known && sid != h.sid() {
			earlier = append(earlier, recording)
		}
	}
	return earlier
}
