// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// Decision is what a reconcile records and does.
type Decision struct {
	// Status is what is known now.
	Status v1alpha1.CloudRecordingStatus

	// Memory is what to remember beside it.
	Memory Memory

	Plan
}

// IsDone says that the recording is over and that no time is to come at
// which anything is to be done.
func (d Decision) IsDone() bool {
	return d.isDone(d.Status.Phase)
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
	recorded, recording := &recording.Status, workingCopy(recording)
	memory, plan, own := observed.Memory, Plan{Action: ActionNone}, observed.ofCurrentSession(recording)
	plan.Unlisted = observed.filesOfNone(recording)
	problem := applyObservation(recording, recorded, &memory, &own, settings, &plan)
	recordFirstStart(recording)
	enforceDeadlines(recording, own.Now, &plan)
	concludeNothingInChannel(recording, own.Now, settings, &plan)
	detectUnwantedStart(recording, recorded, &memory, &own)
	hasNews := followSessions(recording, &memory, own.Now, settings, &plan, observed) || own.HasNews()
	pending, completed := detectUpdates(recording, &memory, &own, &problem)
	planNext(recording, &memory, &own, settings, &plan, pending, &problem)
	noteTurns(&memory, own.Now, &plan)
	detectUnexpected(&recording.Status.SessionStatus, own.Now, &plan, &problem)
	attendSessions(recording, own.Now, &plan)
	summarizeStatus(recording, recorded, &memory, &own, settings, &plan, pending, problem, hasNews)
	if completed {
		withholdParameters(&recording.Status, recorded, &own, &plan)
	}
	return Decision{Status: recording.Status, Memory: memory, Plan: plan}
}

// workingCopy returns a recording whose status can be changed.
func workingCopy(recording *v1alpha1.CloudRecording) *v1alpha1.CloudRecording {
	working := *recording
	working.Status = *recording.Status.DeepCopy()
	return &working
}

// applyObservation adds what was observed to the status, and returns what keeps the
// operator from its work.
func applyObservation(recording *v1alpha1.CloudRecording, recorded *v1alpha1.CloudRecordingStatus, memory *Memory, observed *Observation, settings Settings, plan *Plan) (problem Problem) {
	identifySession(recording, observed.Now)
	detectChanges(recording, memory, observed, settings)
	detectStorage(recording, recorded, memory, observed, settings)
	for _, event := range observed.Events {
		applyStartEvent(recording, memory, observed.Now, event)
		if isAbout(recording, event) {
			applyEvent(recording, memory, observed, plan, event)
		}
	}
	if observed.Answer != nil {
		problem = applyAnswer(recording, recorded, memory, observed, settings, plan, *observed.Answer)
		recordProblem(&recording.Status.SessionStatus, observed.Answer.Method, problem)
	} else if recording.Status.SID == recorded.SID {
		problem = carriedProblem(*recorded)
	}
	if observed.Verification != nil {
		applyVerification(recording, memory, observed, settings, plan, *observed.Verification)
	}
	detectNames(&recording.Status, recorded, memory)
	concludeNotified(recording, observed.Now)
	detectMigrations(&recording.Status.SessionStatus)
	return problem
}

// identify notes which recording is the current one.
func identifySession(recording *v1alpha1.CloudRecording, now time.Time) {
	identity := lifecycle.IdentityOf(recording)
	recording.Status.ResourceID, recording.Status.SID = identity.ResourceID, identity.SID
	// Somebody else may have written the conditions.
	recording.Status.StoppedReason, recording.Status.UploadedReason = lifecycle.ReasonOfEnd(&recording.Status.SessionStatus), lifecycle.EvidenceOf(&recording.Status.SessionStatus)
	if lifecycle.HasEnded(&recording.Status.SessionStatus) && recording.Status.StoppedTime == nil {
		// All deadlines count from this time.
		recording.Status.StoppedTime = stampOf(now)
	}
}

// detectChanges lifts the wait for the next call if somebody changed something.
func detectChanges(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings) {
	current := Trigger{
		Generation:         recording.Generation,
		reconcileAt:        recording.Annotations[v1alpha1.ReconcileAtAnnotation],
		CredentialsVersion: observed.CredentialsVersion,
		StartVersion:       observed.StartVersion,
	}
	switch memory.Trigger {
	case current:
		return
	case Trigger{}:
		memory.notBefore = resumeAt(recording, observed, settings)
	default:
		memory.notBefore = time.Time{}
		memory.retrying = true
	}
	memory.Trigger = current
}

