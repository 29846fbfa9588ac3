// SPDX-License-Identifier: Apache-2.0

package check

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// course is what became of an object's recording.
type course string

const (
	courseEnded   course = "were wanted to end and did"
	courseKept    course = "were wanted to run to the end, or were let go of, and got no stop"
	courseLetGo   course = "were wanted to end at first, and were let go of"
	courseExpired course = "run on since Agora takes no more calls for them, and their objects say so"
	courseUnseen  course = "run on since their objects came and went while no operator led, so that none could hold them"
	courseRuns    course = "run on though they were wanted to end"
	courseStopped course = "were stopped though nothing ever wanted that"
	courseUnknown course = "were to be started, and their objects know of none"
)

// brokenCourses are the messages for the courses that break the promise. They take a recording,
// its object, and the number of its stop requests.
var brokenCourses = map[course]string{
	courseRuns:    "The recording %s of %s is still running, though its object wanted it to end; %d requests to stop it came.",
	courseStopped: "The recording %s of %s was stopped by %d requests, though nothing ever wanted that.",
}

// checkRunning looks for recordings that run although they should have ended, and for
// recordings that were stopped although nobody wanted that.
func checkRunning(j judge) Result {
	found := Result{Promise: "1. no recording that should have ended is running, and none that should run was stopped"}
	courses := map[course]int{}
	for _, h := range j.Histories {
		sid := h.SID()
		recording, known := j.simulated[sid]
		if h.Starts() && (sid == "" || !known && slices.Contains(h.Prepared(), sid)) {
			// checkStarts finds recordings that run nevertheless.
			courses[courseUnknown]++
			continue
		}
		if !known {
			found.violated("The simulator does not know the recording %s of %s.", sid, h.Object)
			continue
		}
		j.findEarlier(&found, h)
		went := courseOf(h, recording, j.Quiet.At)
		courses[went]++
		if broken, isBroken := brokenCourses[went]; isBroken {
			found.violated(broken, sid, h.Object, recording.StopRequests)
		}
		if record.IsTrue(h.Last(), v1alpha1.StoppedCondition) && recording.Running {
			found.violated("The object %s says by %s that its recording has ended, and the recording %s is running.",
				h.Object, record.Condition(h.Last(), v1alpha1.StoppedCondition).Reason, sid)
		}
	}
	factsOf(&found, "%d recordings %s", courses)
	// Both kinds must have occurred.
	found.Looked = min(courses[courseEnded], courses[courseKept])
	return found
}

// findEarlier looks for recordings of an object that still run although other sessions have
// replaced them.
func (j judge) findEarlier(found *Result, h record.History) {
	for _, sid := range h.SIDs() {
		earlier := j.simulated[sid]
		if sid != h.SID() && earlier.Running && h.IsWantedToEnd(j.Quiet.At) {
			found.violated("The recording %s of %s, which another session has replaced, is still running, though the object wanted it to end; %d requests to stop it came.",
				sid, h.Object, earlier.StopRequests)
		}
	}
}

// courseOf returns what became of an object's recording until the end.
func courseOf(h record.History, recording agorasim.Recording, end time.Time) course {
	isGone := !h.Gone.IsZero()
	if !h.IsWantedToEnd(end) {
		switch {
		case h.EverWantedEnd():
			return courseLetGo
		case recording.StopsTaken > 0 || recording.StopRequests > 0 && !endedBefore(h.Last(), recording.SID):
			return courseStopped
		default:
			return courseKept
		}
	}
	switch {
	case !recording.Running:
		return courseEnded
	case !isGone && record.Condition(h.Last(), v1alpha1.ReadyCondition).Reason == v1alpha1.ResourceExpiredReason:
		return courseExpired
	case isGone && !h.EverHeld():
		return courseUnseen
	default:
		return courseRuns
	}
}

// endedBefore reports whether an object's status says that a previous session ended by itself.
// The operator stops such a recorder once more before another session replaces it.
func endedBefore(shown *v1alpha1.CloudRecording, sid string) bool {
	return slices.ContainsFunc(shown.Status.Sessions, func(session v1alpha1.SessionStatus) bool {
		return session.SID == sid && session.StoppedReason == v1alpha1.RecordingEndedReason
	})
}
