// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
)

// checkStarts looks whether any recording that the operator started runs without
// an object that knows it or tells of it, and whether any was started twice.
func checkStarts(r *records) result {
	found := result{promise: "7. no recording runs that its object neither knows nor tells of, and none was started twice"}
	started := r.started()
	found.looked = len(started)
	requests := 0
	for _, a := range r.answers {
		if a.method == faults.MethodStart {
			requests++
		}
	}
	found.fact("%d recordings were begun by %d requests to start", len(started), requests)
	r.findLeaks(&found, "before a person did anything", r.quiet)
	r.findLeaks(&found, "in the end", snapshot{recordings: r.recordings})
	findDoubles(&found, started)
	r.findLostSIDs(&found)
	r.findUntoldSIDs(&found)
	r.findUnwritten(&found)
	r.findLostSessions(&found)
	return found
}

// started returns the recordings that the operator's requests began.
func (r *records) started() []agorasim.Recording { return r.startedOf(r.recordings) }

func (r *records) startedOf(recordings []agorasim.Recording) []agorasim.Recording {
	requested := map[string]bool{}
	for _, a := range r.answers {
		if a.method == faults.MethodStart {
			requested[a.resourceID] = true
		}
	}
	var started []agorasim.Recording
	for _, recording := range recordings {
		if requested[recording.ResourceID] {
			started = append(started, recording)
		}
	}
	return started
}

// knowledge is what an object says of a recording that runs.
type knowledge string

const (
	knowsSID     knowledge = "their objects know"
	tellsOf      knowledge = "their objects tell of"
	letGoOf      knowledge = "were let go of"
	knowsNothing knowledge = ""
)

// findLeaks looks at the recordings that run at a moment.
func (r *records) findLeaks(found *result, when string, moment snapshot) {
	running := map[knowledge]int{}
	for _, recording := range r.startedOf(moment.recordings) {
		if !recording.Running {
			continue
		}
		h, ok := r.owner(recording)
		if !ok {
			found.violated("The recording %s of the channel %s runs %s, and no object started it.", recording.SID, recording.CName, when)
			continue
		}
		knows := h.knows(recording, moment.at)
		if knows == knowsNothing {
			found.violated("The recording %s runs %s, and %s neither knows its sid nor tells that it may be running.", recording.SID, when, h.object)
			continue
		}
		running[knows]++
	}
	for _, knows := range slices.Sorted(maps.Keys(running)) {
		found.fact("%d recordings ran %s which %s", running[knows], when, knows)
	}
}

// owner returns the object that a recording was started for.
func (r *records) owner(recording agorasim.Recording) (history, bool) {
	for _, h := range r.histories {
		if h.starts() && h.isOf(recording) {
			return h, true
		}
	}
	return history{}, false
}

// knows returns what an object says of a recording at a time; the zero time is
// the end.
func (h history) knows(recording agorasim.Recording, at time.Time) knowledge {
	shown := h.last()
	isGone := !h.gone.IsZero()
	if !at.IsZero() {
		shown, isGone = h.at(at).recording, isGone && !h.gone.After(at)
	}
	ready := condition(shown, v1alpha1.ReadyCondition)
	switch {
	case isGone && shown.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan:
		return letGoOf
	case isGone:
		return knowsNothing
	case slices.Contains(sidsIn(shown), recording.SID):
		return knowsSID
	case !isTrue(shown, v1alpha1.StalledCondition), !isSentence(ready.Message):
		return knowsNothing
	case shown.Spec.Suspend, saysThatItMayRun(ready.Message):
		return tellsOf
	default:
		return knowsNothing
	}
}

// saysThatItMayRun reads the operator's words for it.
func saysThatItMayRun(message string) bool {
	return slices.ContainsFunc([]string{"may be running", "may still be running", "may be one that was started here"}, func(words string) bool {
		return strings.Contains(message, words)
	})
}

