// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// maxSessions is how many sessions a status holds that others have replaced: an
// object must not become too large to be written.
const maxSessions = 100

// hasEnded says whether a session is known to have ended.
func hasEnded(session *v1alpha1.SessionStatus) bool {
	return session.StoppedReason != "" || meta.IsStatusConditionTrue(session.Conditions, v1alpha1.StoppedCondition)
}

// reasonOfEnd names why a session counts as ended; empty if it does not.
func reasonOfEnd(session *v1alpha1.SessionStatus) string {
	stopped := meta.FindStatusCondition(session.Conditions, v1alpha1.StoppedCondition)
	if session.StoppedReason == "" && stopped != nil && stopped.Status == metav1.ConditionTrue {
		return stopped.Reason
	}
	return session.StoppedReason
}

// evidenceOf names the evidence that the files of a session are in the bucket; empty
// if there is none.
func evidenceOf(session *v1alpha1.SessionStatus) string {
	uploaded := meta.FindStatusCondition(session.Conditions, v1alpha1.UploadedCondition)
	if session.UploadedReason == "" && uploaded != nil && uploaded.Status == metav1.ConditionTrue {
		return uploaded.Reason
	}
	return session.UploadedReason
}

// hasUploaded says whether there is evidence that the files of a session are in the
// bucket.
func hasUploaded(session *v1alpha1.SessionStatus) bool {
	return evidenceOf(session) != ""
}

// isAtWork says whether the recorder of a session was at work when Agora last said how
// it is.
func isAtWork(session *v1alpha1.SessionStatus) bool {
	status := session.ServiceStatus
	return status != nil && (*status == serviceReady || *status == serviceInProgress)
}

// isBeingStopped says whether a session is wanted to end and is not known to have.
func isBeingStopped(session v1alpha1.SessionStatus) bool {
	return session.StopRequestedTime != nil && !hasEnded(&session)
}

// isSettled says that nothing is left to do for a session that another has replaced.
func isSettled(session *v1alpha1.SessionStatus) bool {
	return isOver(session.Phase)
}

// owesSession says whether there is anything left to do for a session that
// another has replaced.
func owesSession(recording *v1alpha1.CloudRecording) bool {
	return slices.ContainsFunc(recording.Status.Sessions, func(session v1alpha1.SessionStatus) bool { return !isSettled(&session) })
}

// sessionOf returns the session with a sid among those that others have replaced,
// or nil.
func sessionOf(recording *v1alpha1.CloudRecording, sid string) *v1alpha1.SessionStatus {
	for i := range recording.Status.Sessions {
		if session := &recording.Status.Sessions[i]; session.SID == sid {
			return session
		}
	}
	return nil
}

// sidsOf returns the sids of all sessions of a recording.
func sidsOf(recording *v1alpha1.CloudRecording) []string {
	var sids []string
	if sid := identityOf(recording).SID; sid != "" {
		sids = append(sids, sid)
	}
	for _, session := range recording.Status.Sessions {
		sids = append(sids, session.SID)
	}
	return sids
}

// recordingOf returns a session that another has replaced as a recording of its
// own: it is looked after like one that was adopted.
func recordingOf(recording *v1alpha1.CloudRecording, session *v1alpha1.SessionStatus) *v1alpha1.CloudRecording {
	own := *recording
	own.Spec.Start = nil
	own.Spec.RestartPolicy = v1alpha1.RestartPolicyNever
	own.Spec.OnChannelEmpty = v1alpha1.ChannelEmptyPolicyFail
	own.Spec.MaxDuration = nil
	own.Spec.UID = uidOf(recording.Spec.UID, session)
	own.Spec.ResourceID, own.Spec.SID = session.ResourceID, session.SID
	own.Status = v1alpha1.CloudRecordingStatus{ObservedGeneration: recording.Generation, SessionStatus: *session}
	return &own
}

// uidOf returns the user ID of a session's recorder.
func uidOf(first string, session *v1alpha1.SessionStatus) string {
	if session.UID != "" {
		return session.UID
	}
	return first
}
