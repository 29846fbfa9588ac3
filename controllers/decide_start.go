// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
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

// startsItself says whether the operator starts the recording.
func startsItself(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.Start != nil
}

// requestsMP4 says whether a start asks for MP4 files.
func requestsMP4(start *v1alpha1.StartSpec) bool {
	return start.RecordingFileConfig != nil && slices.Contains(start.RecordingFileConfig.AVFileType, v1alpha1.AVFileTypeMP4)
}

// nextToStart asks for a resource ID and starts the recording with it. The
// resource ID, and that it is about to be used, are recorded before: Agora starts
// one recording with it and no second one, so a start whose answer was lost can
// be repeated.
func (d *decider) nextToStart(trouble *trouble) {
	if d.observed.underway != nil {
		return
	}
	priority := budget.Start
	switch {
	case d.wantsStop(), d.beginsNothing():
		// It may be running, and can be stopped only once its sid is known.
		if d.status.ResourceID == "" || d.resourceLapsed() || d.observed.startProblem != "" {
			// Another start might begin what nobody wants any more, and without its
			// Secrets the same one cannot be repeated.
			d.standStill(trouble, troubleOf(v1alpha1.SIDUnknownReason, ""))
			return
		}
		priority = budget.Stop
	case d.observed.startProblem != "":
		d.standStill(trouble, d.troubleOfStart())
		return
	case d.awaitsProtection(trouble):
		return
	case d.resourceLapsed(), d.isGivenUp():
		if by := d.notifiedBy(); by.After(d.observed.now) {
			d.call(actionAcquire, budget.Acquire, by)
			return
		}
		d.forgetResource()
	}
	if d.status.ResourceID == "" {
		d.call(actionAcquire, budget.Acquire, d.memory.notBefore)
		return
	}
	d.call(actionStart, priority, d.memory.notBefore)
	d.noteStartParameters()
	if d.action == actionStart && d.status.StartRequestedTime == nil {
		d.status.StartRequestedTime = d.stamp()
		d.status.MP4Requested = requestsMP4(d.recording.Spec.Start)
		d.memory.startsKnown, d.memory.startLostAt = true, time.Time{}
	}
}

// troubleOfStart returns what keeps a start from being tried at all.
func (d *decider) troubleOfStart() trouble {
	if d.observed.startInvalid {
		return troubleOf(v1alpha1.InvalidRequestReason, d.observed.startProblem)
	}
	return troubleOf(v1alpha1.StartSecretNotFoundReason, d.observed.startProblem)
}

// awaitsStart is the same for what is known now as it is for what is recorded.
func (d *decider) awaitsStart() bool {
	return startsItself(d.recording) && d.status.SID == "" && !d.isStopped()
}

// resourceLapsed says whether the resource ID is too old to be used.
func (d *decider) resourceLapsed() bool {
	return d.status.ResourceID != "" &&
		(d.status.AcquiredTime == nil || d.observed.now.Sub(d.status.AcquiredTime.Time) > resourceUsable)
}

// forgetResource has the next start use another resource ID.
func (d *decider) forgetResource() {
	d.status.ResourceID, d.status.AcquiredTime = "", nil
}

// forgetStart notes that the last start has not taken effect, and, if that is so
// of all before it, that nothing runs.
func (d *decider) forgetStart() {
	d.forgetResource()
	d.forgetStartRequest()
}

// forgetStartRequest notes that nothing runs, if no start has taken effect.
func (d *decider) forgetStartRequest() {
	if d.memory.startsKnown {
		d.status.StartRequestedTime, d.status.MP4Requested = nil, false
	}
}

// noticeStart forgets what was prepared for a start that has not been made and is not
// wanted any more, or is wanted otherwise.
func (d *decider) noticeStart() {
	if !d.awaitsStart() || d.observed.underway != nil {
		return
	}
	if d.wantsStop() {
		d.forgetStartRequest()
	}
	recorded := d.recording.Status
	if d.status.StartRequestedTime == nil && recorded.ResourceID != "" && d.status.ResourceID == recorded.ResourceID &&
		recorded.ObservedGeneration != d.recording.Generation {
		// It was acquired for what the spec said then.
		d.forgetResource()
	}
}

// neverStarted says whether nothing can be running.
func (d *decider) neverStarted() bool {
	return startsItself(d.recording) && d.status.SID == "" && d.status.StartRequestedTime == nil && d.observed.underway == nil
}

// mayHaveStarted is the same for what is known now as for what is recorded.
func (d *decider) mayHaveStarted() bool {
	return d.awaitsStart() && d.status.StartRequestedTime != nil
}

// nextWithoutStart has nothing started that is not wanted any more.
func (d *decider) nextWithoutStart(trouble *trouble) {
	if len(d.status.Sessions) > 0 {
		d.dropSession(trouble)
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
	return d.status.StartedTime != nil &&
		(d.status.ServiceStatus == nil || *d.status.ServiceStatus < serviceReady)
}

// comesUpBy returns when a recorder that was started must have been seen to be
// ready.
func (d *decider) comesUpBy() time.Time {
	return d.status.StartedTime.Add(startDeadline)
}

// isOverdue says whether the recorder has not come up in time. What counts is
// when Agora was asked.
func (d *decider) isOverdue(asked time.Time) bool {
	return d.isComingUp() && !asked.Before(d.comesUpBy())
}
