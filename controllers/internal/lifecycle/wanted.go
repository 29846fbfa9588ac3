// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// IsDeleting reports whether the object is being deleted.
func IsDeleting(recording *v1alpha1.CloudRecording) bool {
	return !recording.DeletionTimestamp.IsZero()
}

// WantsStop reports whether the recording should end: because of its state, because it is
// being deleted, or because it has run for as long as it may.
func WantsStop(recording *v1alpha1.CloudRecording) bool {
	if IsDeleting(recording) {
		return recording.Spec.DeletionPolicy != v1alpha1.DeletionPolicyOrphan
	}
	return recording.Spec.State == v1alpha1.RecordingStateStopped || recording.Status.StopReason != ""
}

// IsSuspended reports whether no calls may be made. A deletion still stops the recording.
func IsSuspended(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.Suspend && !IsDeleting(recording)
}

// AwaitsStop reports whether the recording should end and is not known to have ended, so
// that it may be billed for nothing.
func AwaitsStop(recording *v1alpha1.CloudRecording) bool {
	if slices.ContainsFunc(recording.Status.Sessions, isBeingStopped) {
		return true
	}
	return WantsStop(recording) &&
		!meta.IsStatusConditionTrue(recording.Status.Conditions, v1alpha1.StoppedCondition)
}

// AwaitsStart reports whether the operator should start the recording and has no sid for
// it.
func AwaitsStart(recording *v1alpha1.CloudRecording) bool {
	return StartsItself(recording) && recording.Status.SID == "" && !HasEnded(&recording.Status.SessionStatus)
}

// MayHaveStarted reports whether the recording may be running although its sid is unknown.
func MayHaveStarted(recording *v1alpha1.CloudRecording) bool {
	return AwaitsStart(recording) && recording.Status.StartRequestedTime != nil
}

// IsUrgent reports whether a call must be made to end the recording.
func IsUrgent(recording *v1alpha1.CloudRecording) bool {
	return AwaitsStop(recording) || NeedsConfirmingStop(recording)
}

// NotCompleted is a field selector for the recordings for which anything may be left to do.
const NotCompleted = "status.phase!=" + string(v1alpha1.PhaseCompleted)

// IsOver reports whether nothing is left to do in a phase, as long as nothing else is
// wanted.
func IsOver(phase v1alpha1.RecordingPhase) bool {
	return phase == v1alpha1.PhaseCompleted || phase == v1alpha1.PhaseFailed
}

// NeedsCredentials reports whether a call may still have to be made. A finished recording
// needs none, and neither does one whose recorder has ended and is gone, unless it must be
// stopped all the same.
func NeedsCredentials(recording *v1alpha1.CloudRecording) bool {
	gone := HasEnded(&recording.Status.SessionStatus) && recording.Status.NotFoundSince != nil
	return (!gone && !IsOver(recording.Status.Phase)) || NeedsConfirmingStop(recording) || HasOpenSession(recording) || MayRestart(recording)
}

// The API server fills in these defaults. Objects that were stored before a default existed
// are read without it.
const (
	defaultConfirmTimeout  = 24 * time.Hour
	defaultDeletionTimeout = 30 * time.Minute
)

// ConfirmTimeout returns how long after the end of a recording its upload may be confirmed.
func ConfirmTimeout(recording *v1alpha1.CloudRecording) time.Duration {
	if timeout := recording.Spec.Upload.ConfirmTimeout; timeout != nil {
		return timeout.Duration
	}
	return defaultConfirmTimeout
}

// DeletionTimeout returns how long a deletion may wait until the upload is confirmed.
func DeletionTimeout(recording *v1alpha1.CloudRecording) time.Duration {
	if timeout := recording.Spec.Upload.DeletionTimeout; timeout != nil {
		return timeout.Duration
	}
	return defaultDeletionTimeout
}

// StartsItself reports whether the operator starts the recording. A recording whose profile
// is not in effect yet may have no spec.start.
func StartsItself(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.Start != nil || (recording.Spec.SID == "" && recording.Spec.ProfileRef != nil)
}