// resume returns when the first call after a restart is due: what was due then
// must not come all at once.
func resumeAt(recording *v1alpha1.CloudRecording, observed *Observation, settings Settings) time.Time {
	switch {
	case lifecycle.NeedsConfirmingStop(recording):
		return time.Time{}
	case lifecycle.HasEnded(&recording.Status.SessionStatus):
		return uploadCheckAt(recording, observed.Now, settings)
	case lifecycle.WantsStop(recording) || recording.Status.ServiceStatus == nil:
		return time.Time{}
	default:
		return observed.LeadingSince.Add(firstPoll(recording.UID, pollInterval(observed, settings)))
	}
}

// next chooses the action, by what is wanted and how far things are.
func planNext(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan, pending changes, problem *Problem) {
	switch {
	case lifecycle.IsDeleting(recording) && !slices.Contains(recording.Finalizers, v1alpha1.StopFinalizer):
		// Somebody else's finalizer keeps it; there is nothing left to do here.
	case lifecycle.IsDeleting(recording) && recording.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan:
		plan.Action = ActionRelease
	case !slices.Contains(recording.Finalizers, v1alpha1.StopFinalizer):
		plan.Action = ActionAddFinalizer
	case isToRestart(recording, observed):
		planRestart(recording, memory, observed, settings, plan, problem)
	case lifecycle.HasEnded(&recording.Status.SessionStatus):
		planAfterStop(recording, memory, observed, settings, plan)
	case neverStarted(recording, observed) && lifecycle.WantsStop(recording):
		planWithoutStart(recording, memory, observed, settings, plan, problem)
	case neverStarted(recording, observed) && observed.Departed:
		planUnbegun(recording, memory, observed, settings, plan, problem)
	case lifecycle.IsSuspended(recording):
		// No calls, by the user's wish.
	case observed.CredentialsProblem != "":
		planWithoutCredentials(memory, observed, plan, problem)
	default:
		planNextCall(recording, memory, observed, settings, plan, pending, problem)
	}
}

// nextCall chooses what to ask Agora for, where it may be asked for anything.
func planNextCall(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan, pending changes, problem *Problem) {
	switch {
	case lifecycle.AwaitsStart(recording):
		planStart(recording, memory, observed, plan, problem)
	case lifecycle.WantsStop(recording):
		planStop(&recording.Status.SessionStatus, memory, observed, settings, plan)
	case handsOver(recording, observed, plan) && observed.InFlight == nil:
		beginSession(recording, memory, observed, settings, plan, problem)
	default:
		planPoll(recording, memory, observed, plan, pending)
	}
}

// planWithoutCredentials waits for the Secret. Its appearance is watched; looking
// now and then is for what a watch may miss.
func planWithoutCredentials(memory *Memory, observed *Observation, plan *Plan, problem *Problem) {
	standStill(memory, observed.Now, plan, problem, problemOf(v1alpha1.CredentialsNotFoundReason, observed.CredentialsProblem))
}

// standStill waits for somebody to mend what keeps a call from being made: what
// was changed has not mended it, and nothing is being tried.
func standStill(memory *Memory, now time.Time, plan *Plan, current *Problem, met Problem) {
	plan.requeueAt(now, now.Add(slowRetry))
	memory.retrying = false
	*current = met
}

// nextToStop ends a recording: it saves what is known, notes the wish, stops.
func planStop(session *v1alpha1.SessionStatus, memory *Memory, observed *Observation, settings Settings, plan *Plan) {
	if waitsForCall(memory, observed, plan) {
		return
	}
	if session.StopRequestedTime != nil {
		plan.call(memory, observed.Now, ActionStop, stopPriority(session), memory.notBefore)
		return
	}
	// Nothing that happened before the wish may hold it up.
	memory.notBefore = time.Time{}
	if !knowsFiles(memory, observed.Now, settings) && !memory.SnapshotTried {
		plan.call(memory, observed.Now, ActionQuery, stopPriority(session), memory.notBefore)
		plan.Timeout = SnapshotTimeout
		return
	}
	session.StopRequestedTime = stampOf(observed.Now)
	plan.call(memory, observed.Now, ActionStop, stopPriority(session), memory.notBefore)
}

// waitsForCall says whether a call is under way that a stop must wait for: a
// stop, or for a moment a query.
func waitsForCall(memory *Memory, observed *Observation, plan *Plan) bool {
	underway := observed.InFlight
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
	if patience.After(observed.Now) {
		plan.requeueAt(observed.Now, patience)
		return true
	}
	memory.SnapshotTried = memory.SnapshotTried || !underway.elsewhere
	return false
}

