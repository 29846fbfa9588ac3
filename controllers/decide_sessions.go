// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
)

// followSessions looks after the sessions that others have replaced, as long as
// anything is left to do for them or anything is said of them: each is decided on
// like a recording that was adopted.
func (d *decider) followSessions(observed observation) {
	d.status.Sessions = slices.Clone(d.status.Sessions)
	d.memory.sessions = maps.Clone(d.memory.sessions)
	for i := range d.status.Sessions {
		session := &d.status.Sessions[i]
		if !d.isOnlyOne(i) {
			// Somebody else wrote the status: nothing can be told of it.
			continue
		}
		about := observed.aboutSession(session.SID)
		d.hasNews = d.hasNews || about.hasNews()
		if isSettled(session) && !about.hasNews() {
			delete(d.memory.sessions, session.SID)
			continue
		}
		d.followSession(session, about)
	}
}

// isOnlyOne says whether a session among those that others have replaced is the
// only one with its sid.
func (d *decider) isOnlyOne(i int) bool {
	sid := d.status.Sessions[i].SID
	others := slices.ContainsFunc(d.status.Sessions[:i], func(session v1alpha1.SessionStatus) bool { return session.SID == sid })
	return sid != "" && sid != d.status.SID && !others
}

// followSession looks after a session that another has replaced.
func (d *decider) followSession(session *v1alpha1.SessionStatus, about observation) {
	before := hasEnded(session)
	decided := d.decideSession(session, about)
	*session = decided.status.SessionStatus
	if !before && hasEnded(session) {
		// It is not missed, though it may have ended by itself: another takes its place.
		learnt := decided
		decided = d.decideSession(session, about.afterwards(learnt.memory))
		decided.unlisted, decided.announcements = learnt.unlisted, learnt.announcements
		*session = decided.status.SessionStatus
	}
	if d.memory.sessions == nil {
		d.memory.sessions = map[string]memory{}
	}
	d.memory.sessions[session.SID] = decided.memory
	d.others = append(d.others, sessionDecision{sid: session.SID, decision: decided})
}

// decideSession decides on a session like on a recording that was adopted.
func (d *decider) decideSession(session *v1alpha1.SessionStatus, about observation) decision {
	recording := recordingOf(d.recording, session)
	recording.Spec.State = d.wantedOfSession(session)
	about.otherFiles = d.sizeOfOthers(session)
	return decide(recording, about, d.settings)
}

// sessionDecision is what was decided for a session that another has replaced.
type sessionDecision struct {
	sid string
	decision
}

// wantedOfSession returns what is wanted of a session that another has replaced: it
// is stopped once that records, and in time in any case.
func (d *decider) wantedOfSession(session *v1alpha1.SessionStatus) v1alpha1.RecordingState {
	by := d.stopBy(session)
	if hasEnded(session) || d.wantsStop() || d.isRecording() || !by.After(d.observed.now) {
		return v1alpha1.RecordingStateStopped
	}
	d.lookAt(by)
	return v1alpha1.RecordingStateRecording
}

// isRecording says whether the recorder of the session in force was last seen to
// be at work.
func (d *decider) isRecording() bool {
	return !d.isStopped() && d.status.NotFoundSince == nil && isAtWork(&d.status.SessionStatus)
}

// attendSessions adds what the sessions that others have replaced need to what is
// done next. One thing is done at a time, the most urgent first.
func (d *decider) attendSessions() {
	for _, other := range d.others {
		d.lookAt(other.lookAgain)
		d.polls = d.polls || other.polls
		d.returns = d.returns || other.returns
		d.unlisted = append(d.unlisted, other.unlisted...)
		d.announcements = append(d.announcements, other.announcements...)
	}
	if d.action == actionAddFinalizer || (d.action == actionRelease && !d.wantsStop()) {
		return
	}
	for _, other := range d.others {
		if other.action == actionRelease {
			continue
		}
		if d.action == actionRelease {
			// The object does not go before all of its sessions are done.
			d.action = actionNone
		}
		if other.urgency() > d.urgency() {
			d.action, d.priority, d.timeout, d.session = other.action, other.priority, other.timeout, other.sid
		}
	}
}

// urgency orders what may be done next.
func (d decision) urgency() int {
	switch {
	case d.action.isCall():
		return int(d.priority-budget.Poll) + 2
	case d.action == actionLook:
		return 1
	default:
		return 0
	}
}

// haveAllEnded says whether every session has ended, the one in force included.
func (d *decider) haveAllEnded() bool { return d.isStopped() && d.haveOthersEnded() }

// haveOthersEnded says whether every session has ended that another has replaced.
func (d *decider) haveOthersEnded() bool {
	return !slices.ContainsFunc(d.status.Sessions, func(session v1alpha1.SessionStatus) bool { return !hasEnded(&session) })
}

// unsettledSession returns a session that another has replaced and for which
// something is left to do, or nil: one of which a person must know before others.
func unsettledSession(sessions []v1alpha1.SessionStatus) *v1alpha1.SessionStatus {
	var found *v1alpha1.SessionStatus
	for i := range sessions {
		session := &sessions[i]
		if isSettled(session) {
			continue
		}
		if found == nil || (isStalled(session) && !isStalled(found)) {
			found = session
		}
	}
	return found
}

