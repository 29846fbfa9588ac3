// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/notifications"
)

// observation is all that decide looks at beside the object itself.
type observation struct {
	now time.Time

	// leadingSince is when this process began to reconcile.
	leadingSince time.Time

	// answer is what the last call brought and what is not recorded yet; nil if nothing.
	answer *agora.Answer

	// answerSession is the sid of the session that it is about; empty while that
	// has none.
	answerSession string

	// answerResource is the resource ID that the call was made with; empty for acquire.
	answerResource string

	// askedAt is when the call began that the answer is to.
	askedAt time.Time

	// underway is the call that runs now; nil if none does.
	underway *underway

	// credentialsProblem says why there are no credentials; empty if there are.
	credentialsProblem string

	// credentialsVersion changes whenever the credentials do.
	credentialsVersion string

	// startProblem says why the recording cannot be started; empty if it can.
	startProblem string

	// startInvalid says that the problem is in the spec, rather than in a Secret.
	startInvalid bool

	// startVersion changes whenever what is secret of the start does.
	startVersion string

	// unprotected is a Secret of the start that may go before the recording is stopped.
	unprotected unprotectedSecret

	// parameters are what can be changed while the recording runs.
	parameters observedParameters

	// pollInterval is how often a recording of its account can be polled at the most.
	pollInterval time.Duration

	// events are Agora's notifications that are not recorded yet, the oldest first.
	events []notifications.Event

	// looked is what the last look into the bucket brought and what is not
	// recorded yet; nil if nothing. looking says that one is under way.
	looked  *look
	looking bool

	// lookedSession is the sid of the session that was looked for.
	lookedSession string

	// storageProblem says why there is no key for the bucket; empty if there is one.
	storageProblem string

	// storageVersion changes whenever the key for the bucket does.
	storageVersion string

	// shard is the name of the shard whose operator looks after the recording.
	shard string

	// byLabels says that labels decide whose the recording is.
	byLabels bool

	// departed says that its labels do not match any more.
	departed bool

	// otherFiles is the room that the files of other sessions take in the status.
	otherFiles fileSizes

	memory memory
}

// hasNews says whether anything was learnt that is not recorded yet.
func (o observation) hasNews() bool {
	return o.answer != nil || o.looked != nil || len(o.events) > 0
}

// underway is a call to Agora whose answer has not come yet.
type underway struct {
	method agora.Method
	since  time.Time
	// session is the sid of the session that it is about; empty while that has none.
	session string
	// elsewhere says that it is about another session than the one that is decided on.
	elsewhere bool
}

// aboutSessionInForce returns what was observed of the session in force. Events of
// unknown sids stay: one of them may tell of its start.
func (o observation) aboutSessionInForce(recording *v1alpha1.CloudRecording) observation {
	if len(recording.Status.Sessions) > 0 {
		o.otherFiles = sizeOfSessions(recording.Status.Sessions)
	}
	own := identityOf(recording).SID
	isReplaced := func(sid string) bool { return sid != "" && sid != own && sessionOf(recording, sid) != nil }
	if o.answer != nil && isReplaced(o.answer.SID) {
		// A start that was answered so late that its session was replaced meanwhile. It
		// says nothing of this one, which is tried again after a while.
		o.answer = &agora.Answer{Method: o.answer.Method, HTTPStatus: o.answer.HTTPStatus, Reason: "the answer is about another recording"}
	}
	events := slices.DeleteFunc(slices.Clone(o.events), func(event notifications.Event) bool { return isReplaced(event.SID) })
	o = o.about(func(sid string) bool { return sid == "" || sid == own })
	o.events = events
	return o
}

// filesOfNone returns the names of files that were observed of none of a recording's
// sessions: one may have left the status meanwhile.
func (o observation) filesOfNone(recording *v1alpha1.CloudRecording) (names []string) {
	sids := sidsOf(recording)
	isOfNone := func(sid string) bool { return sid != "" && len(sids) > 0 && !slices.Contains(sids, sid) }
	if o.answer != nil && isOfNone(o.answerSession) {
		names = append(names, fileNamesOf(o.answer.Report.Files)...)
	}
	for _, event := range o.events {
		if isOfNone(event.SID) {
			names = append(names, fileNamesOf(event.Files)...)
		}
	}
	return names
}

// aboutSession returns what was observed of a session that another has replaced.
func (o observation) aboutSession(sid string) observation {
	o.memory = o.memory.sessions[sid]
	// What starts a session says nothing of those before.
	o.startVersion = o.memory.trigger.startVersion
	return o.about(func(other string) bool { return other == sid })
}

// afterwards returns what is left of what was observed once that was learnt from it.
func (o observation) afterwards(memory memory) observation {
	o.memory = memory
	o.answer, o.looked, o.events = nil, nil, nil
	return o
}

// about leaves out what was observed of other sessions.
func (o observation) about(isMeant func(sid string) bool) observation {
	if !isMeant(o.answerSession) {
		o.answer = nil
	}
	if o.underway != nil {
		underway := *o.underway
		underway.elsewhere = !isMeant(underway.session)
		o.underway = &underway
	}
	if !isMeant(o.lookedSession) {
		o.looked = nil
	}
	var events []notifications.Event
	for _, event := range o.events {
		if isMeant(event.SID) {
			events = append(events, event)
		}
	}
	o.events = events
	return o
}

// memory is what the operator keeps of a recording between two reconciles and
// can do without after a restart.
type memory struct {
	// lastQueried is when the file list was last read; zero if never.
	lastQueried time.Time

	// snapshotTried says that the query before the stop was answered, well or badly.
	snapshotTried bool

	// failures counts the calls that failed since the last that did not, or that
	// found no recorder.
	failures int

	// notFound is what is remembered of the answers that there is no such recorder.
	notFound notFoundMemory

	// notBefore is when the next call may be made at the earliest.
	notBefore time.Time

	// startsKnown says that each start since status.startRequestedTime was set was
	// answered, and that none took effect.
	startsKnown bool

	// startLostAt is when the last start was called that may have taken effect.
	startLostAt time.Time

	// trigger is what was wanted and given when notBefore was set. Whatever
	// changes in it is worth a call at once.
	trigger trigger

	// calledWith is what was wanted and given when the last call began.
	calledWith trigger

	// retrying says that something changed and that no answer has come since.
	retrying bool

	// running counts the answers in a row that the recorder is at work though
	// it was taken to have ended.
	running int

	// lookNotBefore is when the bucket may be looked into next at the earliest,
	// and lookTrigger what was wanted and given when that was set.
	lookNotBefore time.Time
	lookTrigger   trigger

	// looked says that the bucket was looked into since lookTrigger changed.
	looked bool

	// lastProgress is when the newest notified progress of the upload was stated.
	lastProgress time.Time

	// updates is what was tried of the updates that are wanted.
	updates updateMemory

	// sessions holds the same for the sessions that others have replaced, by their sids.
	sessions map[string]memory
}

// trigger holds what a person can change to make a call worth trying at once.
type trigger struct {
	generation         int64
	reconcileAt        string
	credentialsVersion string
	startVersion       string
}