// MayRestart reports whether another session may have to be started.
func MayRestart(recording *v1alpha1.CloudRecording) bool {
	if WantsStop(recording) || IsDeleting(recording) || CompletesEmpty(recording) {
		return false
	}
	switch recording.Spec.RestartPolicy {
	case v1alpha1.RestartPolicyAlways:
		return true
	case v1alpha1.RestartPolicyOnFailure:
		return !WasChannelEmpty(recording)
	default:
		return false
	}
}

// NeedsConfirmingStop reports whether a recording that should end counts as ended only
// because it was not found, although nobody has asked Agora to stop it. If a move took
// longer than Agora says, the recording still runs and is billed.
func NeedsConfirmingStop(recording *v1alpha1.CloudRecording) bool {
	return WantsStop(recording) && AssumedEnded(&recording.Status.SessionStatus)
}

// AssumedEnded reports whether a session counts as ended only because it was not found. If
// it still runs, its files are not all in the bucket.
func AssumedEnded(session *v1alpha1.SessionStatus) bool {
	return ReasonOfEnd(session) == v1alpha1.RecordingEndedReason && session.NotFoundSince != nil && session.StopRequestedTime == nil &&
		!HasUploaded(session)
}

// MayUpdate reports whether Agora may have to be told about changes to the recording.
func MayUpdate(recording *v1alpha1.CloudRecording) bool {
	return StartsItself(recording) && recording.Status.SID != "" && !WantsStop(recording) && !HasEnded(&recording.Status.SessionStatus)
}

// IsStalled reports whether the condition Stalled is true.
func IsStalled(session *v1alpha1.SessionStatus) bool {
	return meta.IsStatusConditionTrue(session.Conditions, v1alpha1.StalledCondition)
}

// IsAboutToStart reports whether Agora has issued the resource ID that starts the
// recording.
func IsAboutToStart(recording *v1alpha1.CloudRecording) bool {
	return AwaitsStart(recording) && recording.Status.ResourceID != ""
}

// IsIdle reports whether nothing was started, or nothing is left to do for what was
// started.
func IsIdle(recording *v1alpha1.CloudRecording) bool {
	return IsNotBegun(recording) ||
		(IsOver(recording.Status.Phase) && !NeedsConfirmingStop(recording) && !HasOpenSession(recording))
}

// IsNotBegun reports whether nothing was ever started for the object.
func IsNotBegun(recording *v1alpha1.CloudRecording) bool {
	return AwaitsStart(recording) && recording.Status.StartRequestedTime == nil && len(recording.Status.Sessions) == 0
}

// StopWantedSince returns the earliest time at which the object shows that its recording
// should stop. It is zero if the object does not show that yet.
func StopWantedSince(recording *v1alpha1.CloudRecording) time.Time {
	if i := slices.IndexFunc(recording.Status.Sessions, isBeingStopped); i >= 0 {
		return recording.Status.Sessions[i].StopRequestedTime.Time
	}
	since := shownSince(recording)
	if deleted := recording.DeletionTimestamp; deleted != nil {
		since = deleted.Time
	}
	if requested := recording.Status.StopRequestedTime; requested != nil && (!IsDeleting(recording) || requested.Time.Before(since)) {
		since = requested.Time
	}
	return since
}

// StopAwaitedSince returns since when the recording has been waiting to be stopped. While
// its object does not show that, it is the time when that was first seen, or now if seen is
// zero.
func StopAwaitedSince(recording *v1alpha1.CloudRecording, seen, now time.Time) time.Time {
	switch since := StopWantedSince(recording); {
	case !since.IsZero():
		return since
	case !seen.IsZero():
		return seen
	default:
		return now
	}
}

// shownSince returns since when the status has been about the present spec, or zero if it
// is not yet.
func shownSince(recording *v1alpha1.CloudRecording) time.Time {
	ready := meta.FindStatusCondition(recording.Status.Conditions, v1alpha1.ReadyCondition)
	switch {
	case ready == nil:
		return recording.CreationTimestamp.Time
	case ready.ObservedGeneration == recording.Generation:
		return ready.LastTransitionTime.Time
	default:
		return time.Time{}
	}
}
