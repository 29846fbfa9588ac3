// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
)

// action is the one thing that a reconcile does after it has recorded.
type action string

const (
	// actionNone waits for a change or for the time to look again.
	actionNone action = "None"

	// actionAddFinalizer makes sure that the object cannot go unnoticed.
	actionAddFinalizer action = "AddFinalizer"

	// actionQuery asks Agora how the recording is.
	actionQuery action = "Query"

	// actionAcquire asks Agora for a resource ID to start the recording with.
	actionAcquire action = "Acquire"

	// actionStart starts the recording.
	actionStart action = "Start"

	// actionUpdate tells Agora of changes to a recording that runs.
	actionUpdate action = "Update"

	// actionUpdateLayout tells Agora of another layout.
	actionUpdateLayout action = "UpdateLayout"

	// actionStop ends the recording.
	actionStop action = "Stop"

	// actionLook looks for the recorded files in the bucket.
	actionLook action = "Look"

	// actionRelease removes the finalizer, so that the object goes.
	actionRelease action = "Release"
)

// isCall says whether the action is a call to Agora.
func (a action) isCall() bool {
	switch a {
	case actionAcquire, actionStart, actionQuery, actionUpdate, actionUpdateLayout, actionStop:
		return true
	default:
		return false
	}
}

// decision is what a reconcile records and does.
type decision struct {
	// status is what is known now.
	status v1alpha1.CloudRecordingStatus

	// memory is what to remember beside it.
	memory memory

	action action

	// priority is the need of a call.
	priority budget.Priority

	// timeout bounds a call more closely than its method does; zero if it need not.
	timeout time.Duration

	// polls says that the recording is looked after again and again.
	polls bool

	// returns says that a call follows when its time has come.
	returns bool

	// updates are the parts that an update carries.
	updates []part

	// session is the sid of the session that the action is for, if it is not the
	// one in force.
	session string

	// unlisted are names of files for which the status has no room, or no session.
	unlisted []string

	// announcements are events to send beside those of the conditions.
	announcements []announcement

	// lookAgain is when to reconcile again if nothing happens before; zero for never.
	lookAgain time.Time
}

// isDone says that the recording is over and that no time is to come at
// which anything is to be done.
func (d decision) isDone() bool {
	return d.action == actionNone && d.lookAgain.IsZero() && isOver(d.status.Phase)
}

// decide says what to record of a recording, and what to do next. It calls
// nothing and keeps nothing.
func decide(recording *v1alpha1.CloudRecording, observed observation, settings Settings) decision {
	d := decider{
		recording: recording,
		observed:  observed.aboutSessionInForce(recording),
		settings:  settings,
		decision: decision{
			status: *recording.Status.DeepCopy(),
			memory: observed.memory,
			action: actionNone,
		},
	}
	d.hasNews = d.observed.hasNews()
	d.unlisted = observed.filesOfNone(recording)
	trouble := d.learnAll()
	d.noticeFirstStart()
	d.noticeDeadlines()
	d.concludeNothingInChannel()
	d.noticeStart()
	d.followSessions(observed)
	d.noticeUpdates(&trouble)
	d.next(&trouble)
	d.noteTurns()
	d.noticeUnexpected(&trouble)
	d.attendSessions()
	d.summarize(trouble)
	d.withholdParameters()
	return d.decision
}

// learnAll adds what was observed to the status, and returns what keeps the
// operator from its work.
func (d *decider) learnAll() (trouble trouble) {
	d.identify()
	d.notice()
	d.noticeStorage()
	for _, event := range d.observed.events {
		d.learnStartEvent(event)
		if d.isAbout(event) {
			d.learnEvent(event)
		}
	}
	if d.observed.answer != nil {
		trouble = d.learn(*d.observed.answer)
	} else if d.status.SID == d.recording.Status.SID {
		trouble = carriedTrouble(d.recording.Status)
	}
	if d.observed.looked != nil {
		d.learnLook(*d.observed.looked)
	}
	d.noticeNames()
	d.concludeNotified()
	d.noticeMigrations()
	return trouble
}

// decider carries a decision while it is made.
type decider struct {
	recording *v1alpha1.CloudRecording
	observed  observation
	settings  Settings
	decision

	// hasNews says that something was learnt of a session that is not recorded yet.
	hasNews bool

	// changes is what Agora is to be told of.
	changes changes

	// completed says that something was taken for sent of which nothing is known.
	completed bool

	// others are what was decided for the sessions that others have replaced.
	others []sessionDecision
}

// identify notes which recording is in force.
func (d *decider) identify() {
	identity := identityOf(d.recording)
	d.status.ResourceID, d.status.SID = identity.ResourceID, identity.SID
	// Somebody else may have written the conditions.
	d.status.StoppedReason, d.status.UploadedReason = reasonOfEnd(&d.status.SessionStatus), evidenceOf(&d.status.SessionStatus)
	if d.isStopped() && d.status.StoppedTime == nil {
		// All deadlines count from this time.
		d.status.StoppedTime = d.stamp()
	}
}

