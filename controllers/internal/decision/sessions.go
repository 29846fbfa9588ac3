// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// followSessions looks after the previous sessions, as long as anything is left to do for
// them or there is news about them. Each is decided on like an adopted recording.
func followSessions(recording *v1alpha1.CloudRecording, memory *Memory, now time.Time, settings Settings, plan *Plan, observed Observation) (hasNews bool) {
	recording.Status.Sessions = slices.Clone(recording.Status.Sessions)
	memory.sessions = maps.Clone(memory.sessions)
	for i := range recording.Status.Sessions {
		session := &recording.Status.Sessions[i]
		if !isOnlyOne(&recording.Status, i) {
			// Somebody else wrote the status, and it is unclear which observations belong to this
			// session.
			continue
		}
		about := observed.aboutSession(session.SID)
		hasNews = hasNews || about.HasNews()
		if lifecycle.IsSettled(session) && !about.HasNews() {
			delete(memory.sessions, session.SID)
			continue
		}
		followSession(recording, memory, now, settings, plan, session, about)
	}
	return hasNews
}

// isOnlyOne reports whether a previous session is the only one with its sid.
func isOnlyOne(status *v1alpha1.CloudRecordingStatus, i int) bool {
	sid := status.Sessions[i].SID
	others := slices.ContainsFunc(status.Sessions[:i], func(session v1alpha1.SessionStatus) bool { return session.SID == sid })
	return sid != "" && sid != status.SID && !others
}

// followSession looks after a previous session.
func followSession(recording *v1alpha1.CloudRecording, memory *Memory, now time.Time, settings Settings, plan *Plan, session *v1alpha1.SessionStatus, about Observation) {
	before := lifecycle.HasEnded(session)
	decided := decideSession(recording, now, settings, plan, session, about)
	*session = decided.Status.SessionStatus
	if !before && lifecycle.HasEnded(session) {
		// The session is not missed, although it may have ended by itself: another one takes its
		// place.
		learnt := decided
		decided = decideSession(recording, now, settings, plan, session, about.afterwards(learnt.Memory))
		decided.Unlisted, decided.Announcements = learnt.Unlisted, learnt.Announcements
		*session = decided.Status.SessionStatus
	}
	if memory.sessions == nil {
		memory.sessions = map[string]Memory{}
	}
	memory.sessions[session.SID] = decided.Memory
	plan.others = append(plan.others, sessionDecision{sid: session.SID, Decision: decided})
}

// decideSession decides on a session as on an adopted recording.
func decideSession(recording *v1alpha1.CloudRecording, now time.Time, settings Settings, plan *Plan, session *v1alpha1.SessionStatus, about Observation) Decision {
	own := lifecycle.RecordingOf(recording, session)
	own.Spec.State = wantedOfSession(recording, now, plan, session)
	about.otherFiles = bounds.SizeOfOthers(&recording.Status, session)
	return Decide(own, about, settings)
}

// sessionDecision is what was decided for a previous session.
type sessionDecision struct {
	sid string
	Decision
}

// wantedOfSession returns the state that is wanted of a previous session. It is stopped
// once the current session records, and in time in any case.
func wantedOfSession(recording *v1alpha1.CloudRecording, now time.Time, plan *Plan, session *v1alpha1.SessionStatus) v1alpha1.RecordingState {
	by := stopBy(recording, session)
	if lifecycle.HasEnded(session) || lifecycle.WantsStop(recording) || isRecording(&recording.Status.SessionStatus) || !by.After(now) {
		return v1alpha1.RecordingStateStopped
	}
	plan.requeueAt(now, by)
	return v1alpha1.RecordingStateRecording
}

// isRecording reports whether the recorder of the current session was last seen at work.
func isRecording(session *v1alpha1.SessionStatus) bool {
	return !lifecycle.HasEnded(session) && session.NotFoundSince == nil && lifecycle.IsAtWork(session)
}

// attendSessions adds what the previous sessions need to what is done next. One thing is
// done at a time, the most urgent first.
func attendSessions(recording *v1alpha1.CloudRecording, now time.Time, plan *Plan) {
	for _, other := range plan.others {
		plan.requeueAt(now, other.RequeueAt)
		plan.Polls = plan.Polls || other.Polls
		plan.Returns = plan.Returns || other.Returns
		plan.Unlisted = append(plan.Unlisted, other.Unlisted...)
		for _, announcement := range other.Announcements {
			announcement.SID = other.sid
			plan.Announcements = append(plan.Announcements, announcement)
		}
	}
	if plan.Action == ActionAddFinalizer || (plan.Action == ActionRelease && !lifecycle.WantsStop(recording)) {
		return
	}
	for _, other := range plan.others {
		if other.Action == ActionRelease {
			continue
		}
		if plan.Action == ActionRelease {
			// The object is not released before all of its sessions are done.
			plan.Action = ActionNone
		}
		if other.urgency() > plan.urgency() {
			plan.Action, plan.Priority, plan.Timeout, plan.Session = other.Action, other.Priority, other.Timeout, other.sid
		}
	}
}

