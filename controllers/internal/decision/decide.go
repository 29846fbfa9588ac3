// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// Decision is what a reconcile records and does.
type Decision struct {
	// Status is what is known now.
	Status v1alpha1.CloudRecordingStatus

	// Memory is what to remember in addition to the status.
	Memory Memory

	Plan
}

// IsDone reports whether the recording is over and nothing is left to do at a later time.
func (d Decision) IsDone() bool {
	return d.isDone(d.Status.Phase)
}

// Target returns what the action is for: the recording, or one of its previous sessions.
func (d Decision) Target(recording *v1alpha1.CloudRecording) *v1alpha1.CloudRecording {
	if session := lifecycle.SessionOf(recording, d.Session); d.Session != "" && session != nil {
		return lifecycle.RecordingOf(recording, session)
	}
	return recording
}

// Decide determines what to record about a recording, and what to do next. It calls nothing
// and stores nothing.
func Decide(recording *v1alpha1.CloudRecording, observed Observation, settings Settings) Decision {
	recorded, recording := &recording.Status, workingCopy(recording)
	memory, plan, own := observed.Memory, Plan{Action: ActionNone}, observed.ofCurrentSession(recording)
	plan.Unlisted = observed.filesOfNone(recording)
	plan.problem = applyObservation(recording, recorded, &memory, &own, settings, &plan)
	recordFirstStart(recording)
	enforceDeadlines(recording, &own, &plan)
	concludeNothingInChannel(recording, own.Now, settings, &plan)
	detectUnwantedStart(recording, recorded, &memory, &own)
	hasNews := followSessions(recording, &memory, own.Now, settings, &plan, observed) || own.HasNews()
	pending, completed := detectUpdates(recording, &memory, &own, &plan)
	planNext(recording, &memory, &own, settings, &plan, pending)
	noteProfile(recording, &own, &plan)
	noteTurns(&memory, own.Now, &plan)
	detectUnexpected(&recording.Status.SessionStatus, own.Now, &plan)
	attendSessions(recording, own.Now, &plan)
	planDeletion(recording, &own, &plan)
	summarizeStatus(recording, recorded, &memory, &own, settings, &plan, pending, hasNews)
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
	session := &recording.Status.SessionStatus
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
		recordProblem(session, observed.Answer.Method, problem)
	} else if recording.Status.SID == recorded.SID {
		problem = carriedProblem(*recorded)
	}
	if observed.Verification != nil {
		applyVerification(recording, memory, observed, settings, plan, *observed.Verification)
	}
	detectNames(&recording.Status, recorded, memory)
	concludeNotified(recording, observed.Now)
	detectMigrations(session)
	return problem
}

// identifySession records which recording is the current one.
func identifySession(recording *v1alpha1.CloudRecording, now time.Time) {
	session := &recording.Status.SessionStatus
	identity := lifecycle.IdentityOf(recording)
	recording.Status.ResourceID, recording.Status.SID = identity.ResourceID, identity.SID
	// Somebody else may have written the conditions.
	recording.Status.StoppedReason, recording.Status.UploadedReason = lifecycle.ReasonOfEnd(session), lifecycle.EvidenceOf(session)
	if lifecycle.HasEnded(session) && recording.Status.StoppedTime == nil {
		// All deadlines count from this time.
		recording.Status.StoppedTime = stampOf(now)
	}
}
