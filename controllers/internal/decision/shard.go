// SPDX-License-Identifier: Apache-2.0

package decision

// claim notes whose operator looks after the recording, so that the one before lets
// go of it. It is written before anything is done for the recording, and needs a
// write of its own where another operator's name stands there, or where labels say
// whose the recording is.
func (d *decider) claim() {
	if d.recorded.Shard == "" && d.plan.isDone(d.recording.Status.Phase) {
		return
	}
	d.recording.Status.Shard = d.observed.Shard
}

// isClaimedElsewhere says whether another operator has looked after the recording.
func (d *decider) isClaimedElsewhere() bool {
	return d.recorded.Shard != "" && d.recorded.Shard != d.observed.Shard
}

// isUnclaimed says whether the recording is to be claimed before its object is held:
// if its labels change right after, and this process ends, nobody else would know who
// holds it.
func (d *decider) isUnclaimed() bool {
	return d.observed.ByLabels && d.observed.Shard != "" && d.recorded.Shard == ""
}

// beginsNothing says whether what was started is followed to its end, and nothing
// else is started: the recording is for another operator to take over.
func (d *decider) beginsNothing() bool { return d.observed.Departed }

// nextUnbegun leaves it to another operator to start what has not been started.
func (d *decider) nextUnbegun(problem *Problem) {
	if len(d.recording.Status.Sessions) > 0 {
		d.dropSession(problem)
	}
}
