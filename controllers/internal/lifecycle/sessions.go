// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/notifications"
)

// MaxSessions is how many previous sessions a status holds: an object must not become too
// large to be written.
const MaxSessions = 100

// HasEnded reports whether a session is known to have ended.
func HasEnded(session *v1alpha1.SessionStatus) bool {
	return session.StoppedReason != "" || meta.IsStatusConditionTrue(session.Conditions, v1alpha1.StoppedCondition)
}

// ReasonOfEnd returns why a session counts as ended, or nothing if it does not.
func ReasonOfEnd(session *v1alpha1.SessionStatus) string {
	stopped := meta.FindStatusCondition(session.Conditions, v1alpha1.StoppedCondition)
	if session.StoppedReason == "" && stopped != nil && stopped.Status == metav1.ConditionTrue {
		return stopped.Reason
	}
	return session.StoppedReason
}

// EvidenceOf returns the evidence that the files of a session are in the bucket, or nothing
// if there is none.
func EvidenceOf(session *v1alpha1.SessionStatus) string {
	uploaded := meta.FindStatusCondition(session.Conditions, v1alpha1.UploadedCondition)
	if session.UploadedReason == "" && uploaded != nil && uploaded.Status == metav1.ConditionTrue {
		return uploaded.Reason
	}
	return session.UploadedReason
}

// HasUploaded reports whether there is evidence that the files of a session are in the
// bucket.
func HasUploaded(session *v1alpha1.SessionStatus) bool {
	return EvidenceOf(session) != ""
}

// IsAtWork reports whether the recorder of a session was at work when Agora last described
// it.
func IsAtWork(session *v1alpha1.SessionStatus) bool {
	status := session.ServiceStatus
	return status != nil && (*status == ServiceReady || *status == ServiceInProgress)
}

// isBeingStopped reports whether a session should end and is not known to have ended.
func isBeingStopped(session v1alpha1.SessionStatus) bool {
	return session.StopRequestedTime != nil && !HasEnded(&session)
}

// IsSettled reports whether nothing is left to do for a previous session.
func IsSettled(session *v1alpha1.SessionStatus) bool {
	return IsOver(session.Phase)
}

// HasOpenSession reports whether anything is left to do for a previous session.
func HasOpenSession(recording *v1alpha1.CloudRecording) bool {
	return slices.ContainsFunc(recording.Status.Sessions, func(session v1alpha1.SessionStatus) bool { return !IsSettled(&session) })
}

// Sessions returns all sessions of a recording in order, the current one last.
func Sessions(status *v1alpha1.CloudRecordingStatus) []*v1alpha1.SessionStatus {
	sessions := make([]*v1alpha1.SessionStatus, 0, len(status.Sessions)+1)
	for i := range status.Sessions {
		sessions = append(sessions, &status.Sessions[i])
	}
	return append(sessions, &status.SessionStatus)
}

// HaveAllEnded reports whether every session has ended, including the current one.
func HaveAllEnded(status *v1alpha1.CloudRecordingStatus) bool {
	return !slices.ContainsFunc(Sessions(status), func(session *v1alpha1.SessionStatus) bool { return !HasEnded(session) })
}

// HaveOthersEnded reports whether every previous session has ended.
func HaveOthersEnded(status *v1alpha1.CloudRecordingStatus) bool {
	return !slices.ContainsFunc(status.Sessions, func(session v1alpha1.SessionStatus) bool { return !HasEnded(&session) })
}

// SessionOf returns the previous session with a sid, or nil.
func SessionOf(recording *v1alpha1.CloudRecording, sid string) *v1alpha1.SessionStatus {
	for i := range recording.Status.Sessions {
		if session := &recording.Status.Sessions[i]; session.SID == sid {
			return session
		}
	}
	return nil
}

// SIDsOf returns the sids of all sessions of a recording.
func SIDsOf(recording *v1alpha1.CloudRecording) []string {
	var sids []string
	if sid := IdentityOf(recording).SID; sid != "" {
		sids = append(sids, sid)
	}
	for _, session := range recording.Status.Sessions {
		sids = append(sids, session.SID)
	}
	return sids
}

// RecordingOf returns a previous session as a recording of its own, which is looked after
// like an adopted one.
func RecordingOf(recording *v1alpha1.CloudRecording, session *v1alpha1.SessionStatus) *v1alpha1.CloudRecording {
	own := *recording
	own.Spec.Start = nil
	own.Spec.RestartPolicy = v1alpha1.RestartPolicyNever
	own.Spec.OnChannelEmpty = v1alpha1.ChannelEmptyPolicyFail
	own.Spec.MaxDuration, own.Spec.Window, own.Spec.TTLSecondsAfterFinished, own.Spec.ProfileRef = nil, nil, nil, nil
	own.Spec.UID = UIDOf(recording.Spec.UID, session)
	own.Spec.ResourceID, own.Spec.SID = session.ResourceID, session.SID
	own.Status = v1alpha1.CloudRecordingStatus{ObservedGeneration: recording.Generation, SessionStatus: *session}
	return &own
}

// UIDOf returns the user ID of a session's recorder.
func UIDOf(first string, session *v1alpha1.SessionStatus) string {
	if session.UID != "" {
		return session.UID
	}
	return first
}

// Agora's numbers for a healthy recorder, and for one that was asked to stop.
const (
	ServiceReady         = 4
	ServiceInProgress    = 5
	ServiceStopRequested = 6
)

// IsNotified reports whether a failure came in a notification, rather than from a call.
func IsNotified(failure *v1alpha1.CallError) bool {
	switch agora.Method(failure.Operation) {
	case agora.MethodAcquire, agora.MethodStart, agora.MethodQuery,
		agora.MethodUpdate, agora.MethodUpdateLayout, agora.MethodStop:
		return false
	default:
		return true
	}
}

// HasSIDInDoubt reports whether the sid may belong to another recording, which had the same
// channel and user ID and began shortly before. Such a sid was taken from a notification
// that is older than the start, and nothing has shown a recorder since.
func HasSIDInDoubt(recording *v1alpha1.CloudRecording) bool {
	status := &recording.Status
	if !StartsItself(recording) || status.SID == "" || status.ServiceStatus != nil || status.StartRequestedTime == nil || HasEnded(&status.SessionStatus) {
		return false
	}
	return slices.ContainsFunc(status.Notified, func(noted v1alpha1.NotifiedEvent) bool {
		return notifications.Type(noted.EventType).TellsOfStart() && noted.UID == UIDOf(recording.Spec.UID, &status.SessionStatus) &&
			noted.Time.Time.Before(status.StartRequestedTime.Time)
	})
}

// IsOfUpload reports whether an event is about the upload of files.
func IsOfUpload(event v1alpha1.NotifiedEvent) bool {
	kind := notifications.Type(event.EventType)
	return kind == notifications.Uploaded || kind == notifications.Backuped
}
