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
func (d *decider) followSessions(observed Observation) {
	d.Status.Sessions = slices.Clone(d.Status.Sessions)
	d.Memory.sessions = maps.Clone(d.Memory.sessions)
	for i := range d.Status.Sessions {
		session := &d.Status.Sessions[i]
		if !d.isOnlyOne(i) {
			// Somebody else wrote the status: nothing can be told of it.
			continue
		}
		about := observed.aboutSession(session.SID)
		d.hasNews = d.hasNews || about.HasNews()
		if lifecycle.IsSettled(session) && !about.HasNews() {
			delete(d.Memory.sessions, session.SID)
			continue
		}
		d.followSession(session, about)
	}
}

// isOnlyOne says whether a session among the previous ones is the
// only one with its sid.
func (d *decider) isOnlyOne(i int) bool {
	sid := d.Status.Sessions[i].SID
	others := slices.ContainsFunc(d.Status.Sessions[:i], func(session v1alpha1.SessionStatus) bool { return session.SID == sid })
	return sid != "" && sid != d.Status.SID && !others
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
	if d.Memory.sessions == nil {
		d.Memory.sessions = map[string]Memory{}
	}
	d.Memory.sessions[session.SID] = decided.Memory
	d.others = append(d.others, sessionDecision{sid: session.SID, Decision: decided})
}

// decideSession decides on a session like on a recording that was adopted.
func (d *decider) decideSession(session *v1alpha1.SessionStatus, about Observation) Decision {
	recording := lifecycle.RecordingOf(d.recording, session)
	recording.Spec.State = d.wantedOfSession(session)
	about.otherFiles = bounds.SizeOfOthers(&d.Status, session)
	return Decide(recording, about, d.settings)
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
	return !d.isStopped() && d.Status.NotFoundSince == nil && lifecycle.IsAtWork(&d.Status.SessionStatus)
}

// attendSessions adds what the previous sessions need to what is
// done next. One thing is done at a time, the most urgent first.
func (d *decider) attendSessions() {
	for _, other := range d.others {
		d.requeueAt(other.RequeueAt)
		d.Polls = d.Polls || other.Polls
		d.Returns = d.Returns || other.Returns
		d.Unlisted = append(d.Unlisted, other.Unlisted...)
		d.Announcements = append(d.Announcements, other.Announcements...)
	}
	if d.Action == ActionAddFinalizer || (d.Action == ActionRelease && !d.wantsStop()) {
		return
	}
	for _, other := range d.others {
		if other.Action == ActionRelease {
			continue
		}
		if d.Action == ActionRelease {
			// The object does not go before all of its sessions are done.
			d.Action = ActionNone
		}
		if other.urgency() > d.urgency() {
			d.Action, d.Priority, d.Timeout, d.Session = other.Action, other.Priority, other.Timeout, other.sid
		}
	}
}

// urgency orders what may be done next.
func (d Decision) urgency() int {
	switch {
	case d.Action.IsCall():
		return int(d.Priority-budget.Poll) + 2
	case d.Action == ActionVerify:
		return 1
	default:
		return 0
	}
}

// haveAllEnded says whether every session has ended, the current one included.
func (d *decider) haveAllEnded() bool { return d.isStopped() && d.haveOthersEnded() }

// haveOthersEnded says whether every session has ended that another has replaced.
func (d *decider) haveOthersEnded() bool {
	return !slices.ContainsFunc(d.Status.Sessions, func(session v1alpha1.SessionStatus) bool { return !lifecycle.HasEnded(&session) })
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
		meta.RemoveStatusCondition(&d.Status.Conditions, v1alpha1.StoppedCondition)
	} else {
		d.setCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, d.Status.StoppedReason, stoppedMessage(d.Status.StoppedReason))
	}
	if !d.isUploaded() {
		return
	}
	evidence, message := d.Status.UploadedReason, ""
	for _, session := range d.Status.Sessions {
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
	case d.Status.UploadedReason == v1alpha1.NoRecordedDataReason && evidence != d.Status.UploadedReason:
		// There are files, though the last session has none.
		d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, evidence, message)
	case !meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.UploadedCondition):
		d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, d.Status.UploadedReason, d.uploadedMessage())
	}
}

// withholdEnd has neither Stopped nor Uploaded be true between two sessions: more is
// to come. That the current session has ended stands in status.stoppedReason.
func (d *decider) withholdEnd() {
	meta.RemoveStatusCondition(&d.Status.Conditions, v1alpha1.StoppedCondition)
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
	uid := nextUID(d.recording, &d.Status)
	replaced := d.Status.SessionStatus
	own := d.Memory
	own.sessions = nil
	d.Memory = Memory{Trigger: own.Trigger, VerifyTrigger: own.VerifyTrigger, sessions: maps.Clone(d.Memory.sessions)}
	d.Status.Sessions = slices.Clone(d.Status.Sessions)
	d.makeRoom()
	d.Status.Sessions = append(d.Status.Sessions, replaced)
	d.Status.SessionStatus = v1alpha1.SessionStatus{
		UID:        uid,
		Conditions: slices.DeleteFunc(slices.Clone(replaced.Conditions), isOfSession),
	}
	d.followSession(&d.Status.Sessions[len(d.Status.Sessions)-1], d.observed.afterwards(own))
	// The request to start it is made from the status that says so.
	d.requeueAt(d.observed.Now.Add(time.Millisecond))
}

// dropSession has the last session be the current one again: the one that was to replace
// it was never started.
func (d *decider) dropSession(problem *Problem) {
	last := len(d.Status.Sessions) - 1
	d.Status.SessionStatus = d.Status.Sessions[last]
	d.Status.Sessions = slices.Clone(d.Status.Sessions[:last])
	sessions := d.Memory.sessions
	d.Memory = sessions[d.Status.SID]
	delete(sessions, d.Status.SID)
	d.Memory.sessions = sessions
	*problem = carriedProblem(d.Status)
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
	return slices.ContainsFunc(d.Status.Sessions, func(session v1alpha1.SessionStatus) bool {
		ready := meta.FindStatusCondition(session.Conditions, v1alpha1.ReadyCondition)
		return !lifecycle.HasEnded(&session) && ready != nil && ready.Status == metav1.ConditionTrue && ready.Reason == v1alpha1.RecordingReason
	})
}
