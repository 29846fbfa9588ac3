// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

const (
	// resourceUsable is how long after acquire a resource ID is used for a start. Agora
	// accepts it for five minutes.
	resourceUsable = 4 * time.Minute

	// startDeadline is how long a recorder may take to come up after Agora accepted its start.
	// According to Agora's documentation, a recorder that is not healthy by then counts as not
	// started.
	startDeadline = 90 * time.Second

	// startTries is how often a start that may have taken effect is repeated with the same
	// resource ID before another one is asked for.
	startTries = 3
)

// requestsMP4 reports whether a start asks for MP4 files.
func requestsMP4(start *v1alpha1.StartSpec) bool {
	return start.RecordingFileConfig != nil && slices.Contains(start.RecordingFileConfig.AVFileType, v1alpha1.AVFileTypeMP4)
}

// planStart asks for a resource ID and starts the recording with it. The resource ID, and
// that it is about to be used, are recorded first. Agora starts only one recording with a
// resource ID, so a start whose answer was lost can be repeated.
func planStart(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, plan *Plan) {
	session := &recording.Status.SessionStatus
	if observed.InFlight != nil {
		plan.AwaitsPlace = session.StartRequestedTime == nil
		return
	}
	priority := budget.Start
	switch {
	case lifecycle.WantsStop(recording), observed.Departed:
		// The recording may be running, and can be stopped only once its sid is known.
		if recording.Status.ResourceID == "" || resourceLapsed(session, observed.Now) || observed.StartProblem != "" {
			// Another start might begin what nobody wants any more, and the same start cannot be
			// repeated without its Secrets.
			standStill(memory, observed.Now, plan, problemOf(v1alpha1.SIDUnknownReason, ""))
			return
		}
		priority = budget.Stop
	case observed.StartProblem != "":
		standStill(memory, observed.Now, plan, problemOfStart(observed))
		return
	case awaitsProtection(session, memory, observed, plan):
		return
	case awaitsCapacity(recording, observed, plan):
		return
	case resourceLapsed(session, observed.Now), isGivenUp(session, memory):
		if by := notifiedBy(session, memory); by.After(observed.Now) {
			plan.call(memory, observed.Now, ActionAcquire, budget.Acquire, by)
			return
		}
		forgetResource(session)
	}
	if recording.Status.ResourceID == "" {
		plan.call(memory, observed.Now, ActionAcquire, budget.Acquire, memory.notBefore)
		return
	}
	plan.call(memory, observed.Now, ActionStart, priority, memory.notBefore)
	noteStartParameters(session, memory, observed, plan)
	if plan.Action == ActionStart {
		noteStartRequest(recording, memory, observed)
	}
	// A session that may run has its place.
	plan.AwaitsPlace = session.StartRequestedTime == nil
}

// noteStartRequest notes that the recording is about to be started.
func noteStartRequest(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation) {
	noteToken(recording, observed)
	if recording.Status.StartRequestedTime == nil {
		recording.Status.StartRequestedTime = stampOf(observed.Now)
		recording.Status.MP4Requested = requestsMP4(recording.Spec.Start)
		memory.StartsKnown, memory.startLostAt = true, time.Time{}
	}
}

// problemOfStart returns what prevents any attempt to start.
func problemOfStart(observed *Observation) Problem {
	switch {
	case observed.StartInvalid:
		return problemOf(v1alpha1.InvalidRequestReason, observed.StartProblem)
	case observed.CertificateInvalid:
		return problemOf(v1alpha1.CertificateInvalidReason, observed.StartProblem)
	default:
		return problemOf(v1alpha1.StartSecretNotFoundReason, observed.StartProblem)
	}
}

// resourceLapsed reports whether the resource ID is too old to be used.
func resourceLapsed(session *v1alpha1.SessionStatus, now time.Time) bool {
	return session.ResourceID != "" &&
		(session.AcquiredTime == nil || now.Sub(session.AcquiredTime.Time) > resourceUsable)
}

// forgetResource makes the next start use another resource ID and another token.
func forgetResource(session *v1alpha1.SessionStatus) {
	session.ResourceID, session.AcquiredTime, session.TokenExpirationTime = "", nil, nil
}

// forgetStart notes that the last start has not taken effect and, if no earlier one has
// either, that nothing runs.
func forgetStart(session *v1alpha1.SessionStatus, memory *Memory) {
	forgetResource(session)
	forgetStartRequest(session, memory)
}

// forgetStartRequest notes that nothing runs, if no start has taken effect.
func forgetStartRequest(session *v1alpha1.SessionStatus, memory *Memory) {
	if memory.StartsKnown {
		session.StartRequestedTime, session.MP4Requested = nil, false
	}
}

// detectUnwantedStart forgets what was prepared for a start that has not been made, if that
// start is no longer wanted or its spec has changed.
func detectUnwantedStart(recording *v1alpha1.CloudRecording, recorded *v1alpha1.CloudRecordingStatus, memory *Memory, observed *Observation) {
	session := &recording.Status.SessionStatus
	if !lifecycle.AwaitsStart(recording) || observed.InFlight != nil {
		return
	}
	if lifecycle.WantsStop(recording) {
		forgetStartRequest(session, memory)
	}
	if recording.Status.StartRequestedTime == nil && recorded.ResourceID != "" && recording.Status.ResourceID == recorded.ResourceID &&
		recorded.ObservedGeneration != recording.Generation {
		// The resource ID was acquired for an older spec.
		forgetResource(session)
	}
}

// neverStarted reports whether nothing can be running.
func neverStarted(recording *v1alpha1.CloudRecording, observed *Observation) bool {
	return lifecycle.StartsItself(recording) && recording.Status.SID == "" && recording.Status.StartRequestedTime == nil && observed.InFlight == nil
}

// planWithoutStart makes sure that nothing is started that is no longer wanted.
func planWithoutStart(recording *v1alpha1.CloudRecording, memory *Memory, observed *Observation, settings Settings, plan *Plan) {
	if len(recording.Status.Sessions) > 0 {
		dropSession(recording, memory, observed, settings, plan)
		return
	}
	failure := recording.Status.LastError
	concludeNothingToStop(recording, memory, observed.Now)
	noteMissedWindow(&recording.Status, failure)
	planAfterStop(recording, memory, observed, settings, plan)
}

// concludeNothingToStop notes that the recording is not wanted and was never
// started.
func concludeNothingToStop(recording *v1alpha1.CloudRecording, memory *Memory, now time.Time) {
	session := &recording.Status.SessionStatus
	forgetResource(session)
	noteEnd(session, memory, now, v1alpha1.NothingToStopReason)
	noteUploaded(session, now, v1alpha1.NoRecordedDataReason)
}

// isComingUp reports whether Agora accepted the start and the recorder has not been seen to
// be ready yet.
func isComingUp(session *v1alpha1.SessionStatus) bool {
	return session.StartedTime != nil &&
		(session.ServiceStatus == nil || *session.ServiceStatus < lifecycle.ServiceReady)
}

// comesUpBy returns when a recorder that was started must have been seen to be ready.
func comesUpBy(session *v1alpha1.SessionStatus) time.Time {
	return session.StartedTime.Add(startDeadline)
}

// isOverdue reports whether the recorder has not come up in time. What counts is when Agora
// was asked.
func isOverdue(session *v1alpha1.SessionStatus, asked time.Time) bool {
	return isComingUp(session) && !asked.Before(comesUpBy(session))
}
