// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// IsDeleting says whether the object is being deleted.
func IsDeleting(recording *v1alpha1.CloudRecording) bool {
	return !recording.DeletionTimestamp.IsZero()
}

// WantsStop says whether the recording is wanted to end, by its state, by being
// deleted, or since it has gone on for as long as it may.
func WantsStop(recording *v1alpha1.CloudRecording) bool {
	if IsDeleting(recording) {
		return recording.Spec.DeletionPolicy != v1alpha1.DeletionPolicyOrphan
	}
	return recording.Spec.State == v1alpha1.RecordingStateStopped || recording.Status.StopReason != ""
}

// IsSuspended says whether no calls may be made. A deletion still stops.
func IsSuspended(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.Suspend && !IsDeleting(recording)
}

// AwaitsStop says whether the recording is wanted to end and is not known to
// have: what is being billed for nothing.
func AwaitsStop(recording *v1alpha1.CloudRecording) bool {
	if slices.ContainsFunc(recording.Status.Sessions, isBeingStopped) {
		return true
	}
	return WantsStop(recording) &&
		!meta.IsStatusConditionTrue(recording.Status.Conditions, v1alpha1.StoppedCondition)
}

// AwaitsStart says whether the operator is to start the recording and has no sid
// of it.
func AwaitsStart(recording *v1alpha1.CloudRecording) bool {
	return StartsItself(recording) && recording.Status.SID == "" && !HasEnded(&recording.Status.SessionStatus)
}

// MayHaveStarted says whether the recording may be running though its sid is not
// known.
func MayHaveStarted(recording *v1alpha1.CloudRecording) bool {
	return AwaitsStart(recording) && recording.Status.StartRequestedTime != nil
}

// IsUrgent says whether a call has to be made to end the recording.
func IsUrgent(recording *v1alpha1.CloudRecording) bool {
	return AwaitsStop(recording) || NeedsConfirmingStop(recording)
}

// NotCompleted selects at the API server the recordings for which anything may be left to do.
const NotCompleted = "status.phase!=" + string(v1alpha1.PhaseCompleted)

// IsOver says whether nothing is left to do in a phase, as long as nothing else is
// wanted.
func IsOver(phase v1alpha1.RecordingPhase) bool {
	return phase == v1alpha1.PhaseCompleted || phase == v1alpha1.PhaseFailed
}

// NeedsCredentials says whether a call may still have to be made: not for a
// recording that is done, nor for one whose recorder has ended and gone, unless
// it is to be stopped all the same.
func NeedsCredentials(recording *v1alpha1.CloudRecording) bool {
	gone := HasEnded(&recording.Status.SessionStatus) && recording.Status.NotFoundSince != nil
	return (!gone && !IsOver(recording.Status.Phase)) || NeedsConfirmingStop(recording) || HasOpenSession(recording) || MayRestart(recording)
}

// The API server fills these defaults in; objects that were stored before a
// default existed are read without it.
const (
	defaultConfirmTimeout  = 24 * time.Hour
	defaultDeletionTimeout = 30 * time.Minute
)

// ConfirmTimeout returns for how long after the end the upload may be confirmed.
func ConfirmTimeout(recording *v1alpha1.CloudRecording) time.Duration {
	if timeout := recording.Spec.Upload.ConfirmTimeout; timeout != nil {
		return timeout.Duration
	}
	return defaultConfirmTimeout
}

// DeletionTimeout returns for how long a deletion may wait for the upload to be confirmed.
func DeletionTimeout(recording *v1alpha1.CloudRecording) time.Duration {
	if timeout := recording.Spec.Upload.DeletionTimeout; timeout != nil {
		return timeout.Duration
	}
	return defaultDeletionTimeout
}

// StartsItself says whether the operator starts the recording. One whose profile does not
// hold yet may have no spec.start.
func StartsItself(recording *v1alpha1.CloudRecording) bool {
	return recording.Spec.Start != nil || (recording.Spec.SID == "" && recording.Spec.ProfileRef != nil)
}

// MayRestart says whether another session may have to be started.
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

// NeedsConfirmingStop says whether a recording that is wanted to end counts as ended only since
// nothing found it, without that anybody has asked Agora to stop it. Should a move
// have taken longer than Agora says, it goes on and is billed.
func NeedsConfirmingStop(recording *v1alpha1.CloudRecording) bool {
	return WantsStop(recording) && AssumedEnded(&recording.Status.SessionStatus)
}

// AssumedEnded says whether a session counts as ended only since nothing found it.
// The files of one that goes on would not all be in the bucket.
func AssumedEnded(session *v1alpha1.SessionStatus) bool {
	return ReasonOfEnd(session) == v1alpha1.RecordingEndedReason && session.NotFoundSince != nil && session.StopRequestedTime == nil &&
		!HasUploaded(session)
}

// MayUpdate says whether Agora may have to be told of changes to the recording.
func MayUpdate(recording *v1alpha1.CloudRecording) bool {
	return StartsItself(recording) && recording.Status.SID != "" && !WantsStop(recording) && !HasEnded(&recording.Status.SessionStatus)
}

// IsStalled says whether the condition Stalled is true.
func IsStalled(session *v1alpha1.SessionStatus) bool {
	return meta.IsStatusConditionTrue(session.Conditions, v1alpha1.StalledCondition)
}

// IsAboutToStart says whether Agora has given out what the recording is started
// with.
func IsAboutToStart(recording *v1alpha1.CloudRecording) bool {
	return AwaitsStart(recording) && recording.Status.ResourceID != ""
}

// IsIdle says whether nothing was started, or nothing is left to do for what was.
func IsIdle(recording *v1alpha1.CloudRecording) bool {
	return IsNotBegun(recording) ||
		(IsOver(recording.Status.Phase) && !NeedsConfirmingStop(recording) && !HasOpenSession(recording))
}

// IsNotBegun says whether nothing was ever started for the object.
func IsNotBegun(recording *v1alpha1.CloudRecording) bool {
	return AwaitsStart(recording) && recording.Status.StartRequestedTime == nil && len(recording.Status.Sessions) == 0
}

// StopWantedSince returns the earliest time at which the object shows that its
// recording was wanted to stop. It is zero if the object does not show that yet.
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

// StopAwaitedSince returns since when the recording waits to be stopped: as long as its
// object does not show that, since that was seen first, which is now where seen is zero.
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

// shownSince returns since when the status has been about what the spec says; zero if it
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
