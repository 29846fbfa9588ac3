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

// Observation is everything that Decide looks at in addition to the object.
type Observation struct {
	Now time.Time

	// LeadingSince is when this process began to reconcile.
	LeadingSince time.Time

	// Answer is the answer to the last call if it is not recorded yet, or nil.
	Answer *agora.Answer

	// AnswerSession is the sid of the session that the answer is about. It is empty while that
	// has none.
	AnswerSession string

	// AnswerResource is the resource ID that the call was made with. It is empty for acquire.
	AnswerResource string

	// AskedAt is when the answered call began.
	AskedAt time.Time

	// InFlight is the call in progress, or nil.
	InFlight *InFlight

	// Profile is what the profile that the recording awaits gives to it.
	Profile ObservedProfile

	// CredentialsProblem says why there are no credentials. It is empty if there are.
	CredentialsProblem string

	// CredentialsVersion changes whenever the credentials do.
	CredentialsVersion string

	// StartProblem says why the recording cannot be started. It is empty if it can.
	StartProblem string

	// StartInvalid means that the problem is in the spec, rather than in a Secret.
	StartInvalid bool

	// CertificateInvalid means that the problem is in the App Certificate.
	CertificateInvalid bool

	// MintsToken means that a start gets a token that is minted for the session.
	MintsToken bool

	// StartVersion changes whenever the secret values of the start do.
	StartVersion string

	// Unprotected is a Secret of the start that may be deleted before the recording is
	// stopped.
	Unprotected UnprotectedSecret

	// Parameters are what can be changed while the recording runs.
	Parameters ObservedParameters

	// Place says whether there is room for another session, if one may be started.
	Place capacity.Place

	// PollInterval is the shortest interval at which a recording of the account can be polled.
	PollInterval time.Duration

	// Events are Agora's notifications that are not recorded yet, the oldest first.
	Events []notifications.Event

	// Verification is the result of the last check of the bucket if it is not recorded yet, or
	// nil. Verifying means that a check is in progress.
	Verification *Verification
	Verifying    bool

	// VerificationSession is the sid of the session whose files were looked for.
	VerificationSession string

	// StorageProblem says why there is no key for the bucket. It is empty if there is one.
	StorageProblem string

	// StorageVersion changes whenever the key for the bucket does.
	StorageVersion string

	// Shard is the name of the shard whose operator looks after the recording.
	Shard string

	// ByLabels means that labels decide which operator looks after the recording.
	ByLabels bool

	// Departed means that the recording's labels no longer match.
	Departed bool

	// otherFiles is the room that the files of other sessions take in the status.
	otherFiles bounds.FileSizes

	Memory Memory
}

// HasNews reports whether anything was learned that is not recorded yet.
func (o Observation) HasNews() bool {
	return o.Answer != nil || o.Verification != nil || len(o.Events) > 0
}

// InFlight is a call to Agora that has not been answered yet.
type InFlight struct {
	Method agora.Method
	Since  time.Time
	// Session is the sid of the session that the call is about. It is empty while that has
	// none.
	Session string
	// elsewhere means that the call is about a different session from the one that is decided
	// on.
	elsewhere bool
}

// ofCurrentSession returns what was observed about the current session. Events with unknown
// sids stay: one of them may report its start.
func (o Observation) ofCurrentSession(recording *v1alpha1.CloudRecording) Observation {
	if len(recording.Status.Sessions) > 0 {
		o.otherFiles = bounds.SizeOfSessions(recording.Status.Sessions)
	}
	own := lifecycle.IdentityOf(recording).SID
	isReplaced := func(sid string) bool { return sid != "" && sid != own && lifecycle.SessionOf(recording, sid) != nil }
	if o.Answer != nil && isReplaced(o.Answer.SID) {
		// The start was answered so late that its session has been replaced. The answer says
		// nothing about the current session, which is tried again after a while.
		o.Answer = &agora.Answer{Method: o.Answer.Method, HTTPStatus: o.Answer.HTTPStatus, Reason: "the answer is about another recording"}
	}
	events := slices.DeleteFunc(slices.Clone(o.Events), func(event notifications.Event) bool { return isReplaced(event.SID) })
	o = o.about(func(sid string) bool { return sid == "" || sid == own })
	o.Events = events
	return o
}

// filesOfNone returns the names of observed files that belong to none of a recording's
// sessions: a session may have left the status.
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

// aboutSession returns what was observed about a previous session.
func (o Observation) aboutSession(sid string) Observation {
	o.Memory = o.Memory.sessions[sid]
	// What starts a session says nothing about previous ones.
	o.StartVersion = o.Memory.Trigger.StartVersion
	return o.about(func(other string) bool { return other == sid })
}

// afterwards returns what remains of an observation once the memory was learned from it.
func (o Observation) afterwards(memory Memory) Observation {
	o.Memory = memory
	o.Answer, o.Verification, o.Events = nil, nil, nil
	return o
}

// about leaves out what was observed about other sessions.
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

// Memory is what the operator remembers about a recording between two reconciles. It can do
// without that after a restart.
type Memory struct {
	// LastQueried is when the file list was last read, or zero if it never was.
	LastQueried time.Time

	// SnapshotTried means that the query before the stop was answered, successfully or not.
	SnapshotTried bool

	// failures counts the calls that have failed since the last one that succeeded or found no
	// recorder.
	failures int

	// notFound is what is remembered about answers that there is no such recorder.
	notFound notFoundMemory

	// notBefore is the earliest time for the next call.
	notBefore time.Time

	// StartsKnown means that each start since status.startRequestedTime was set has been
	// answered, and that none took effect.
	StartsKnown bool

	// startLostAt is when the last start was called that may have taken effect.
	startLostAt time.Time

	// Trigger is what people had set when notBefore was set. Any change to it is worth a call
	// at once.
	Trigger Trigger

	// calledWith is what people had set when the last call began.
	calledWith Trigger

	// retrying means that something has changed and no answer has come since.
	retrying bool

	// running counts the answers in a row that the recorder is at work, although it was taken
	// to have ended.
	running int

	// verifyNotBefore is the earliest time for the next check of the bucket, and VerifyTrigger
	// is what people had set when that time was set.
	verifyNotBefore time.Time
	VerifyTrigger   Trigger

	// verified means that the bucket was checked since VerifyTrigger changed.
	verified bool

	// lastProgress is the time of the newest upload progress that was notified.
	lastProgress time.Time

	// updates is what has been tried of the pending updates.
	updates updateMemory

	// sessions holds the memory of each previous session, by its sid.
	sessions map[string]Memory
}

// Trigger holds what a person can change to make a call worth trying at once.
type Trigger struct {
	Generation         int64
	reconcileAt        string
	CredentialsVersion string
	StartVersion       string
}

// ObservedParameters is what was observed about the parts that Agora can change.
type ObservedParameters struct {
	// Read means that they were looked at.
	Read bool

	// Fingerprints are the fingerprints of what the spec and the Secrets say.
	Fingerprints clientrequest.Fingerprints

	// Problems say why a part cannot be sent. They are empty for parts that can.
	Problems [clientrequest.Sections]string

	// PublishingSecret is the name of the Secret with the CDN address.
	PublishingSecret string

	// Address stays the same as long as the CDN address does, even if the account's secret
	// changes. It is only for the memory.
	Address string
}
