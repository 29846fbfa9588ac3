// SPDX-License-Identifier: Apache-2.0

package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// checkStarts checks that every running recording that the operator started is known to an
// object or mentioned by one, and that none was started twice.
func checkStarts(j judge) Result {
	found := Result{Promise: "7. no recording runs that its object neither knows nor tells of, and none was started twice"}
	started := j.started(j.Recordings)
	found.Looked = len(started)
	found.fact("%d recordings were begun by %d requests to start", len(started), len(j.starts))
	j.findLeaks(&found, "before a person did anything", j.Quiet)
	j.findLeaks(&found, "in the end", record.Snapshot{Recordings: j.Recordings})
	findDoubles(&found, started)
	j.findOutsideOfWindows(&found)
	j.findLostSIDs(&found)
	j.findUnwritten(&found)
	j.findLostSessions(&found)
	return found
}

// started returns the given recordings that requests of the operator began.
func (j judge) started(recordings []agorasim.Recording) []agorasim.Recording {
	return slices.DeleteFunc(slices.Clone(recordings), func(recording agorasim.Recording) bool {
		return !slices.ContainsFunc(j.starts, func(a record.Answer) bool { return a.ResourceID == recording.ResourceID })
	})
}

// knowledge is what an object knows about a running recording.
type knowledge string

const (
	knowsSID     knowledge = "their objects know"
	tellsOf      knowledge = "their objects tell of"
	letGoOf      knowledge = "were let go of"
	knowsNothing knowledge = ""
)

// findLeaks examines the recordings that run at a moment.
func (j judge) findLeaks(found *Result, when string, moment record.Snapshot) {
	running := map[knowledge]int{}
	for _, recording := range j.started(moment.Recordings) {
		if !recording.Running {
			continue
		}
		h, ok := j.startedFor(recording.CName, recording.ResourceID)
		if !ok || !h.IsOf(recording) {
			found.violated("The recording %s of the channel %s runs %s, and no object started it.", recording.SID, recording.CName, when)
			continue
		}
		knows := knowledgeOf(h, recording, moment.At)
		if knows == knowsNothing {
			found.violated("The recording %s runs %s, and %s neither knows its sid nor tells that it may be running.", recording.SID, when, h.Object)
			continue
		}
		running[knows]++
	}
	for _, knows := range slices.Sorted(maps.Keys(running)) {
		found.fact("%d recordings ran %s which %s", running[knows], when, knows)
	}
}

// startedFor returns the object for whose channel a start was requested. A schedule's objects
// share a channel, and of those it returns the object that ever had the resource ID.
func (j judge) startedFor(cname, resourceID string) (found record.History, ok bool) {
	for _, h := range j.Histories {
		if !h.Starts() || h.Last().Spec.CName != cname {
			continue
		}
		if h.EverHad(resourceID) {
			return h, true
		}
		if !ok {
			found, ok = h, true
		}
	}
	return found, ok
}

// knowledgeOf returns what an object knows about a recording at a time. The zero time is the
// end of the campaign.
func knowledgeOf(h record.History, recording agorasim.Recording, at time.Time) knowledge {
	shown := h.Last()
	isGone := !h.Gone.IsZero()
	if !at.IsZero() {
		shown, isGone = h.At(at).Recording, isGone && !h.Gone.After(at)
	}
	ready := record.Condition(shown, v1alpha1.ReadyCondition)
	switch {
	case isGone && shown.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan:
		return letGoOf
	case isGone:
		return knowsNothing
	case slices.Contains(record.SIDsIn(shown), recording.SID):
		return knowsSID
	case !record.IsTrue(shown, v1alpha1.StalledCondition), !record.IsSentence(ready.Message):
		return knowsNothing
	case shown.Spec.Suspend, saysThatItMayRun(ready.Message):
		return tellsOf
	default:
		return knowsNothing
	}
}

// saysThatItMayRun looks for the operator's wording of this.
func saysThatItMayRun(message string) bool {
	return slices.ContainsFunc([]string{"may be running", "may still be running", "may be one that was started here"}, func(words string) bool {
		return strings.Contains(message, words)
	})
}