// notice lifts the wait for the next call if somebody changed something.
func (d *decider) notice() {
	current := trigger{
		generation:         d.recording.Generation,
		reconcileAt:        d.recording.Annotations[v1alpha1.ReconcileAtAnnotation],
		credentialsVersion: d.observed.credentialsVersion,
		startVersion:       d.observed.startVersion,
	}
	switch d.memory.trigger {
	case current:
		return
	case trigger{}:
		d.memory.notBefore = d.resume()
	default:
		d.memory.notBefore = time.Time{}
		d.memory.retrying = true
	}
	d.memory.trigger = current
}

// resume returns when the first call after a restart is due: what was due then
// must not come all at once.
func (d *decider) resume() time.Time {
	switch {
	case d.owesStop():
		return time.Time{}
	case d.isStopped():
		return d.nextUploadCheck()
	case d.wantsStop() || d.status.ServiceStatus == nil:
		return time.Time{}
	default:
		return d.observed.leadingSince.Add(firstPoll(d.recording.UID, d.pollInterval()))
	}
}

// next chooses the action, by what is wanted and how far things are.
func (d *decider) next(trouble *trouble) {
	recording := d.recording
	switch {
	case isDeleting(recording) && !controllerutil.ContainsFinalizer(recording, v1alpha1.StopFinalizer):
		// Somebody else's finalizer keeps it; there is nothing left to do here.
	case isDeleting(recording) && recording.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan:
		d.action = actionRelease
	case !controllerutil.ContainsFinalizer(recording, v1alpha1.StopFinalizer):
		d.action = actionAddFinalizer
	case d.isToRestart():
		d.nextToRestart(trouble)
	case d.isStopped():
		d.nextAfterStop()
	case d.neverStarted() && d.wantsStop():
		d.nextWithoutStart(trouble)
	case d.neverStarted() && d.beginsNothing():
		d.nextUnbegun(trouble)
	case isSuspended(recording):
		// No calls, by the user's wish.
	case d.observed.credentialsProblem != "":
		d.withoutCredentials(trouble)
	default:
		d.nextCall(trouble)
	}
}

// nextCall chooses what to ask Agora for, where it may be asked for anything.
func (d *decider) nextCall(trouble *trouble) {
	switch {
	case d.awaitsStart():
		d.nextToStart(trouble)
	case d.wantsStop():
		d.nextToStop()
	case d.handsOver() && d.observed.underway == nil:
		d.beginSession(trouble)
	default:
		d.nextPoll()
	}
}

// withoutCredentials waits for the Secret. Its appearance is watched; looking
// now and then is for what a watch may miss.
func (d *decider) withoutCredentials(trouble *trouble) {
	d.standStill(trouble, troubleOf(v1alpha1.CredentialsNotFoundReason, d.observed.credentialsProblem))
}

// standStill waits for somebody to mend what keeps a call from being made: what
// was changed has not mended it, and nothing is being tried.
func (d *decider) standStill(current *trouble, met trouble) {
	d.lookAt(d.observed.now.Add(slowRetry))
	d.memory.retrying = false
	*current = met
}

// nextToStop ends a recording: it saves what is known, notes the wish, stops.
func (d *decider) nextToStop() {
	if d.waitsForCall() {
		return
	}
	if d.status.StopRequestedTime != nil {
		d.call(actionStop, d.stopPriority(), d.memory.notBefore)
		return
	}
	// Nothing that happened before the wish may hold it up.
	d.memory.notBefore = time.Time{}
	if !d.knowsFiles() && !d.memory.snapshotTried {
		d.call(actionQuery, d.stopPriority(), d.memory.notBefore)
		d.timeout = snapshotTimeout
		return
	}
	d.status.StopRequestedTime = d.stamp()
	d.call(actionStop, d.stopPriority(), d.memory.notBefore)
}

// waitsForCall says whether a call is under way that a stop must wait for: a
// stop, or for a moment a query.
func (d *decider) waitsForCall() bool {
	underway := d.observed.underway
	if underway == nil {
		return false
	}
	if underway.method == agora.MethodStop || (underway.elsewhere && underway.method != agora.MethodQuery) {
		return true
	}
	if isUpdate(underway.method) {
		// It is of no use any more.
		return false
	}
	patience := underway.since.Add(snapshotTimeout)
	if patience.After(d.observed.now) {
		d.lookAt(patience)
		return true
	}
	d.memory.snapshotTried = d.memory.snapshotTried || !underway.elsewhere
	return false
}

// knowsFiles says whether the file list is fresh enough to stop without
// another look.
func (d *decider) knowsFiles() bool {
	return !d.memory.lastQueried.IsZero() &&
		d.observed.now.Sub(d.memory.lastQueried) <= 2*d.settings.PollInterval
}