func isStalled(session *v1alpha1.SessionStatus) bool {
	return meta.IsStatusConditionTrue(session.Conditions, v1alpha1.StalledCondition)
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
		meta.RemoveStatusCondition(&d.status.Conditions, v1alpha1.StoppedCondition)
	} else {
		d.setCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, d.status.StoppedReason, stoppedMessage(d.status.StoppedReason))
	}
	if !d.isUploaded() {
		return
	}
	evidence, message := d.status.UploadedReason, ""
	for _, session := range d.status.Sessions {
		uploaded := meta.FindStatusCondition(session.Conditions, v1alpha1.UploadedCondition)
		if uploaded != nil && uploaded.Status != metav1.ConditionTrue {
			d.setCondition(v1alpha1.UploadedCondition, uploaded.Status, uploaded.Reason, ofSession(session.SID, uploaded.Message))
			return
		}
		if uploaded != nil && uploaded.Reason != v1alpha1.NoRecordedDataReason {
			evidence, message = uploaded.Reason, ofSession(session.SID, uploaded.Message)
		}
	}
	switch {
	case d.status.UploadedReason == v1alpha1.NoRecordedDataReason && evidence != d.status.UploadedReason:
		// There are files, though the last session has none.
		d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, evidence, message)
	case !meta.IsStatusConditionTrue(d.status.Conditions, v1alpha1.UploadedCondition):
		d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, d.status.UploadedReason, d.uploadedMessage())
	}
}

// withholdEnd has neither Stopped nor Uploaded be true between two sessions: more is
// to come. That the session in force has ended stands in status.stoppedReason.
func (d *decider) withholdEnd() {
	meta.RemoveStatusCondition(&d.status.Conditions, v1alpha1.StoppedCondition)
	if d.isUploaded() {
		d.setCondition(v1alpha1.UploadedCondition, metav1.ConditionFalse, v1alpha1.RestartingReason, messageMoreToCome)
	}
}

// outlookOfSessions sums up what is left to do for sessions that others have
// replaced. It is empty if nothing is.
func outlookOfSessions(sessions []v1alpha1.SessionStatus) outlook {
	session := unsettledSession(sessions)
	if session == nil {
		return outlook{}
	}
	ready := meta.FindStatusCondition(session.Conditions, v1alpha1.ReadyCondition)
	if ready == nil || ready.Status == metav1.ConditionTrue {
		return outlook{}
	}
	return outlook{reason: ready.Reason, message: ofSession(session.SID, ready.Message), stalled: isStalled(session)}
}

// beginSession has another session take the place of the one in force, which is
// looked after among those that others have replaced, and keeps what troubled it.
func (d *decider) beginSession(trouble *trouble) {
	*trouble = troubleOf("", "")
	uid := nextUID(d.recording, &d.status)
	replaced := d.status.SessionStatus
	own := d.memory
	own.sessions = nil
	d.memory = memory{trigger: own.trigger, lookTrigger: own.lookTrigger, sessions: maps.Clone(d.memory.sessions)}
	d.status.Sessions = slices.Clone(d.status.Sessions)
	d.makeRoom()
	d.status.Sessions = append(d.status.Sessions, replaced)
	d.status.SessionStatus = v1alpha1.SessionStatus{
		UID:        uid,
		Conditions: slices.DeleteFunc(slices.Clone(replaced.Conditions), isOfSession),
	}
	d.followSession(&d.status.Sessions[len(d.status.Sessions)-1], d.observed.afterwards(own))
	// The request to start it is made from the status that says so.
	d.lookAt(d.observed.now.Add(time.Millisecond))
}

// dropSession has the last session be in force again: the one that was to replace
// it was never started.
func (d *decider) dropSession(trouble *trouble) {
	last := len(d.status.Sessions) - 1
	d.status.SessionStatus = d.status.Sessions[last]
	d.status.Sessions = slices.Clone(d.status.Sessions[:last])
	sessions := d.memory.sessions
	d.memory = sessions[d.status.SID]
	delete(sessions, d.status.SID)
	d.memory.sessions = sessions
	*trouble = carriedTrouble(d.status)
	d.notice()
	d.lookAt(d.observed.now.Add(time.Millisecond))
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

// nextUID returns the user ID of the session after the one in force: spec.uid and the
// alternate ones take turns, without those whose recorders are not known to have
// ended. It is empty if there is none.
func nextUID(recording *v1alpha1.CloudRecording, status *v1alpha1.CloudRecordingStatus) string {
	uids := append([]string{recording.Spec.UID}, recording.Spec.Start.AlternateUIDs...)
	current := slices.Index(uids, uidOf(recording.Spec.UID, &status.SessionStatus))
	isTaken := func(uid string) bool {
		return slices.ContainsFunc(status.Sessions, func(session v1alpha1.SessionStatus) bool {
			return uidOf(recording.Spec.UID, &session) == uid && !hasEnded(&session)
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
	return slices.ContainsFunc(d.status.Sessions, func(session v1alpha1.SessionStatus) bool {
		ready := meta.FindStatusCondition(session.Conditions, v1alpha1.ReadyCondition)
		return !hasEnded(&session) && ready != nil && ready.Status == metav1.ConditionTrue && ready.Reason == v1alpha1.RecordingReason
	})
}
