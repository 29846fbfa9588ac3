// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// Action is the one thing that a reconcile does after it has recorded.
type Action string

const (
	// ActionNone waits for a change or for the time to look again.
	ActionNone Action = "None"

	// ActionAddFinalizer makes sure that the object cannot go unnoticed.
	ActionAddFinalizer Action = "AddFinalizer"

	// ActionQuery asks Agora how the recording is.
	ActionQuery Action = "Query"

	// ActionAcquire asks Agora for a resource ID to start the recording with.
	ActionAcquire Action = "Acquire"

	// ActionStart starts the recording.
	ActionStart Action = "Start"

	// ActionUpdate tells Agora of changes to a recording that runs.
	ActionUpdate Action = "Update"

	// ActionUpdateLayout tells Agora of another layout.
	ActionUpdateLayout Action = "UpdateLayout"

	// ActionStop ends the recording.
	ActionStop Action = "Stop"

	// ActionVerify looks for the recorded files in the bucket.
	ActionVerify Action = "Look"

	// ActionRelease removes the finalizer, so that the object goes.
	ActionRelease Action = "Release"
)

// IsCall says whether the action is a call to Agora.
func (a Action) IsCall() bool {
	switch a {
	case ActionAcquire, ActionStart, ActionQuery, ActionUpdate, ActionUpdateLayout, ActionStop:
		return true
	default:
		return false
	}
}

// Decision is what a reconcile records and does.
type Decision struct {
	// Status is what is known now.
	Status v1alpha1.CloudRecordingStatus

	// Memory is what to remember beside it.
	Memory Memory

	Plan
}

// Plan is what a reconcile does once it has recorded.
type Plan struct {
	Action Action

	// Priority is the need of a call.
	Priority budget.Priority

	// Timeout bounds a call more closely than its method does; zero if it need not.
	Timeout time.Duration

	// Polls says that the recording is looked after again and again.
	Polls bool

	// Returns says that a call follows when its time has come.
	Returns bool

	// Updates are the parts that an update carries.
	Updates []clientrequest.Section

	// Session is the sid of the session that the action is for, if it is not the
	// current one.
	Session string

	// Unlisted are names of files for which the status has no room, or no session.
	Unlisted []string

	// Announcements are events to send beside those of the conditions.
	Announcements []Announcement

	// RequeueAt is when to reconcile again if nothing happens before; zero for never.
	RequeueAt time.Time

	// others are what was decided for the previous sessions.
	others []sessionDecision
}

// IsDone says that the recording is over and that no time is to come at
// which anything is to be done.
func (d Decision) IsDone() bool {
	return d.isDone(d.Status.Phase)
}

func (p Plan) isDone(phase v1alpha1.RecordingPhase) bool {
	return p.Action == ActionNone && p.RequeueAt.IsZero() && lifecycle.IsOver(phase)
}

// Target returns what the action is for: the recording, or a session of it that
// another has replaced.
func (d Decision) Target(recording *v1alpha1.CloudRecording) *v1alpha1.CloudRecording {
	if session := lifecycle.SessionOf(recording, d.Session); d.Session != "" && session != nil {
		return lifecycle.RecordingOf(recording, session)
	}
	return recording
}

// Decide says what to record of a recording, and what to do next. It calls
// nothing and keeps nothing.
func Decide(recording *v1alpha1.CloudRecording, observed Observation, settings Settings) Decision {
	working := *recording
	working.Status = *recording.Status.DeepCopy()
	memory := observed.Memory
	own := observed.ofCurrentSession(recording)
	d := decider{recording: &working, recorded: &recording.Status, observed: &own, settings: settings, memory: &memory, plan: &Plan{Action: ActionNone}}
	d.plan.Unlisted = observed.filesOfNone(recording)
	problem := d.applyObservation()
	d.recordFirstStart()
	d.enforceDeadlines()
	d.concludeNothingInChannel()
	d.detectUnwantedStart()
	hasNews := d.followSessions(observed) || own.HasNews()
	var completed bool
	d.pending, completed = d.detectUpdates(&problem)
	d.next(&problem)
	d.noteTurns()
	d.detectUnexpected(&problem)
	d.attendSessions()
	d.summarize(problem, hasNews)
	if completed {
		d.withholdParameters()
	}
	return Decision{Status: d.recording.Status, Memory: *d.memory, Plan: *d.plan}
}

