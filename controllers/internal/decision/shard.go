// SPDX-License-Identifier: Apache-2.0

package decision

import "cloudrecording.dev/operator/api/v1alpha1"

// claimShard records which operator looks after the recording, so that the previous one
// lets go of it. That is written before anything is done for the recording. It needs a
// write of its own if the status names another operator, or if labels decide which operator
// it is.
func claimShard(status, recorded *v1alpha1.CloudRecordingStatus, observed *Observation, plan *Plan) {
	if recorded.Shard == "" && plan.isDone(status.Phase) {
		return
	}
	status.Shard = observed.Shard
}

// isClaimedElsewhere reports whether another operator has looked after the recording.
func isClaimedElsewhere(recorded *v1alpha1.CloudRecordingStatus, observed *Observation) bool {
	return recorded.Shard != "" && recorded.Shard != observed.Shard
}

// isUnclaimed reports whether the recording must be claimed before its object is held. If
// its labels changed right after that, and this process ended, nobody else would know who
// holds it.
func isUnclaimed(recorded *v1alpha1.CloudRecordingStatus, observed *Observation) bool {
	return observed.ByLabels && observed.Shard != "" && recorded.Shard == ""
}

// planUnbegun leaves what has not been started to another operator.
func planUnbegun(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan) {
	if len(recording.Status.Sessions) > 0 {
		dropSession(recording, memory, observed, settings, plan)
	}
}
