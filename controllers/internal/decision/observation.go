// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/capacity"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/notifications"
)

// Observation is all that decide looks at beside the object itself.
type Observation struct {
	Now time.Time

	// LeadingSince is when this process began to reconcile.
	LeadingSince time.Time

	// Answer is what the last call brought and what is not recorded yet; nil if nothing.
	Answer *agora.Answer

	// AnswerSession is the sid of the session that it is about; empty while that
	// has none.
	AnswerSession string

	// AnswerResource is the resource ID that the call was made with; empty for acquire.
	AnswerResource string

	// AskedAt is when the call began that the answer is to.
	AskedAt time.Time

	// InFlight is the call that runs now; nil if none does.
	InFlight *InFlight

	// Profile is what the profile brings that the recording awaits.
	Profile ObservedProfile

	// CredentialsProblem says why there are no credentials; empty if there are.
	CredentialsProblem string

	// CredentialsVersion changes whenever the credentials do.
	CredentialsVersion string

	// StartProblem says why the recording cannot be started; empty if it can.
	StartProblem string

	// StartInvalid says that the problem is in the spec, rather than in a Secret.
	StartInvalid bool

	// CertificateInvalid says that the problem is in the App Certificate.
	CertificateInvalid bool

	// MintsToken says that a start gets a token which is minted for the session.
	MintsToken bool

	// StartVersion changes whenever what is secret of the start does.
	StartVersion string

	// Unprotected is a Secret of the start that may go before the recording is stopped.
	Unprotected UnprotectedSecret

	// Parameters are what can be changed while the recording runs.
	Parameters ObservedParameters

	// Place says whether there is room for another session, where one may be started.
	Place capacity.Place

	// PollInterval is how often a recording of its account can be polled at the most.
	PollInterval time.Duration

	// Events are Agora's notifications that are not recorded yet, the oldest first.
	Events []notifications.Event

	// Verification is what the last look into the bucket brought and what is not
	// recorded yet; nil if nothing. looking says that one is under way.
	Verification *Verification
	Verifying    bool

	// VerificationSession is the sid of the session that was looked for.
	VerificationSession string

	// StorageProblem says why there is no key for the bucket; empty if there is one.
	StorageProblem string

	// StorageVersion changes whenever the key for the bucket does.
	StorageVersion string

	// Shard is the name of the shard whose operator looks after the recording.
	Shard string

	// ByLabels says that labels decide whose the recording is.
	ByLabels bool

	// Departed says that its labels do not match any more.
	Departed bool

	// otherFiles is the room that the files of other sessions take in the status.
	otherFiles bounds.FileSizes

	Memory Memory
}

// HasNews says whether anything was learnt that is not recorded yet.
func (o Observation) HasNews() bool {
	return o.Answer != nil || o.Verification != nil || len(o.Events) > 0
}

// InFlight is a call to Agora whose answer has not come yet.
type InFlight struct {
	Method agora.Method
	Since  time.Time
	// Session is the sid of the session that it is about; empty while that has none.
	Session string
	// elsewhere says that it is about another session than the one that is decided on.
	elsewhere bool
}

// ofCurrentSession returns what was observed of the current session. Events of
// unknown sids stay: one of them may tell of its start.
func (o Observation) ofCurrentSession(recording *v1alpha1.CloudRecording) Observation {
	if len(recording.Status.Sessions) > 0 {
		o.otherFiles = bounds.SizeOfSessions(recording.Status.Sessions)
	}
	own := lifecycle.IdentityOf(recording).SID
	isReplaced := func(sid string) bool { return sid != "" && sid != own && lifecycle.SessionOf(recording, sid) != nil }
	if o.Answer != nil && isReplaced(o.Answer.SID) {
		// A start that was answered so late that its session was replaced meanwhile. It
		// says nothing of this one, which is tried again after a while.
		o.Answer = &agora.Answer{Method: o.Answer.Method, HTTPStatus: o.Answer.HTTPStatus, Reason: "the answer is about another recording"}
	}
	events := slices.DeleteFunc(slices.Clone(o.Events), func(event notifications.Event) bool { return isReplaced(event.SID) })
	o = o.about(func(sid string) bool { return sid == "" || sid == own })
	o.Events = events
	return o
}