// unsettledSession returns a previous session for which something is left to do, or nil. It
// prefers a session that a person must know about.
func unsettledSession(sessions []v1alpha1.SessionStatus) *v1alpha1.SessionStatus {
	var found *v1alpha1.SessionStatus
	for i := range sessions {
		session := &sessions[i]
		if lifecycle.IsSettled(session) {
			continue
		}
		if found == nil || (lifecycle.IsStalled(session) && !lifecycle.IsStalled(found)) {
			found = session
		}
	}
	return found
}

// readinessOfSessions sums up what is left to do for the previous sessions. It is empty if
// nothing is.
func readinessOfSessions(sessions []v1alpha1.SessionStatus) readiness {
	session := unsettledSession(sessions)
	if session == nil {
		return readiness{}
	}
	ready := meta.FindStatusCondition(session.Conditions, v1alpha1.ReadyCondition)
	if ready == nil || ready.Status == metav1.ConditionTrue {
		return readiness{}
	}
	return readiness{reason: ready.Reason, message: OfSession(session.SID, ready.Message), stalled: lifecycle.IsStalled(session)}
}

// beginSession replaces the current session by another one. The replaced session is looked
// after as a previous one, and keeps its problem.
func beginSession(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan) {
	plan.problem, plan.AwaitsPlace = Problem{}, true
	uid := nextUID(recording, &recording.Status)
	replaced := recording.Status.SessionStatus
	own := *memory
	own.sessions = nil
	*memory = Memory{Trigger: own.Trigger, VerifyTrigger: own.VerifyTrigger, sessions: maps.Clone(memory.sessions)}
	recording.Status.Sessions = slices.Clone(recording.Status.Sessions)
	makeRoom(&recording.Status, memory, plan)
	recording.Status.Sessions = append(recording.Status.Sessions, replaced)
	recording.Status.SessionStatus = v1alpha1.SessionStatus{
		UID:        uid,
		Conditions: slices.DeleteFunc(slices.Clone(replaced.Conditions), isOfSession),
	}
	followSession(recording, memory, observed.Now, settings, plan, &recording.Status.Sessions[len(recording.Status.Sessions)-1], observed.afterwards(own))
	// The request that starts the new session is built from the status that contains it.
	plan.requeueAt(observed.Now, observed.Now.Add(time.Millisecond))
}

// dropSession makes the last previous session the current one again: the session that
// should have replaced it was never started.
func dropSession(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan) {
	last := len(recording.Status.Sessions) - 1
	recording.Status.SessionStatus = recording.Status.Sessions[last]
	recording.Status.Sessions = slices.Clone(recording.Status.Sessions[:last])
	sessions := memory.sessions
	*memory = sessions[recording.Status.SID]
	delete(sessions, recording.Status.SID)
	memory.sessions = sessions
	plan.problem = carriedProblem(recording.Status)
	detectChanges(recording, memory, observed, settings)
	plan.requeueAt(observed.Now, observed.Now.Add(time.Millisecond))
}

// isOfSession reports whether a condition is about a session, rather than the object.
func isOfSession(condition metav1.Condition) bool {
	switch condition.Type {
	case v1alpha1.ReadyCondition, v1alpha1.ReconcilingCondition, v1alpha1.StalledCondition:
		return false
	default:
		return true
	}
}

// nextUID returns the user ID for the session after the current one. spec.uid and the
// alternate ones take turns, except those whose recorders are not known to have ended. It
// is empty if there is none.
func nextUID(recording *v1alpha1.CloudRecording, status *v1alpha1.CloudRecordingStatus) string {
	uids := append([]string{recording.Spec.UID}, recording.Spec.Start.AlternateUIDs...)
	current := slices.Index(uids, lifecycle.UIDOf(recording.Spec.UID, &status.SessionStatus))
	isTaken := func(uid string) bool {
		return slices.ContainsFunc(status.Sessions, func(session v1alpha1.SessionStatus) bool {
			return lifecycle.UIDOf(recording.Spec.UID, &session) == uid && !lifecycle.HasEnded(&session)
		})
	}
	for i := range uids[1:] {
		if uid := uids[(current+1+i)%len(uids)]; !isTaken(uid) {
			return uid
		}
	}
	return ""
}

// isRecordedBefore reports whether a session goes on recording while the one that will
// replace it is being started.
func isRecordedBefore(status *v1alpha1.CloudRecordingStatus) bool {
	return sessionRecordedBefore(status) != nil
}

// sessionRecordedBefore returns the session that goes on recording in that case, or nil.
func sessionRecordedBefore(status *v1alpha1.CloudRecordingStatus) *v1alpha1.SessionStatus {
	if isRecording(&status.SessionStatus) {
		return nil
	}
	i := slices.IndexFunc(status.Sessions, func(session v1alpha1.SessionStatus) bool {
		ready := meta.FindStatusCondition(session.Conditions, v1alpha1.ReadyCondition)
		return !lifecycle.HasEnded(&session) && ready != nil && ready.Status == metav1.ConditionTrue && ready.Reason == v1alpha1.RecordingReason
	})
	if i < 0 {
		return nil
	}
	return &status.Sessions[i]
}
