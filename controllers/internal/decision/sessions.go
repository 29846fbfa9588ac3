// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// followSessions looks after the previous sessions, as long as
// anything is left to do for them or anything is said of them: each is decided on
// like a recording that was adopted.
func (d *decider) followSessions(observed Observation) (hasNews bool) {
	d.recording.Status.Sessions = slices.Clone(d.recording.Status.Sessions)
	d.memory.sessions = maps.Clone(d.memory.sessions)
	for i := range d.recording.Status.Sessions {
		session := &d.recording.Status.Sessions[i]
		if !d.isOnlyOne(i) {
			// Somebody else wrote the status: nothing can be told of it.
			continue
		}
		about := observed.aboutSession(session.SID)
		hasNews = hasNews || about.HasNews()
		if lifecycle.IsSettled(session) && !about.HasNews() {
			delete(d.memory.sessions, session.SID)
			continue
		}
		d.followSession(session, about)
	}
	return hasNews
}

// isOnlyOne says whether a session among the previous ones is the
// only one with its sid.
func (d *decider) isOnlyOne(i int) bool {
	sid := d.recording.Status.Sessions[i].SID
	others := slices.ContainsFunc(d.recording.Status.Sessions[:i], func(session v1alpha1.SessionStatus) bool { return session.SID == sid })
	return sid != "" && sid != d.recording.Status.SID && !others
}

// followSession looks after a previous session.
func (d *decider) followSession(session *v1alpha1.SessionStatus, about Observation) {
	before := lifecycle.HasEnded(session)
	decided := d.decideSession(session, about)
	*session = decided.Status.SessionStatus
	if !before && lifecycle.HasEnded(session) {
		// It is not missed, though it may have ended by itself: another takes its place.
		learnt := decided
		decided = d.decideSession(session, about.afterwards(learnt.Memory))
		decided.Unlisted, decided.Announcements = learnt.Unlisted, learnt.Announcements
		*session = decided.Status.SessionStatus
	}
	if d.memory.sessions == nil {
		d.memory.sessions = map[string]Memory{}
	}
	d.memory.sessions[session.SID] = decided.Memory
	d.plan.others = append(d.plan.others, sessionDecision{sid: session.SID, Decision: decided})
}

// decideSession decides on a session like on a recording that was adopted.
func (d *decider) decideSession(session *v1alpha1.SessionStatus, about Observation) Decision {
	own := lifecycle.RecordingOf(d.recording, session)
	own.Spec.State = d.wantedOfSession(session)
	about.otherFiles = bounds.SizeOfOthers(&d.recording.Status, session)
	return Decide(own, about, d.settings)
}

// sessionDecision is what was decided for a previous session.
type sessionDecision struct {
	sid string
	Decision
}

// wantedOfSession returns what is wanted of a previous session: it
// is stopped once that records, and in time in any case.
func (d *decider) wantedOfSession(session *v1alpha1.SessionStatus) v1alpha1.RecordingState {
	by := d.stopBy(session)
	if lifecycle.HasEnded(session) || d.wantsStop() || d.isRecording() || !by.After(d.observed.Now) {
		return v1alpha1.RecordingStateStopped
	}
	d.requeueAt(by)
	return v1alpha1.RecordingStateRecording
}

// isRecording says whether the recorder of the current session was last seen to
// be at work.
func (d *decider) isRecording() bool {
	return !d.isStopped() && d.recording.Status.NotFoundSince == nil && lifecycle.IsAtWork(&d.recording.Status.SessionStatus)
}

// attendSessions adds what the previous sessions need to what is
// done next. One thing is done at a time, the most urgent first.
func (d *decider) attendSessions() {
	for _, other := range d.plan.others {
		d.requeueAt(other.RequeueAt)
		d.plan.Polls = d.plan.Polls || other.Polls
		d.plan.Returns = d.plan.Returns || other.Returns
		d.plan.Unlisted = append(d.plan.Unlisted, other.Unlisted...)
		d.plan.Announcements = append(d.plan.Announcements, other.Announcements...)
	}
	if d.plan.Action == ActionAddFinalizer || (d.plan.Action == ActionRelease && !d.wantsStop()) {
		return
	}
	for _, other := range d.plan.others {
		if other.Action == ActionRelease {
			continue
		}
		if d.plan.Action == ActionRelease {
			// The object does not go before all of its sessions are done.
			d.plan.Action = ActionNone
		}
		if other.urgency() > d.plan.urgency() {
			d.plan.Action, d.plan.Priority, d.plan.Timeout, d.plan.Session = other.Action, other.Priority, other.Timeout, other.sid
		}
	}
}

// urgency orders what may be done next.
func (p Plan) urgency() int {
	switch {
	case p.Action.IsCall():
		return int(p.Priority-budget.Poll) + 2
	case p.Action == ActionVerify:
		return 1
	default:
		return 0
	}
}

// haveAllEnded says whether every session has ended, the current one included.
func (d *decider) haveAllEnded() bool { return d.isStopped() && d.haveOthersEnded() }

// haveOthersEnded says whether every session has ended that another has replaced.
func (d *decider) haveOthersEnded() bool {
	return !slices.ContainsFunc(d.recording.Status.Sessions, func(session v1alpha1.SessionStatus) bool { return !lifecycle.HasEnded(&session) })
}

