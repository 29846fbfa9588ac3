// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/resolution"
)

// summarizeStatus derives phase and conditions from what is known.
func summarizeStatus(recording *v1alpha1.CloudRecording, recorded *v1alpha1.CloudRecordingStatus, memory *Memory, observed *Observation, settings Settings, plan *Plan, pending changes, hasNews bool) {
	if knowsNothing(recording, recorded, observed, plan.problem, hasNews) || goesUnchanged(&recording.Status, recorded, plan, hasNews) {
		// The first write waits for the first news, and without news there is no last write.
		recording.Status = *recorded.DeepCopy()
		return
	}
	bounds.Status(&recording.Status, recording.Spec.UID)
	recording.Status.ObservedGeneration, recording.Status.Mode = recording.Generation, string(recording.Spec.Mode)
	noteUID(recording)
	recording.Status.Phase = phaseOf(recording, observed)
	recording.Status.FileCount = countFiles(&recording.Status)
	setCondition(recording, observed.Now, v1alpha1.StoppedCondition, stoppedCondition(recording, observed))
	setCondition(recording, observed.Now, v1alpha1.UploadedCondition, uploadedCondition(recording, observed))
	setCondition(recording, observed.Now, v1alpha1.ExpiringCondition, expiringCondition(recording, observed.Now))
	ready := readinessOf(recording, memory, observed, settings, pending, plan.problem)
	setCondition(recording, observed.Now, v1alpha1.ReadyCondition, readyCondition(ready))
	setCondition(recording, observed.Now, v1alpha1.ReconcilingCondition, reconcilingCondition(ready))
	setCondition(recording, observed.Now, v1alpha1.StalledCondition, stalledCondition(ready))
	claimShard(&recording.Status, recorded, observed, plan)
	// All conditions are about this generation: kubectl wait looks at each of them.
	for i := range recording.Status.Conditions {
		recording.Status.Conditions[i].ObservedGeneration = recording.Generation
	}
}

// noteUID records the user ID of a session that has none of its own. A user ID that the
// object does not give itself may change as long as its profile is not in effect.
func noteUID(recording *v1alpha1.CloudRecording) {
	if !resolution.Awaits(recording) {
		recording.Status.UID = lifecycle.UIDOf(recording.Spec.UID, &recording.Status.SessionStatus)
	}
}

func knowsNothing(recording *v1alpha1.CloudRecording, recorded *v1alpha1.CloudRecordingStatus, observed *Observation, problem Problem, hasNews bool) bool {
	return !hasNews &&
		!isClaimedElsewhere(recorded, observed) && !isUnclaimed(recorded, observed) &&
		!lifecycle.IsSuspended(recording) &&
		!lifecycle.IsScheduled(recording, observed.Now) &&
		(recording.Status.Profile == nil || recorded.Profile != nil) &&
		recorded.ObservedGeneration < 0 &&
		problem.reason == "" &&
		recording.Status.StopRequestedTime == nil &&
		recording.Status.StartRequestedTime == nil &&
		!lifecycle.HasEnded(&recording.Status.SessionStatus)
}

// goesUnchanged reports whether the object is released and the status already says all that
// is known about any session.
func goesUnchanged(status, recorded *v1alpha1.CloudRecordingStatus, plan *Plan, hasNews bool) bool {
	return plan.Action == ActionRelease && !hasNews && !endsWithheld(status, recorded)
}

// endsWithheld reports whether everything has ended and the status does not say so yet,
// because another session was about to be started.
func endsWithheld(status, recorded *v1alpha1.CloudRecordingStatus) bool {
	return lifecycle.HaveAllEnded(status) && !meta.IsStatusConditionTrue(recorded.Conditions, v1alpha1.StoppedCondition)
}

// countFiles counts the files of all sessions.
func countFiles(status *v1alpha1.CloudRecordingStatus) int32 {
	files := 0
	for _, session := range lifecycle.Sessions(status) {
		files += len(session.FileList)
	}
	return count(files)
}
