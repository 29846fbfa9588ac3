// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
)

// planStop ends a recording: it saves what is known, notes the wish, stops.
func planStop(session *v1alpha1.SessionStatus, memory *Memory, observed *Observation, settings Settings, plan *Plan) {
	if waitsForCall(memory, observed, plan) {
		noteStopInFlight(session, observed.InFlight)
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

// noteStopInFlight notes since when a stop is being answered, where that is not written yet.
func noteStopInFlight(session *v1alpha1.SessionStatus, call *InFlight) {
	if session.StopRequestedTime == nil && call.Method == agora.MethodStop && !call.elsewhere {
		session.StopRequestedTime = stampOf(call.Since)
	}
}

// waitsForCall says whether a call is under way that a stop must wait for: a
// stop, or for a moment a query.
func waitsForCall(memory *Memory, observed *Observation, plan *Plan) bool {
	inFlight := observed.InFlight
	if inFlight == nil {
		return false
	}
	if inFlight.Method == agora.MethodStop || (inFlight.elsewhere && inFlight.Method != agora.MethodQuery) {
		return true
	}
	if isUpdate(inFlight.Method) {
		// It is of no use any more.
		return false
	}
	deadline := inFlight.Since.Add(SnapshotTimeout)
	if deadline.After(observed.Now) {
		plan.requeueAt(observed.Now, deadline)
		return true
	}
	memory.SnapshotTried = memory.SnapshotTried || !inFlight.elsewhere
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

// RecordsWithOutcome says whether a stop is called before the status is written: all that
// there is to write is that the recording is being stopped, which its outcome says as well.
func (d Decision) RecordsWithOutcome(recorded v1alpha1.CloudRecordingStatus) bool {
	if d.Action != ActionStop || d.Session != "" || len(d.Announcements) > 0 || len(d.Unlisted) > 0 {
		return false
	}
	left := d.Status
	left.StopRequestedTime, left.Phase, left.ObservedGeneration = recorded.StopRequestedTime, recorded.Phase, recorded.ObservedGeneration
	left.Conditions, recorded.Conditions = withoutSummary(left.Conditions), withoutSummary(recorded.Conditions)
	return equality.Semantic.DeepEqual(left, recorded)
}

// withoutSummary leaves out the conditions that only sum up what the rest of a status says.
func withoutSummary(conditions []metav1.Condition) []metav1.Condition {
	var left []metav1.Condition
	for _, condition := range conditions {
		switch condition.Type {
		case v1alpha1.ReadyCondition, v1alpha1.ReconcilingCondition, v1alpha1.StalledCondition, v1alpha1.ExpiringCondition:
		default:
			condition.ObservedGeneration = 0
			left = append(left, condition)
		}
	}
	return left
}
