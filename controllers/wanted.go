// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
)

func isDeleting(recording *v1alpha1.CloudRecording) bool {
	return !recording.DeletionTimestamp.IsZero()
}

// wantsStop says whether the recording is wanted to end, by its state, by being
// deleted, or since it has gone on for as long as it may.
func wantsStop(recording *v1alpha1.CloudRecording) bool {
	return wantsStopFor(recording, recording.Status.StopReason)
}

// wantsStopFor is wantsStop with a reason that may not be recorded yet.
func wantsStopFor(recording *v1alpha1.CloudRecording, reason v1alpha1.StopReason) bool {
	if isDeleting(recording) {
		return recording.Spec.DeletionPolicy != v1alpha1.DeletionPolicyOrphan
	}
	return recording.Spec.State == v1alpha1.RecordingStateStopped || reason != ""
}

// isSuspended says whether no calls may be made. A deletion still stops.
func isSuspended(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.Suspend && !isDeleting(recording)
}

// awaitsStop says whether the recording is wanted to end and is not known to
// have: what is being billed for nothing.
func awaitsStop(recording *v1alpha1.CloudRecording) bool {
	if slices.ContainsFunc(recording.Status.Sessions, isBeingStopped) {
		return true
	}
	return wantsStop(recording) &&
		!meta.IsStatusConditionTrue(recording.Status.Conditions, v1alpha1.StoppedCondition)
}

// awaitsStart says whether the operator is to start the recording and has no sid
// of it.
func awaitsStart(recording *v1alpha1.CloudRecording) bool {
	return startsItself(recording) && recording.Status.SID == "" && !hasEnded(&recording.Status.SessionStatus)
}

// mayHaveStarted says whether the recording may be running though its sid is not
// known.
func mayHaveStarted(recording *v1alpha1.CloudRecording) bool {
	return awaitsStart(recording) && recording.Status.StartRequestedTime != nil
}

// isOver says whether nothing is left to do in a phase, as long as nothing else is
// wanted.
func isOver(phase v1alpha1.RecordingPhase) bool {
	return phase == v1alpha1.PhaseCompleted || phase == v1alpha1.PhaseFailed
}

// needsCredentials says whether a call may still have to be made: not for a
// recording that is done, nor for one whose recorder has ended and gone, unless
// it is to be stopped all the same.
func needsCredentials(recording *v1alpha1.CloudRecording) bool {
	gone := hasEnded(&recording.Status.SessionStatus) && recording.Status.NotFoundSince != nil
	return (!gone && !isOver(recording.Status.Phase)) || owesStop(recording) || owesSession(recording) || mayRestart(recording)
}

// The API server fills these defaults in; objects that were stored before a
// default existed are read without it.
const (
	defaultConfirmTimeout  = 24 * time.Hour
	defaultDeletionTimeout = 30 * time.Minute
)

func confirmTimeout(recording *v1alpha1.CloudRecording) time.Duration {
	if timeout := recording.Spec.Upload.ConfirmTimeout; timeout != nil {
		return timeout.Duration
	}
	return defaultConfirmTimeout
}

func deletionTimeout(recording *v1alpha1.CloudRecording) time.Duration {
	if timeout := recording.Spec.Upload.DeletionTimeout; timeout != nil {
		return timeout.Duration
	}
	return defaultDeletionTimeout
}