// findDoubles looks for recordings of the same channel and uid that ran at the same time, and
// for recordings that share a resource ID.
func findDoubles(found *Result, started []agorasim.Recording) {
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

// findOutsideOfWindows looks for recordings that were begun before their windows opened or
// after they closed. A recording begins with acquire, because a start may have to be repeated
// later to learn its sid.
func (j judge) findOutsideOfWindows(found *Result) {
	begun, windows := 0, map[string][]record.History{}
	count := 0
	for _, h := range j.Histories {
		if h.Last().Spec.Window != nil {
			cname := h.Last().Spec.CName
			windows[cname] = append(windows[cname], h)
			count++
		}
	}
	for _, a := range j.Answers {
		of := windows[a.CName]
		if a.Method != faults.MethodAcquire || len(of) == 0 {
			continue
		}
		begun++
		if !slices.ContainsFunc(of, func(h record.History) bool { return isWithinWindow(h, a) }) {
			window := of[0].Last().Spec.Window
			found.violated("A resource ID for %s was asked for at %s, outside of its window from %s to %s, or of those of %d others of its channel.",
				of[0].Object, a.Arrived.Format(time.RFC3339Nano), window.Start, window.End, len(of)-1)
		}
	}
	found.fact("%d recordings had windows, for which %d resource IDs were asked for", count, begun)
}

// isWithinWindow reports whether a request was sent within the window of an object.
func isWithinWindow(h record.History, a record.Answer) bool {
	window := h.Last().Spec.Window
	return !a.Arrived.Before(window.Start.Time) && !a.Arrived.After(window.End.Add(longestRequest))
}

// longestRequest is how long a request that was sent in time may take to arrive.
const longestRequest = 35 * time.Second

// findLostSIDs looks for sids that never appeared in a status or in the last log record of an
// object, although Agora gave them out in an answer to a start or in a notification.
func (j judge) findLostSIDs(found *Result) {
	lost, told, excuses := 0, map[string]int{}, map[string]int{}
	look := func(cname, resourceID, kind string, c claim) {
		h, ok := j.startedFor(cname, resourceID)
		if !ok && c.asked == nil {
			// The recording was adopted.
			return
		}
		if slices.Contains(h.SIDs(), c.name) || !h.Gone.IsZero() && slices.Contains(j.lastWords(h).SIDs, c.name) {
			told[kind]++
		} else if excuse := j.excuse(h, c); excuse != "" {
			excuses[excuse]++
		} else {
			found.violated("The sid %s, which Agora %s, never stood in the status of the object of channel %s, or in its last log record.", c.name, c.from, cname)
		}
	}
	for _, a := range j.starts {
		sid := sidGivenOut(a)
		if sid == "" {
			lost++
			continue
		}
		from := fmt.Sprintf("gave out at %s to process %d", record.Clock(a.Answered), a.Process)
		look(a.CName, a.ResourceID, "answers to start", claim{sid, a.Arrived, a.Answered, from, &a})
	}
	for _, n := range j.Notifications {
		recording, known := j.simulated[n.SID]
		if known && n.IsAccepted() && (n.EventType == notify.EventRecorderStarted || n.EventType == notify.EventWebRecorderStarted) {
			from := fmt.Sprintf("notified at %s by an event of type %d", record.Clock(n.Arrived), n.EventType)
			look(recording.CName, recording.ResourceID, "notifications of a start", claim{n.SID, n.Arrived, n.Answered, from, nil})
		}
	}
	factsOf(found, "%d %s brought a sid that stood in a status, or in a last log record", told)
	found.fact("%d answers to start brought none", lost)
	factsOf(found, "%d further sids were excused, since %s", excuses)
}

// sidGivenOut returns the sid in the answer to a start, if the answer was sent to its end.
func sidGivenOut(a record.Answer) string {
	var reply struct {
		SID string `json:"sid"`
	}
	if !a.Whole || a.Status != http.StatusOK || json.Unmarshal(a.Body, &reply) != nil {
		return ""
	}
	return reply.SID
}

// findUnwritten looks for starts whose resource ID was not in the status beforehand together
// with the request, so that a kill would have lost it. A version without a sid was written
// before the answer, even if the watch showed it late.
func (j judge) findUnwritten(found *Result) {
	for _, a := range j.starts {
		h, ok := j.startedFor(a.CName, a.ResourceID)
		if !ok {
			found.violated("A start of the channel %s was requested, and no object wanted it.", a.CName)
			continue
		}
		isWritten := slices.ContainsFunc(h.Versions, func(v record.Version) bool {
			status := v.Recording.Status
			return status.ResourceID == a.ResourceID && status.StartRequestedTime != nil && status.SID == "" &&
				!v.Seen.After(a.Arrived.Add(longestMoment))
		})
		if !isWritten {
			found.violated("The object %s was started at %s with a resource ID that its status did not name before.", h.Object, record.Clock(a.Arrived))
		}
	}
}

// manySessions is the number of sessions above which an object counts as having many.
const manySessions = 100

// findLostSessions looks for sessions that were removed from a status although work was left
// for them, and for sessions that began after the maximum duration of all sessions together.
func (j judge) findLostSessions(found *Result) {
	many := 0
	for _, h := range j.Histories {
		if len(h.SIDs()) > manySessions {
			many++
		}
		for i := 1; i < len(h.Versions); i++ {
			before, after := h.Versions[i-1], h.Versions[i]
			if before.Recording.UID != after.Recording.UID {
				continue
			}
			for _, session := range before.Recording.Status.Sessions {
				if session.Phase == v1alpha1.PhaseCompleted || slices.Contains(record.SIDsIn(after.Recording), session.SID) {
					continue
				}
				found.violated("The session %s went out of the status of %s at %s, and something was left to do for it: its phase was %s.",
					session.SID, h.Object, record.Clock(after.Seen), session.Phase)
			}
		}
		j.findOverdue(found, h)
	}
	found.fact("%d objects had more than %d sessions", many, manySessions)
}

// findOverdue looks for requests to start a session after spec.maxDuration, which counts from
// the start of the first session.
func (j judge) findOverdue(found *Result, h record.History) {
	over := h.Over()
	if over.IsZero() {
		return
	}
	for _, a := range j.starts {
		isOfThis := a.CName == h.Last().Spec.CName && (h.Schedule() == plan.Object{} || h.EverHad(a.ResourceID))
		if isOfThis && a.Arrived.After(over.Add(shortMoment)) && !repeats(h, a, over) {
			found.violated("A session of %s was requested to start at %s, and its maxDuration was over at %s, counted from the first of %d sessions.",
				h.Object, record.Clock(a.Arrived), record.Clock(over), len(h.SIDs()))
		}
	}
}

// repeats reports whether a start request repeats one that was made in time and whose answer
// was lost. Only a repetition reveals the sid of what may be running, so that it can be
// stopped.
func repeats(h record.History, a record.Answer, over time.Time) bool {
	status := h.At(a.Arrived).Recording.Status
	requested := status.StartRequestedTime
	return status.ResourceID == a.ResourceID && status.SID == "" && requested != nil && !requested.After(over)
}
