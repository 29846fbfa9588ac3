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
	// resourceUsable is how long after acquire a resource ID is used for a start.
	// Agora takes it for five minutes.
	resourceUsable = 4 * time.Minute

	// startDeadline is how long after Agora accepted a start its recorder may take
	// to come up. Agora's documentation has a recorder that is not healthy by then
	// count as not started.
	startDeadline = 90 * time.Second

	// startTries is how often a start that may have taken effect is repeated with
	// the same resource ID before another is asked for.
	startTries = 3
)

// requestsMP4 says whether a start asks for MP4 files.
func requestsMP4(start *v1alpha1.StartSpec) bool {
	return start.RecordingFileConfig != nil && slices.Contains(start.RecordingFileConfig.AVFileType, v1alpha1.AVFileTypeMP4)
}

// nextToStart asks for a resource ID and starts the recording with it. The
// resource ID, and that it is about to be used, are recorded before: Agora starts
// one recording with it and no second one, so a start whose answer was lost can
// be repeated.
func (d *decider) nextToStart(problem *Problem) {
	if d.observed.InFlight != nil {
		return
	}
	priority := budget.Start
	switch {
	case d.wantsStop(), d.beginsNothing():
		// It may be running, and can be stopped only once its sid is known.
		if d.recording.Status.ResourceID == "" || d.resourceLapsed() || d.observed.StartProblem != "" {
			// Another start might begin what nobody wants any more, and without its
			// Secrets the same one cannot be repeated.
			d.standStill(problem, problemOf(v1alpha1.SIDUnknownReason, ""))
			return
		}
		priority = budget.Stop
	case d.observed.StartProblem != "":
		d.standStill(problem, d.problemOfStart())
		return
	case d.awaitsProtection(problem):
		return
	case d.resourceLapsed(), d.isGivenUp():
		if by := d.notifiedBy(); by.After(d.observed.Now) {
			d.call(ActionAcquire, budget.Acquire, by)
			return
		}
		d.forgetResource()
	}
	if d.recording.Status.ResourceID == "" {
		d.call(ActionAcquire, budget.Acquire, d.memory.notBefore)
		return
	}
	d.call(ActionStart, priority, d.memory.notBefore)
	d.noteStartParameters()
	if d.plan.Action == ActionStart && d.recording.Status.StartRequestedTime == nil {
		d.recording.Status.StartRequestedTime = d.stamp()
		d.recording.Status.MP4Requested = requestsMP4(d.recording.Spec.Start)
		d.memory.StartsKnown, d.memory.startLostAt = true, time.Time{}
	}
}

// problemOfStart returns what keeps a start from being tried at all.
func (d *decider) problemOfStart() Problem {
	if d.observed.StartInvalid {
		return problemOf(v1alpha1.InvalidRequestReason, d.observed.StartProblem)
	}
	return problemOf(v1alpha1.StartSecretNotFoundReason, d.observed.StartProblem)
}

// awaitsStart is the same for what is known now as it is for what is recorded.
func (d *decider) awaitsStart() bool {
	return lifecycle.StartsItself(d.recording) && d.recording.Status.SID == "" && !d.isStopped()
}

// resourceLapsed says whether the resource ID is too old to be used.
func (d *decider) resourceLapsed() bool {
	return d.recording.Status.ResourceID != "" &&
		(d.recording.Status.AcquiredTime == nil || d.observed.Now.Sub(d.recording.Status.AcquiredTime.Time) > resourceUsable)
}

// forgetResource has the next start use another resource ID.
func (d *decider) forgetResource() {
	d.recording.Status.ResourceID, d.recording.Status.AcquiredTime = "", nil
}

// forgetStart notes that the last start has not taken effect, and, if that is so
// of all before it, that nothing runs.
func (d *decider) forgetStart() {
	d.forgetResource()
	d.forgetStartRequest()
}

// forgetStartRequest notes that nothing runs, if no start has taken effect.
func (d *decider) forgetStartRequest() {
	if d.memory.StartsKnown {
		d.recording.Status.StartRequestedTime, d.recording.Status.MP4Requested = nil, false
	}
}

// detectUnwantedStart forgets what was prepared for a start that has not been made and is not
// wanted any more, or is wanted otherwise.
func (d *decider) detectUnwantedStart() {
	if !d.awaitsStart() || d.observed.InFlight != nil {
		return
	}
	if d.wantsStop() {
		d.forgetStartRequest()
	}
	if d.recording.Status.StartRequestedTime == nil && d.recorded.ResourceID != "" && d.recording.Status.ResourceID == d.recorded.ResourceID &&
		d.recorded.ObservedGeneration != d.recording.Generation {
		// It was acquired for what the spec said then.
		d.forgetResource()
	}
}

// neverStarted says whether nothing can be running.
func (d *decider) neverStarted() bool {
	return lifecycle.StartsItself(d.recording) && d.recording.Status.SID == "" && d.recording.Status.StartRequestedTime == nil && d.observed.InFlight == nil
}

// mayHaveStarted is the same for what is known now as for what is recorded.
func (d *decider) mayHaveStarted() bool {
	return d.awaitsStart() && d.recording.Status.StartRequestedTime != nil
}

// nextWithoutStart has nothing started that is not wanted any more.
func (d *decider) nextWithoutStart(problem *Problem) {
	if len(d.recording.Status.Sessions) > 0 {
		d.dropSession(problem)
		return
	}
	d.concludeNothingToStop()
	d.nextAfterStop()
}

// concludeNothingToStop notes that the recording is not wanted and was never
// started.
func (d *decider) concludeNothingToStop() {
	d.forgetResource()
	d.conclude(v1alpha1.NothingToStopReason)
	d.setUploaded(v1alpha1.NoRecordedDataReason, messageNothingStarted)
}

// isComingUp says whether Agora accepted the start and the recorder has not been
// seen to be ready yet.
func (d *decider) isComingUp() bool {
	return d.recording.Status.StartedTime != nil &&
		(d.recording.Status.ServiceStatus == nil || *d.recording.Status.ServiceStatus < lifecycle.ServiceReady)
}

// comesUpBy returns when a recorder that was started must have been seen to be
// ready.
func (d *decider) comesUpBy() time.Time {
	return d.recording.Status.StartedTime.Add(startDeadline)
}

// isOverdue says whether the recorder has not come up in time. What counts is
// when Agora was asked.
func (d *decider) isOverdue(asked time.Time) bool {
	return d.isComingUp() && !asked.Before(d.comesUpBy())
}