// nextPoll looks after a recording that is wanted to run.
func (d *decider) nextPoll() {
	d.polls = true
	if d.observed.underway != nil {
		return
	}
	if d.nextUpdate(); d.action != actionNone {
		return
	}
	priority := budget.Poll
	if d.status.NotFoundSince != nil || d.isComingUp() {
		priority = budget.Confirm
	}
	d.call(actionQuery, priority, d.memory.notBefore)
}

// pollInterval returns how often the recording is looked after: less often where
// many share an account.
func (d *decider) pollInterval() time.Duration {
	return max(d.settings.PollInterval, d.observed.pollInterval)
}

// nextAfterStop follows the upload of a recording that has ended, and lets a
// deleted object go.
func (d *decider) nextAfterStop() {
	if d.observed.underway != nil {
		// What it brings may be the last that is ever known.
		return
	}
	awaitsStop := d.nextOfUnfound()
	if d.action != actionNone {
		return
	}
	if isDeleting(d.recording) && !awaitsStop && (!d.observed.now.Before(d.deletionDeadline()) || (d.isUploaded() && !d.observed.looking)) {
		d.action = actionRelease
		return
	}
	if d.isUploaded() && !d.needsLook() {
		return
	}
	d.lookAt(d.confirmDeadline(), d.deletionDeadline())
	if !d.observed.looking {
		d.nextLook()
	}
	if d.action != actionNone || d.isUploaded() || d.sinceStop() >= backupKept {
		return
	}
	if d.canAskAfterStop() {
		d.call(actionQuery, budget.Confirm, d.memory.notBefore)
	}
	d.lookAt(d.nextUploadCheck())
}

// canAskAfterStop says whether Agora may still answer for the recorder: once it
// has said that there is none, no call can tell anything more.
func (d *decider) canAskAfterStop() bool {
	return d.status.NotFoundSince == nil &&
		d.observed.credentialsProblem == "" &&
		!isSuspended(d.recording) &&
		d.observed.now.Before(d.confirmDeadline())
}

// nextUploadCheck returns when the next look at the upload is due.
func (d *decider) nextUploadCheck() time.Time {
	shortest, longest := d.settings.UploadRecheckMin, d.settings.UploadRecheckMax
	if !d.observed.now.Before(d.confirmDeadline()) {
		shortest, longest = lateRecheck, lateRecheck
	}
	return d.stoppedTime().Add(nextUploadCheck(d.sinceStop(), shortest, longest))
}

// confirmDeadline is when evidence of the upload begins to be overdue.
func (d *decider) confirmDeadline() time.Time {
	return d.stoppedTime().Add(confirmTimeout(d.recording))
}

// deletionDeadline is when a deletion stops waiting for evidence; zero if the
// object is not being deleted.
func (d *decider) deletionDeadline() time.Time {
	if !isDeleting(d.recording) {
		return time.Time{}
	}
	begin := later(d.stoppedTime(), d.recording.DeletionTimestamp.Time)
	deadline := begin.Add(deletionTimeout(d.recording))
	return earlier(deadline, d.confirmDeadline())
}

// call makes a call if its time has come, and looks again then if not.
func (d *decider) call(action action, priority budget.Priority, notBefore time.Time) {
	if notBefore.After(d.observed.now) {
		d.returns = true
		d.lookAt(notBefore)
		return
	}
	d.action = action
	d.priority = priority
	d.memory.calledWith = d.memory.trigger
}

// lookAt looks again at the earliest of the times that are still to come.
func (d *decider) lookAt(times ...time.Time) {
	for _, t := range times {
		if t.After(d.observed.now) && (d.lookAgain.IsZero() || t.Before(d.lookAgain)) {
			d.lookAgain = t
		}
	}
}

// wantsStop says whether the recording is wanted to end, by somebody or since it
// has gone on for as long as it may.
func (d *decider) wantsStop() bool {
	return wantsStopFor(d.recording, d.status.StopReason)
}

// isStopped says whether the session in force is known to have ended.
func (d *decider) isStopped() bool { return hasEnded(&d.status.SessionStatus) }

// isUploaded says whether there is evidence that the files of the session in force
// are in the bucket.
func (d *decider) isUploaded() bool { return hasUploaded(&d.status.SessionStatus) }

func (d *decider) stoppedTime() time.Time {
	if d.status.StoppedTime == nil {
		return d.observed.now
	}
	return d.status.StoppedTime.Time
}

func (d *decider) sinceStop() time.Duration {
	return d.observed.now.Sub(d.stoppedTime())
}

// stamp returns the present time as a status holds it.
func (d *decider) stamp() *metav1.Time {
	return &metav1.Time{Time: d.observed.now.Truncate(time.Second)}
}

// earliest returns the earlier of two times, of which one may be zero.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
