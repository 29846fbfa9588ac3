// SPDX-License-Identifier: Apache-2.0

package decision

import "cloudrecording.dev/operator/api/v1alpha1"

// claimShard notes whose operator looks after the recording, so that the one before lets
// go of it. It is written before anything is done for the recording, and needs a
// write of its own where another operator's name stands there, or where labels say
// whose the recording is.
func claimShard(status, recorded *v1alpha1.CloudRecordingStatus, observed *Observation, plan *Plan) {
	if recorded.Shard == "" && plan.isDone(status.Phase) {
		return
	}
	status.Shard = observed.Shard
}

// isClaimedElsewhere says whether another operator has looked after the recording.
func isClaimedElsewhere(recorded *v1alpha1.CloudRecordingStatus, observed *Observation) bool {
	return recorded.Shard != "" && recorded.Shard != observed.Shard
}

// isUnclaimed says whether the recording is to be claimed before its object is held:
// if its labels change right after, and this process ends, nobody else would know who
// holds it.
func isUnclaimed(recorded *v1alpha1.CloudRecordingStatus, observed *Observation) bool {
	return observed.ByLabels && observed.Shard != "" && recorded.Shard == ""
}

// planUnbegun leaves it to another operator to start what has not been started.
func planUnbegun(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan) {
	if len(recording.Status.Sessions) > 0 {
		dropSession(recording, memory, observed, settings, plan)
	}
}
