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

// planStop ends a recording: it saves what is known, records the request, and stops.
func planStop(session *v1alpha1.SessionStatus, memory *Memory, observed *Observation, settings Settings, plan *Plan) {
	if waitsForCall(memory, observed, plan) {
		noteStopInFlight(session, observed.InFlight)
		return
	}
	if session.StopRequestedTime != nil {
		plan.call(memory, observed.Now, ActionStop, stopPriority(session), memory.notBefore)
		return
	}
	// Nothing that happened before the request may delay the stop.
	memory.notBefore = time.Time{}
	if !knowsFiles(memory, observed.Now, settings) && !memory.SnapshotTried {
		plan.call(memory, observed.Now, ActionQuery, stopPriority(session), memory.notBefore)
		plan.Timeout = SnapshotTimeout
		return
	}
	session.StopRequestedTime = stampOf(observed.Now)
	plan.call(memory, observed.Now, ActionStop, stopPriority(session), memory.notBefore)
}

// noteStopInFlight records since when a stop is being answered, if that is not written yet.
func noteStopInFlight(session *v1alpha1.SessionStatus, call *InFlight) {
	if session.StopRequestedTime == nil && call.Method == agora.MethodStop && !call.elsewhere {
		session.StopRequestedTime = stampOf(call.Since)
	}
}

// waitsForCall reports whether a stop must wait for a call in progress: for another stop
// or, for a moment, a query.
func waitsForCall(memory *Memory, observed *Observation, plan *Plan) bool {
	inFlight := observed.InFlight
	if inFlight == nil {
		return false
	}
	if inFlight.Method == agora.MethodStop || (inFlight.elsewhere && inFlight.Method != agora.MethodQuery) {
		return true
	}
	if isUpdate(inFlight.Method) {
		// The update is of no use any more.
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

// knowsFiles reports whether the file list is recent enough to stop without another query.
func knowsFiles(memory *Memory, now time.Time, settings Settings) bool {
	return !memory.LastQueried.IsZero() &&
		now.Sub(memory.LastQueried) <= 2*settings.PollInterval
}

// stopPriority returns the priority of a stop. If Agora does not find the recorder, the
// stop goes behind those of recorders that are at work and billed.
func stopPriority(session *v1alpha1.SessionStatus) budget.Priority {
	if session.NotFoundSince != nil {
		return budget.StopAgain
	}
	return budget.Stop
}

// RecordsWithOutcome reports whether a stop is called before the status is written. In that
// case, the only news is that the recording is being stopped, and the outcome says so as
// well.
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
