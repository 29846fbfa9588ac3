// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

const (
	scheduledRecordings = 10_000

	// openingWindows is the number of windows that open at the same time. They open
	// openingAhead after their objects begin to be created.
	openingWindows = 1000
	openingAhead   = time.Minute

	windowLength = 2 * time.Hour
)

// measureWindows measures the cost of scheduled recordings, and how soon recordings start whose
// windows open together.
func measureWindows(r *run) {
	e := r.open(environmentOptions{})
	e.createBucketSecret()
	waiting := e.schedule("waiting", r.scaled(scheduledRecordings), time.Now().Add(7*24*time.Hour))
	e.measureUpkeep(fmt.Sprintf("%d objects, scheduled", len(waiting)), func(polls int, _ time.Duration) row {
		return countRow(fmt.Sprintf("%d objects, scheduled: requests to Agora", len(waiting)), polls, 0, "0")
	})
	e.measureOpening(time.Now().Add(openingAhead))
}

// schedule creates recordings whose windows open at a time, and waits until each has the phase
// Scheduled.
func (e *environment) schedule(name string, count int, opens time.Time) []*v1alpha1.CloudRecording {
	recordings := make([]*v1alpha1.CloudRecording, count)
	for i := range recordings {
		recordings[i] = e.recordingToStart(fmt.Sprintf("%s-%d", name, i))
		recordings[i].Spec.Window = &v1alpha1.RecordingWindow{
			Start: &metav1.Time{Time: opens}, End: &metav1.Time{Time: opens.Add(windowLength)},
		}
	}
	e.say("creating %d recordings that are scheduled", count)
	createAll(e.run, recordings)
	for _, recording := range recordings {
		e.awaitChange(recording, isScheduled)
	}
	return recordings
}

// measureOpening measures the starts of recordings whose windows open together. The floor is
// the time that the account's limit imposes on two requests per recording.
func (e *environment) measureOpening(opens time.Time) {
	// Times in an object have a resolution of one second.
	opens = opens.Truncate(time.Second)
	recordings := e.schedule("opening", e.scaled(openingWindows), opens)
	if time.Now().After(opens) {
		check(fmt.Errorf("the windows have opened before all objects were created: choose a smaller scale"))
	}
	var longest time.Duration
	for _, recording := range recordings {
		status := e.awaitChange(recording, isRecording).recording.Status
		longest = max(longest, status.StartedTime.Sub(status.AcquiredTime.Time))
	}
	requests, starts := e.requests.since(time.Time{}, ""), e.requests.since(time.Time{}, faults.MethodStart)
	what := fmt.Sprintf("%d windows that open together, %d requests/s", len(recordings), e.limit)
	e.report(
		durationRow(what+": last start arrives", starts[len(starts)-1].Time.Sub(opens), turns(requestsPerStart*len(recordings), e.limit), "ratio <= 1.05"),
		countRow(what+": starts", len(starts), len(recordings), fmt.Sprint(len(recordings))),
		plainRow(what+": longest from a resource ID to its start", formatDuration(longest), "< 60 s"),
		countRow(what+": most requests in any second", mostInAnySecond(requests), e.limit, fmt.Sprintf("<= %d", e.limit)),
		countRow(what+": answered 429", e.refused(), 0, "0"),
	)
	if first := requests[0].Time; first.Before(opens) {
		check(fmt.Errorf("a request arrived %v before the windows opened", opens.Sub(first)))
	}
	e.checkRefusals()
}