// unsettledSession returns a previous session for which
// something is left to do, or nil: one of which a person must know before others.
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

// summarizeSessions has Stopped and Uploaded speak for all sessions: neither is true
// as long as it is not true of each.
func (d *decider) summarizeSessions() {
	if !d.isStopped() {
		return
	}
	if d.awaitsRestart() {
		d.withholdEnd()
		return
	}
	if !d.haveAllEnded() {
		meta.RemoveStatusCondition(&d.recording.Status.Conditions, v1alpha1.StoppedCondition)
	} else {
		d.setCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, d.recording.Status.StoppedReason, stoppedMessage(d.recording.Status.StoppedReason))
	}
	if !d.isUploaded() {
		return
	}
	evidence, message := d.recording.Status.UploadedReason, ""
	for _, session := range d.recording.Status.Sessions {
		uploaded := meta.FindStatusCondition(session.Conditions, v1alpha1.UploadedCondition)
		if uploaded != nil && uploaded.Status != metav1.ConditionTrue {
			d.setCondition(v1alpha1.UploadedCondition, uploaded.Status, uploaded.Reason, OfSession(session.SID, uploaded.Message))
			return
		}
		if uploaded != nil && uploaded.Reason != v1alpha1.NoRecordedDataReason {
			evidence, message = uploaded.Reason, OfSession(session.SID, uploaded.Message)
		}
	}
	switch {
	case d.recording.Status.UploadedReason == v1alpha1.NoRecordedDataReason && evidence != d.recording.Status.UploadedReason:
		// There are files, though the last session has none.
		d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, evidence, message)
	case !meta.IsStatusConditionTrue(d.recording.Status.Conditions, v1alpha1.UploadedCondition):
		d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, d.recording.Status.UploadedReason, d.uploadedMessage())
	}
}

// withholdEnd has neither Stopped nor Uploaded be true between two sessions: more is
// to come. That the current session has ended stands in status.stoppedReason.
func (d *decider) withholdEnd() {
	meta.RemoveStatusCondition(&d.recording.Status.Conditions, v1alpha1.StoppedCondition)
	if d.isUploaded() {
		d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionFalse, v1alpha1.RestartingReason, messageMoreToCome)
	}
}

// readinessOfSessions sums up what is left to do for sessions that others have
// replaced. It is empty if nothing is.
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

// beginSession has another session take the place of the current one, which is
// looked after among the previous ones, and keeps what troubled it.
func (d *decider) beginSession(problem *Problem) {
	*problem = problemOf("", "")
	uid := nextUID(d.recording, &d.recording.Status)
	replaced := d.recording.Status.SessionStatus
	own := *d.memory
	own.sessions = nil
	*d.memory = Memory{Trigger: own.Trigger, VerifyTrigger: own.VerifyTrigger, sessions: maps.Clone(d.memory.sessions)}
	d.recording.Status.Sessions = slices.Clone(d.recording.Status.Sessions)
	d.makeRoom()
	d.recording.Status.Sessions = append(d.recording.Status.Sessions, replaced)
	d.recording.Status.SessionStatus = v1alpha1.SessionStatus{
		UID:        uid,
		Conditions: slices.DeleteFunc(slices.Clone(replaced.Conditions), isOfSession),
	}
	d.followSession(&d.recording.Status.Sessions[len(d.recording.Status.Sessions)-1], d.observed.afterwards(own))
	// The request to start it is made from the status that says so.
	d.requeueAt(d.observed.Now.Add(time.Millisecond))
}

// dropSession has the last session be the current one again: the one that was to replace
// it was never started.
func (d *decider) dropSession(problem *Problem) {
	last := len(d.recording.Status.Sessions) - 1
	d.recording.Status.SessionStatus = d.recording.Status.Sessions[last]
	d.recording.Status.Sessions = slices.Clone(d.recording.Status.Sessions[:last])
	sessions := d.memory.sessions
	*d.memory = sessions[d.recording.Status.SID]
	delete(sessions, d.recording.Status.SID)
	d.memory.sessions = sessions
	*problem = carriedProblem(d.recording.Status)
	d.detectChanges()
	d.requeueAt(d.observed.Now.Add(time.Millisecond))
}

// isOfSession says whether a condition is about a session, rather than the object.
func isOfSession(condition metav1.Condition) bool {
	switch condition.Type {
	case v1alpha1.ReadyCondition, v1alpha1.ReconcilingCondition, v1alpha1.StalledCondition:
		return false
	default:
		return true
	}
}

// nextUID returns the user ID of the session after the current one: spec.uid and the
// alternate ones take turns, without those whose recorders are not known to have
// ended. It is empty if there is none.
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

// isRecordedBefore says whether a session goes on recording while the one that is
// to replace it is being started.
func (d *decider) isRecordedBefore() bool {
	if d.isRecording() {
		return false
	}
	return slices.ContainsFunc(d.recording.Status.Sessions, func(session v1alpha1.SessionStatus) bool {
		ready := meta.FindStatusCondition(session.Conditions, v1alpha1.ReadyCondition)
		return !lifecycle.HasEnded(&session) && ready != nil && ready.Status == metav1.ConditionTrue && ready.Reason == v1alpha1.RecordingReason
	})
}