// applyObservation adds what was observed to the status, and returns what keeps the
// operator from its work.
func (d *decider) applyObservation() (problem Problem) {
	d.identify()
	d.detectChanges()
	d.detectStorage()
	for _, event := range d.observed.Events {
		d.applyStartEvent(event)
		if d.isAbout(event) {
			d.applyEvent(event)
		}
	}
	if d.observed.Answer != nil {
		problem = d.applyAnswer(*d.observed.Answer)
		d.recordProblem(d.observed.Answer.Method, problem)
	} else if d.recording.Status.SID == d.recorded.SID {
		problem = carriedProblem(*d.recorded)
	}
	if d.observed.Verification != nil {
		d.applyVerification(*d.observed.Verification)
	}
	d.detectNames()
	d.concludeNotified()
	d.detectMigrations()
	return problem
}

// decider carries a decision while it is made.
type decider struct {
	recording *v1alpha1.CloudRecording
	recorded  *v1alpha1.CloudRecordingStatus
	observed  *Observation
	settings  Settings
	memory    *Memory
	plan      *Plan

	// pending is what Agora is to be told of.
	pending changes
}

// identify notes which recording is the current one.
func (d *decider) identify() {
	identity := lifecycle.IdentityOf(d.recording)
	d.recording.Status.ResourceID, d.recording.Status.SID = identity.ResourceID, identity.SID
	// Somebody else may have written the conditions.
	d.recording.Status.StoppedReason, d.recording.Status.UploadedReason = lifecycle.ReasonOfEnd(&d.recording.Status.SessionStatus), lifecycle.EvidenceOf(&d.recording.Status.SessionStatus)
	if d.isStopped() && d.recording.Status.StoppedTime == nil {
		// All deadlines count from this time.
		d.recording.Status.StoppedTime = d.stamp()
	}
}

// detectChanges lifts the wait for the next call if somebody changed something.
func (d *decider) detectChanges() {
	current := Trigger{
		Generation:         d.recording.Generation,
		reconcileAt:        d.recording.Annotations[v1alpha1.ReconcileAtAnnotation],
		CredentialsVersion: d.observed.CredentialsVersion,
		StartVersion:       d.observed.StartVersion,
	}
	switch d.memory.Trigger {
	case current:
		return
	case Trigger{}:
		d.memory.notBefore = d.resume()
	default:
		d.memory.notBefore = time.Time{}
		d.memory.retrying = true
	}
	d.memory.Trigger = current
}

// resume returns when the first call after a restart is due: what was due then
// must not come all at once.
func (d *decider) resume() time.Time {
	switch {
	case d.needsConfirmingStop():
		return time.Time{}
	case d.isStopped():
		return d.nextUploadCheck()
	case d.wantsStop() || d.recording.Status.ServiceStatus == nil:
		return time.Time{}
	default:
		return d.observed.LeadingSince.Add(firstPoll(d.recording.UID, d.pollInterval()))
	}
}

// next chooses the action, by what is wanted and how far things are.
func (d *decider) next(problem *Problem) {
	switch {
	case lifecycle.IsDeleting(d.recording) && !slices.Contains(d.recording.Finalizers, v1alpha1.StopFinalizer):
		// Somebody else's finalizer keeps it; there is nothing left to do here.
	case lifecycle.IsDeleting(d.recording) && d.recording.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan:
		d.plan.Action = ActionRelease
	case !slices.Contains(d.recording.Finalizers, v1alpha1.StopFinalizer):
		d.plan.Action = ActionAddFinalizer
	case d.isToRestart():
		d.nextToRestart(problem)
	case d.isStopped():
		d.nextAfterStop()
	case d.neverStarted() && d.wantsStop():
		d.nextWithoutStart(problem)
	case d.neverStarted() && d.beginsNothing():
		d.nextUnbegun(problem)
	case lifecycle.IsSuspended(d.recording):
		// No calls, by the user's wish.
	case d.observed.CredentialsProblem != "":
		d.withoutCredentials(problem)
	default:
		d.nextCall(problem)
	}
}

