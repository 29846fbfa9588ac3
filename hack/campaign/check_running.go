// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

// course is how a recording went that an object was about.
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

// checkRunning looks whether any recording runs that should have ended, and
// whether any was stopped that nobody wanted to end.
func checkRunning(r *records) result {
	found := result{promise: "1. no recording that should have ended is running, and none that should run was stopped"}
	simulated := r.simulated()
	courses := map[course]int{}
	for _, h := range r.histories {
		recording, known := simulated[h.sid()]
		if h.starts() && (h.sid() == "" || slices.Contains(h.prepared(), h.sid())) {
			// What may run nevertheless is the check of starts' to find.
			courses[courseUnknown]++
			continue
		}
		if !known {
			found.violated("The simulator does not know the recording %s of %s.", h.sid(), h.object)
			continue
		}
		for _, earlier := range h.earlierSessions(simulated) {
			if earlier.Running && h.isWantedToEnd(r.quiet.at) {
				found.violated("The recording %s of %s, which another session has replaced, is still running, though the object wanted it to end; %d requests to stop it came.",
					earlier.SID, h.object, earlier.StopRequests)
			}
		}
		went := h.course(recording, r.quiet.at)
		courses[went]++
		switch went {
		case courseRuns:
			found.violated("The recording %s of %s is still running, though its object wanted it to end; %d requests to stop it came.",
				h.sid(), h.object, recording.StopRequests)
		case courseStopped:
			found.violated("The recording %s of %s was stopped by %d requests, though nothing ever wanted that.",
				h.sid(), h.object, recording.StopRequests)
		default:
		}
		if isTrue(h.last(), v1alpha1.StoppedCondition) && recording.Running {
			found.violated("The object %s says by %s that its recording has ended, and the recording %s is running.",
				h.object, condition(h.last(), v1alpha1.StoppedCondition).Reason, h.sid())
		}
	}
	factsOf(&found, "%d recordings %s", courses)
	// Either kind must have been there.
	found.looked = min(courses[courseEnded], courses[courseKept])
	return found
}

// course returns how an object's recording went until the end.
func (h history) course(recording agorasim.Recording, end time.Time) course {
	if h.isWantedToEnd(end) {
		return h.courseOfWanted(recording)
	}
	switch {
	case h.everWantedEnd():
		return courseLetGo
	case recording.StopsTaken > 0 || recording.StopRequests > 0:
		return courseStopped
	default:
		return courseKept
	}
}

// isWantedToEnd says whether an object wants its recording to be ended, by its spec or
// since its time is over in the end.
func (h history) isWantedToEnd(end time.Time) bool {
	return wantsEnd(h.last()) || h.gone.IsZero() && h.isOver(end)
}

// courseOfWanted is course for one that was wanted to end.
func (h history) courseOfWanted(recording agorasim.Recording) course {
	isGone := !h.gone.IsZero()
	switch {
	case !recording.Running:
		return courseEnded
	case !isGone && condition(h.last(), v1alpha1.ReadyCondition).Reason == v1alpha1.ResourceExpiredReason:
		return courseExpired
	case isGone && !h.everHeld():
		return courseUnseen
	default:
		return courseRuns
	}
}

// everHeld says whether any version of an object had the operator's finalizer.
func (h history) everHeld() bool {
	for _, v := range h.versions {
		if controllerutil.ContainsFinalizer(v.recording, v1alpha1.StopFinalizer) {
			return true
		}
	}
	return false
}
