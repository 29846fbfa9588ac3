// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// trials are the times of trials to stop a recording: from the patch until the stop arrived,
// and from the patch until a watch showed the change.
type trials struct{ reactions, watches []time.Duration }

// rows compares the trials with their floors.
func (t trials) rows(what string, floors []time.Duration, aim string) []row {
	at := func(percent float64, aim string) row {
		return durationRow(fmt.Sprintf("%s: p%.0f of %d", what, percent, len(t.reactions)),
			percentile(t.reactions, percent), percentile(floors, percent), aim)
	}
	return []row{at(50, "-"), at(99, aim)}
}

// trialPause is how long an account rests before a trial, so that the limit does not delay the
// trial's requests.
func trialPause() time.Duration { return 150 * time.Millisecond }

// try stops recordings one after another, each after a pause.
func (e *environment) try(recordings []*v1alpha1.CloudRecording, pause func() time.Duration) (tried trials) {
	for _, recording := range recordings {
		e.sleep(pause())
		sent := must(e.stop(recording))
		shown := e.awaitChange(recording, isWantedStopped).at
		e.awaitChange(recording, isCompleted)
		tried.reactions = append(tried.reactions, e.requests.lastStop(recording.Spec.SID).Sub(sent))
		tried.watches = append(tried.watches, shown.Sub(sent))
	}
	return tried
}