// knowsFiles says whether the file list is fresh enough to stop without
// another look.
func knowsFiles(memory *Memory, now time.Time, settings Settings) bool {
	return !memory.LastQueried.IsZero() &&
		now.Sub(memory.LastQueried) <= 2*settings.PollInterval
}

// nextPoll looks after a recording that is wanted to run.
func planPoll(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, plan *Plan, pending changes) {
	plan.Polls = true
	if observed.InFlight != nil {
		return
	}
	if planUpdate(recording, memory, observed, plan, pending); plan.Action != ActionNone {
		return
	}
	priority := budget.Poll
	if recording.Status.NotFoundSince != nil || isComingUp(&recording.Status.SessionStatus) {
		priority = budget.Confirm
	}
	plan.call(memory, observed.Now, ActionQuery, priority, memory.notBefore)
}

// pollInterval returns how often the recording is looked after: less often where
// many share an account.
func pollInterval(observed *Observation, settings Settings) time.Duration {
	return max(settings.PollInterval, observed.PollInterval)
}

// nextAfterStop follows the upload of a recording that has ended, and lets a
// deleted object go.
func planAfterStop(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan) {
	if observed.InFlight != nil {
		// What it brings may be the last that is ever known.
		return
	}
	awaitsStop := planConfirmingStop(recording, memory, observed, plan)
	if plan.Action != ActionNone {
		return
	}
	if lifecycle.IsDeleting(recording) && !awaitsStop && (!observed.Now.Before(deletionDeadline(recording, observed.Now)) || (lifecycle.HasUploaded(&recording.Status.SessionStatus) && !observed.Verifying)) {
		plan.Action = ActionRelease
		return
	}
	if lifecycle.HasUploaded(&recording.Status.SessionStatus) && !needsVerification(recording) {
		return
	}
	plan.requeueAt(observed.Now, confirmDeadline(recording, observed.Now), deletionDeadline(recording, observed.Now))
	if !observed.Verifying {
		planVerification(recording, memory, observed, plan)
	}
	if plan.Action != ActionNone || lifecycle.HasUploaded(&recording.Status.SessionStatus) || sinceStop(&recording.Status.SessionStatus, observed.Now) >= backupKept {
		return
	}
	if canAskAfterStop(recording, observed) {
		plan.call(memory, observed.Now, ActionQuery, budget.Confirm, memory.notBefore)
	}
	plan.requeueAt(observed.Now, uploadCheckAt(recording, observed.Now, settings))
}

// canAskAfterStop says whether Agora may still answer for the recorder: once it
// has said that there is none, no call can tell anything more.
func canAskAfterStop(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	return recording.Status.NotFoundSince == nil &&
		observed.CredentialsProblem == "" &&
		!lifecycle.IsSuspended(recording) &&
		observed.Now.Before(confirmDeadline(recording, observed.Now))
}

// nextUploadCheck returns when the next look at the upload is due.
func uploadCheckAt(recording *v1alpha1.CloudRecording, now time.Time, settings Settings) time.Time {
	shortest, longest := settings.UploadRecheckMin, settings.UploadRecheckMax
	if !now.Before(confirmDeadline(recording, now)) {
		shortest, longest = lateRecheck, lateRecheck
	}
	return stoppedTime(&recording.Status.SessionStatus, now).Add(nextUploadCheck(sinceStop(&recording.Status.SessionStatus, now), shortest, longest))
}

// confirmDeadline is when evidence of the upload begins to be overdue.
func confirmDeadline(recording *v1alpha1.CloudRecording, now time.Time) time.Time {
	return stoppedTime(&recording.Status.SessionStatus, now).Add(lifecycle.ConfirmTimeout(recording))
}

// deletionDeadline is when a deletion stops waiting for evidence; zero if the
// object is not being deleted.
func deletionDeadline(recording *v1alpha1.CloudRecording, now time.Time) time.Time {
	if !lifecycle.IsDeleting(recording) {
		return time.Time{}
	}
	begin := later(stoppedTime(&recording.Status.SessionStatus, now), recording.DeletionTimestamp.Time)
	deadline := begin.Add(lifecycle.DeletionTimeout(recording))
	return earlier(deadline, confirmDeadline(recording, now))
}

func stoppedTime(session *v1alpha1.SessionStatus, now time.Time) time.Time {
	if session.StoppedTime == nil {
		return now
	}
	return session.StoppedTime.Time
}

func sinceStop(session *v1alpha1.SessionStatus, now time.Time) time.Duration {
	return now.Sub(stoppedTime(session, now))
}

// stamp returns the present time as a status holds it.
func stampOf(now time.Time) *metav1.Time {
	return &metav1.Time{Time: now.Truncate(time.Second)}
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
