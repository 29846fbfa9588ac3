// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
)

// planStop ends a recording: it saves what is known, notes the wish, stops.
func planStop(session *v1alpha1.SessionStatus, memory *Memory, observed *Observation, settings Settings, plan *Plan) {
	if waitsForCall(memory, observed, plan) {
		return
	}
	if session.StopRequestedTime != nil {
		plan.call(memory, observed.Now, ActionStop, stopPriority(session), memory.notBefore)
		return
	}
	// Nothing that happened before the wish may hold it up.
	memory.notBefore = time.Time{}
	if !knowsFiles(memory, observed.Now, settings) && !memory.SnapshotTried {
		plan.call(memory, observed.Now, ActionQuery, stopPriority(session), memory.notBefore)
		plan.Timeout = SnapshotTimeout
		return
	}
	session.StopRequestedTime = stampOf(observed.Now)
	plan.call(memory, observed.Now, ActionStop, stopPriority(session), memory.notBefore)
}

// waitsForCall says whether a call is under way that a stop must wait for: a
// stop, or for a moment a query.
func waitsForCall(memory *Memory, observed *Observation, plan *Plan) bool {
	underway := observed.InFlight
	if underway == nil {
		return false
	}
	if underway.Method == agora.MethodStop || (underway.elsewhere && underway.Method != agora.MethodQuery) {
		return true
	}
	if isUpdate(underway.Method) {
		// It is of no use any more.
		return false
	}
	patience := underway.Since.Add(SnapshotTimeout)
	if patience.After(observed.Now) {
		plan.requeueAt(observed.Now, patience)
		return true
	}
	memory.SnapshotTried = memory.SnapshotTried || !underway.elsewhere
	return false
}

// knowsFiles says whether the file list is fresh enough to stop without
// another look.
func knowsFiles(memory *Memory, now time.Time, settings Settings) bool {
	return !memory.LastQueried.IsZero() &&
		now.Sub(memory.LastQueried) <= 2*settings.PollInterval
}

// stopPriority returns the need of a stop: one of a recorder that Agora does not find
// goes behind those of recorders that are at work and billed.
func stopPriority(session *v1alpha1.SessionStatus) budget.Priority {
	if session.NotFoundSince != nil {
		return budget.StopAgain
	}
	return budget.Stop
}