// nextCall chooses what to ask Agora for, where it may be asked for anything.
func (d *decider) nextCall(problem *Problem) {
	switch {
	case d.awaitsStart():
		d.nextToStart(problem)
	case d.wantsStop():
		d.nextToStop()
	case d.handsOver() && d.observed.InFlight == nil:
		d.beginSession(problem)
	default:
		d.nextPoll()
	}
}

// withoutCredentials waits for the Secret. Its appearance is watched; looking
// now and then is for what a watch may miss.
func (d *decider) withoutCredentials(problem *Problem) {
	d.standStill(problem, problemOf(v1alpha1.CredentialsNotFoundReason, d.observed.CredentialsProblem))
}

// standStill waits for somebody to mend what keeps a call from being made: what
// was changed has not mended it, and nothing is being tried.
func (d *decider) standStill(current *Problem, met Problem) {
	d.requeueAt(d.observed.Now.Add(slowRetry))
	d.memory.retrying = false
	*current = met
}

// nextToStop ends a recording: it saves what is known, notes the wish, stops.
func (d *decider) nextToStop() {
	if d.waitsForCall() {
		return
	}
	if d.recording.Status.StopRequestedTime != nil {
		d.call(ActionStop, d.stopPriority(), d.memory.notBefore)
		return
	}
	// Nothing that happened before the wish may hold it up.
	d.memory.notBefore = time.Time{}
	if !d.knowsFiles() && !d.memory.SnapshotTried {
		d.call(ActionQuery, d.stopPriority(), d.memory.notBefore)
		d.plan.Timeout = SnapshotTimeout
		return
	}
	d.recording.Status.StopRequestedTime = d.stamp()
	d.call(ActionStop, d.stopPriority(), d.memory.notBefore)
}

// waitsForCall says whether a call is under way that a stop must wait for: a
// stop, or for a moment a query.
func (d *decider) waitsForCall() bool {
	underway := d.observed.InFlight
	if underway == nil {
		return false
	}
	if underway.Method == agora.MethodStop || (underway.elsewhere && underway.Method != agora.MethodQuery) {
		return true
	}
	if isUpdate(underway.Method) {
		// It is of no use any more.
		return false
	}
	patience := underway.Since.Add(SnapshotTimeout)
	if patience.After(d.observed.Now) {
		d.requeueAt(patience)
		return true
	}
	d.memory.SnapshotTried = d.memory.SnapshotTried || !underway.elsewhere
	return false
}

// knowsFiles says whether the file list is fresh enough to stop without
// another look.
func (d *decider) knowsFiles() bool {
	return !d.memory.LastQueried.IsZero() &&
		d.observed.Now.Sub(d.memory.LastQueried) <= 2*d.settings.PollInterval
}

// nextPoll looks after a recording that is wanted to run.
func (d *decider) nextPoll() {
	d.plan.Polls = true
	if d.observed.InFlight != nil {
		return
	}
	if d.nextUpdate(); d.plan.Action != ActionNone {
		return
	}
	priority := budget.Poll
	if d.recording.Status.NotFoundSince != nil || d.isComingUp() {
		priority = budget.Confirm
	}
	d.call(ActionQuery, priority, d.memory.notBefore)
}

// pollInterval returns how often the recording is looked after: less often where
// many share an account.
func (d *decider) pollInterval() time.Duration {
	return max(d.settings.PollInterval, d.observed.PollInterval)
}

// nextAfterStop follows the upload of a recording that has ended, and lets a
// deleted object go.
func (d *decider) nextAfterStop() {
	if d.observed.InFlight != nil {
		// What it brings may be the last that is ever known.
		return
	}
	awaitsStop := d.nextOfAssumedEnded()
	if d.plan.Action != ActionNone {
		return
	}
	if lifecycle.IsDeleting(d.recording) && !awaitsStop && (!d.observed.Now.Before(d.deletionDeadline()) || (d.isUploaded() && !d.observed.Verifying)) {
		d.plan.Action = ActionRelease
		return
	}
	if d.isUploaded() && !d.needsVerification() {
		return
	}
	d.requeueAt(d.confirmDeadline(), d.deletionDeadline())
	if !d.observed.Verifying {
		d.nextVerification()
	}
	if d.plan.Action != ActionNone || d.isUploaded() || d.sinceStop() >= backupKept {
		return
	}
	if d.canAskAfterStop() {
		d.call(ActionQuery, budget.Confirm, d.memory.notBefore)
	}
	d.requeueAt(d.nextUploadCheck())
}

