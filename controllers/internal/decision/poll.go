// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
)

// planPoll looks after a recording that should run.
func planPoll(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, plan *Plan, pending changes) {
	plan.Polls = true
	if observed.InFlight != nil {
		return
	}
	if planUpdate(recording, memory, observed, plan, pending); plan.Action != ActionNone {
		return
	}
	priority := budget.Poll
	if recording.Status.NotFoundSince != nil || isComingUp(&recording.Status.SessionStatus) {
		priority = budget.Confirm
	}
	plan.call(memory, observed.Now, ActionQuery, priority, memory.notBefore)
}

// pollInterval returns how often the recording is polled: less often if many recordings
// share an account.
func pollInterval(observed *Observation, settings Settings) time.Duration {
	return max(settings.PollInterval, observed.PollInterval)
}
