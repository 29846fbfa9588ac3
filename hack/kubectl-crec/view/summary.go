// SPDX-License-Identifier: Apache-2.0

package view

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/progress"
)

// Summary is the state of a recording. Programs may read it as JSON.
type Summary struct {
	Namespace string                  `json:"namespace"`
	Name      string                  `json:"name"`
	Channel   string                  `json:"channel"`
	Mode      v1alpha1.RecordingMode  `json:"mode,omitempty"`
	Profile   string                  `json:"profile,omitempty"`
	Wanted    string                  `json:"wanted"`
	Phase     v1alpha1.RecordingPhase `json:"phase"`
	Ready     *metav1.Condition       `json:"ready,omitempty"`

	// Warnings are the conditions that users should know about.
	Warnings  []metav1.Condition  `json:"warnings,omitempty"`
	LastError *v1alpha1.CallError `json:"lastError,omitempty"`
	Sessions  []Session           `json:"sessions"`
	Files     int32               `json:"files"`

	// Waits are what the recording waits for, the earliest first.
	Waits []progress.Wait `json:"waits"`
}

// Session is the state of one session.
type Session struct {
	SID     string                  `json:"sid,omitempty"`
	UID     string                  `json:"uid"`
	Current bool                    `json:"current,omitempty"`
	Phase   v1alpha1.RecordingPhase `json:"phase,omitempty"`
	Started *metav1.Time            `json:"started,omitempty"`
	Ended   *metav1.Time            `json:"ended,omitempty"`
	EndedBy string                  `json:"endedBy,omitempty"`

	// Evidence is the reason of the condition Uploaded. It is empty without evidence.
	Evidence       string                  `json:"evidence,omitempty"`
	Uploaded       *metav1.Condition       `json:"uploaded,omitempty"`
	UploadedTime   *metav1.Time            `json:"uploadedTime,omitempty"`
	UploadProgress *int32                  `json:"uploadProgress,omitempty"`
	Verified       *metav1.Condition       `json:"verified,omitempty"`
	Files          []v1alpha1.RecordedFile `json:"files"`
}

// SummaryOf returns the summary of a recording.
func SummaryOf(recording *v1alpha1.CloudRecording, now time.Time) Summary {
	holding := progress.Holding(recording)
	status := &recording.Status
	summary := Summary{
		Namespace: recording.Namespace, Name: recording.Name,
		Channel: recording.Spec.CName, Mode: holding.Spec.Mode, Profile: profileOf(recording), Wanted: wantedOf(holding),
		Phase: status.Phase, Ready: meta.FindStatusCondition(status.Conditions, v1alpha1.ReadyCondition),
		LastError: status.LastError, Files: status.FileCount, Waits: progress.WaitsOf(recording, now),
		Sessions: []Session{},
	}
	if expiring := meta.FindStatusCondition(status.Conditions, v1alpha1.ExpiringCondition); expiring != nil {
		summary.Warnings = append(summary.Warnings, *expiring)
	}
	for _, session := range progress.Sessions(recording) {
		summary.Sessions = append(summary.Sessions, sessionOf(recording, session))
	}
	return summary
}

func sessionOf(recording *v1alpha1.CloudRecording, session *v1alpha1.SessionStatus) Session {
	return Session{
		SID: session.SID, UID: progress.UIDOf(recording, session),
		Current: session == &recording.Status.SessionStatus, Phase: session.Phase,
		Started: firstOf(session.StartTime, session.StartedTime), Ended: session.StoppedTime, EndedBy: progress.EndOf(session),
		Evidence: progress.EvidenceOf(session), UploadedTime: session.UploadedTime, UploadProgress: session.UploadProgress,
		Uploaded: meta.FindStatusCondition(session.Conditions, v1alpha1.UploadedCondition),
		Verified: meta.FindStatusCondition(session.Conditions, v1alpha1.VerifiedCondition),
		Files:    session.FileList,
	}
}

// firstOf returns the first time that is not nil. Callers pass the preferred time first.
func firstOf(times ...*metav1.Time) *metav1.Time {
	for _, t := range times {
		if t != nil {
			return t
		}
	}
	return nil
}

func profileOf(recording *v1alpha1.CloudRecording) string {
	if recording.Spec.ProfileRef == nil {
		return ""
	}
	return recording.Spec.ProfileRef.Name
}

// wantedOf returns the wanted state of a recording.
func wantedOf(recording *v1alpha1.CloudRecording) string {
	switch {
	case !recording.DeletionTimestamp.IsZero() && recording.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan:
		return "Orphaned"
	case !recording.DeletionTimestamp.IsZero():
		return "Deleted"
	case recording.Spec.Suspend:
		return "Suspended"
	case recording.Spec.State == "":
		return string(v1alpha1.RecordingStateRecording)
	default:
		return string(recording.Spec.State)
	}
}