// canAskAfterStop says whether Agora may still answer for the recorder: once it
// has said that there is none, no call can tell anything more.
func (d *decider) canAskAfterStop() bool {
	return d.recording.Status.NotFoundSince == nil &&
		d.observed.CredentialsProblem == "" &&
		!lifecycle.IsSuspended(d.recording) &&
		d.observed.Now.Before(d.confirmDeadline())
}

// nextUploadCheck returns when the next look at the upload is due.
func (d *decider) nextUploadCheck() time.Time {
	shortest, longest := d.settings.UploadRecheckMin, d.settings.UploadRecheckMax
	if !d.observed.Now.Before(d.confirmDeadline()) {
		shortest, longest = lateRecheck, lateRecheck
	}
	return d.stoppedTime().Add(nextUploadCheck(d.sinceStop(), shortest, longest))
}

// confirmDeadline is when evidence of the upload begins to be overdue.
func (d *decider) confirmDeadline() time.Time {
	return d.stoppedTime().Add(lifecycle.ConfirmTimeout(d.recording))
}

// deletionDeadline is when a deletion stops waiting for evidence; zero if the
// object is not being deleted.
func (d *decider) deletionDeadline() time.Time {
	if !lifecycle.IsDeleting(d.recording) {
		return time.Time{}
	}
	begin := later(d.stoppedTime(), d.recording.DeletionTimestamp.Time)
	deadline := begin.Add(lifecycle.DeletionTimeout(d.recording))
	return earlier(deadline, d.confirmDeadline())
}

// call makes a call if its time has come, and looks again then if not.
func (d *decider) call(action Action, priority budget.Priority, notBefore time.Time) {
	if notBefore.After(d.observed.Now) {
		d.plan.Returns = true
		d.requeueAt(notBefore)
		return
	}
	d.plan.Action = action
	d.plan.Priority = priority
	d.memory.calledWith = d.memory.Trigger
}

// requeueAt looks again at the earliest of the times that are still to come.
func (d *decider) requeueAt(times ...time.Time) {
	for _, t := range times {
		if t.After(d.observed.Now) && (d.plan.RequeueAt.IsZero() || t.Before(d.plan.RequeueAt)) {
			d.plan.RequeueAt = t
		}
	}
}

// wantsStop says whether the recording is wanted to end, by somebody or since it
// has gone on for as long as it may.
func (d *decider) wantsStop() bool {
	return lifecycle.WantsStopFor(d.recording, d.recording.Status.StopReason)
}

// isStopped says whether the current session is known to have ended.
func (d *decider) isStopped() bool { return lifecycle.HasEnded(&d.recording.Status.SessionStatus) }

// isUploaded says whether there is evidence that the files of the current session
// are in the bucket.
func (d *decider) isUploaded() bool { return lifecycle.HasUploaded(&d.recording.Status.SessionStatus) }

func (d *decider) stoppedTime() time.Time {
	if d.recording.Status.StoppedTime == nil {
		return d.observed.Now
	}
	return d.recording.Status.StoppedTime.Time
}

func (d *decider) sinceStop() time.Duration {
	return d.observed.Now.Sub(d.stoppedTime())
}

// stamp returns the present time as a status holds it.
func (d *decider) stamp() *metav1.Time {
	return &metav1.Time{Time: d.observed.Now.Truncate(time.Second)}
}

// Earliest returns the earlier of two times, of which one may be zero.
func Earliest(a, b time.Time) time.Time {
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

// NeedsRecord says whether what is to be done must be written before: a start that
// was lost could not be told from none, nor could an update.
func (a Action) NeedsRecord() bool {
	switch a {
	case ActionAcquire, ActionStart, ActionUpdate, ActionUpdateLayout, ActionAddFinalizer:
		return true
	default:
		return false
	}
}