// filesOfNone returns the names of files that were observed of none of a recording's
// sessions: one may have left the status meanwhile.
func (o Observation) filesOfNone(recording *v1alpha1.CloudRecording) (names []string) {
	sids := lifecycle.SIDsOf(recording)
	isOfNone := func(sid string) bool { return sid != "" && len(sids) > 0 && !slices.Contains(sids, sid) }
	if o.Answer != nil && isOfNone(o.AnswerSession) {
		names = append(names, bounds.FileNames(o.Answer.Report.Files)...)
	}
	for _, event := range o.Events {
		if isOfNone(event.SID) {
			names = append(names, bounds.FileNames(event.Files)...)
		}
	}
	return names
}

// aboutSession returns what was observed of a previous session.
func (o Observation) aboutSession(sid string) Observation {
	o.Memory = o.Memory.sessions[sid]
	// What starts a session says nothing of those before.
	o.StartVersion = o.Memory.Trigger.StartVersion
	return o.about(func(other string) bool { return other == sid })
}

// afterwards returns what is left of what was observed once that was learnt from it.
func (o Observation) afterwards(memory Memory) Observation {
	o.Memory = memory
	o.Answer, o.Verification, o.Events = nil, nil, nil
	return o
}

// about leaves out what was observed of other sessions.
func (o Observation) about(isMeant func(sid string) bool) Observation {
	if !isMeant(o.AnswerSession) {
		o.Answer = nil
	}
	if o.InFlight != nil {
		inFlight := *o.InFlight
		inFlight.elsewhere = !isMeant(inFlight.Session)
		o.InFlight = &inFlight
	}
	if !isMeant(o.VerificationSession) {
		o.Verification = nil
	}
	var events []notifications.Event
	for _, event := range o.Events {
		if isMeant(event.SID) {
			events = append(events, event)
		}
	}
	o.Events = events
	return o
}

// Memory is what the operator keeps of a recording between two reconciles and
// can do without after a restart.
type Memory struct {
	// LastQueried is when the file list was last read; zero if never.
	LastQueried time.Time

	// SnapshotTried says that the query before the stop was answered, well or badly.
	SnapshotTried bool

	// failures counts the calls that failed since the last that did not, or that
	// found no recorder.
	failures int

	// notFound is what is remembered of the answers that there is no such recorder.
	notFound notFoundMemory

	// notBefore is when the next call may be made at the earliest.
	notBefore time.Time

	// StartsKnown says that each start since status.startRequestedTime was set was
	// answered, and that none took effect.
	StartsKnown bool

	// startLostAt is when the last start was called that may have taken effect.
	startLostAt time.Time

	// Trigger is what was wanted and given when notBefore was set. Whatever
	// changes in it is worth a call at once.
	Trigger Trigger

	// calledWith is what was wanted and given when the last call began.
	calledWith Trigger

	// retrying says that something changed and that no answer has come since.
	retrying bool

	// running counts the answers in a row that the recorder is at work though
	// it was taken to have ended.
	running int

	// verifyNotBefore is when the bucket may be looked into next at the earliest,
	// and VerifyTrigger what was wanted and given when that was set.
	verifyNotBefore time.Time
	VerifyTrigger   Trigger

	// verified says that the bucket was looked into since VerifyTrigger changed.
	verified bool

	// lastProgress is when the newest notified progress of the upload was stated.
	lastProgress time.Time

	// updates is what was tried of the updates that are wanted.
	updates updateMemory

	// sessions holds the same for the previous sessions, by their sids.
	sessions map[string]Memory
}

// Trigger holds what a person can change to make a call worth trying at once.
type Trigger struct {
	Generation         int64
	reconcileAt        string
	CredentialsVersion string
	StartVersion       string
}

// ObservedParameters is what is observed of the parts that Agora can change.
type ObservedParameters struct {
	// Read says that they were looked at.
	Read bool

	// Fingerprints are those of what the spec and the Secrets say.
	Fingerprints clientrequest.Fingerprints

	// Problems say why a part cannot be sent; empty where it can.
	Problems [clientrequest.Sections]string

	// PublishingSecret is the name of the Secret with the CDN address.
	PublishingSecret string

	// Address is the same as long as the CDN address is, also when the account's
	// secret changes. It is for the memory alone.
	Address string
}