// findDoubles looks for recordings of a channel and uid that ran at once, and for
// two of one resource ID.
func findDoubles(found *result, started []agorasim.Recording) {
	type task struct{ appID, cname, uid string }
	before := map[task]agorasim.Recording{}
	resources := map[string]string{}
	begun := slices.SortedStableFunc(slices.Values(started), func(a, b agorasim.Recording) int { return a.StartedAt.Compare(b.StartedAt) })
	for _, recording := range begun {
		id := task{recording.AppID, recording.CName, recording.UID}
		if earlier, ok := before[id]; ok && (earlier.Running || earlier.StoppedAt.After(recording.StartedAt)) {
			found.violated("The recordings %s and %s of the channel %s ran at once.", earlier.SID, recording.SID, recording.CName)
		}
		if other, ok := resources[recording.ResourceID]; ok {
			found.violated("The recordings %s and %s were started with one resource ID.", other, recording.SID)
		}
		before[id], resources[recording.ResourceID] = recording, recording.SID
	}
	found.fact("%d objects had recordings begun for them", len(before))
}

// findLostSIDs looks for sids that Agora gave out and that no status ever had.
func (r *records) findLostSIDs(found *result) {
	given, lost := 0, 0
	excuses := map[string]int{}
	for _, a := range r.answers {
		if a.method != faults.MethodStart {
			continue
		}
		sid := sidGivenOut(a)
		if !a.whole || sid == "" {
			lost++
			continue
		}
		h, ok := r.startedFor(a)
		if ok && h.everKnew(sid) {
			given++
			continue
		}
		excuse := r.excuseOf(a, h.object)
		if ok {
			excuse = cmp.Or(excuse, r.excuseBy(h, claim{begun: a.arrived, at: a.answered}))
		}
		if excuse != "" {
			excuses[excuse]++
			continue
		}
		found.violated("The sid %s, which Agora gave out at %s to process %d, never stood in the status of the object of channel %s.",
			sid, clock(a.answered), a.process, a.cname)
	}
	found.fact("%d answers to start brought a sid that stood in a status; %d brought none", given, lost)
	factsOf(found, "%d further sids were excused, since %s", excuses)
}

// findUntoldSIDs looks for sids that Agora notified, by whatever clock, and that no
// status ever had: channel and uid tell which object they are for.
func (r *records) findUntoldSIDs(found *result) {
	told := 0
	simulated := r.simulated()
	for _, n := range r.notifications {
		recording, known := simulated[n.sid]
		if !known || n.status != http.StatusOK || !n.signed || !tellsOfStart(n.eventType) {
			continue
		}
		h, ok := r.owner(recording)
		if !ok || !slices.ContainsFunc(r.startedOf(r.recordings), func(s agorasim.Recording) bool { return s.SID == n.sid }) {
			continue
		}
		switch {
		case h.everKnew(n.sid):
			told++
		case r.excuseBy(h, claim{begun: n.arrived, at: n.answered}) != "":
		default:
			found.violated("The sid %s, which Agora notified at %s by an event of type %d, never stood in the status of %s.",
				n.sid, clock(n.arrived), n.eventType, h.object)
		}
	}
	found.fact("%d notifications of a start told a sid that stood in a status", told)
}

func tellsOfStart(eventType int) bool {
	return eventType == notify.EventRecorderStarted || eventType == notify.EventWebRecorderStarted
}

// sidGivenOut returns the sid that an answer says was started.
func sidGivenOut(a answer) string {
	var reply struct {
		SID string `json:"sid"`
	}
	if a.status != http.StatusOK || json.Unmarshal(a.body, &reply) != nil {
		return ""
	}
	return reply.SID
}

// startedFor returns the object for whose channel a start was requested.
func (r *records) startedFor(a answer) (history, bool) {
	for _, h := range r.histories {
		if h.starts() && h.last().Spec.CName == a.cname {
			return h, true
		}
	}
	return history{}, false
}

func (h history) everKnew(sid string) bool {
	return slices.Contains(h.sids(), sid)
}

// findUnwritten looks for starts with a resource ID that the status did not have
// before, together with the request: a kill would have lost them. What is written
// is known by what is not in it yet, since it may be shown late.
func (r *records) findUnwritten(found *result) {
	for _, a := range r.answers {
		if a.method != faults.MethodStart {
			continue
		}
		h, ok := r.startedFor(a)
		if !ok {
			found.violated("A start of the channel %s was requested, and no object wanted it.", a.cname)
			continue
		}
		isWritten := slices.ContainsFunc(h.versions, func(v version) bool {
			status := v.recording.Status
			return status.ResourceID == a.resourceID && status.StartRequestedTime != nil && status.SID == "" &&
				!v.seen.After(a.arrived.Add(longestMoment))
		})
		if !isWritten {
			found.violated("The object %s was started at %s with a resource ID that its status did not name before.", h.object, clock(a.arrived))
		}
	}
}
