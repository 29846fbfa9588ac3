// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// FarewellOf returns the last event about an object: whether anything is still running, as
// far as that is known, and where the files are.
func FarewellOf(recording *v1alpha1.CloudRecording) Announcement {
	status := recording.Status
	files, known := fileNames(status), goesOn(recording)
	switch {
	case neverBegan(recording):
		return Announcement{Kind: corev1.EventTypeNormal, Reason: v1alpha1.NothingToStopReason, Text: "Nothing was started for the object, and it goes."}
	case known == presenceRunning:
		return Announcement{Kind: corev1.EventTypeWarning, Reason: v1alpha1.RecordingReason,
			Text: "The object goes and leaves its recording running, by spec.deletionPolicy Orphan: it goes on and is billed until it ends by itself, or something else stops it." + files}
	case known == presenceUnknown:
		return Announcement{Kind: corev1.EventTypeWarning, Reason: v1alpha1.RecordingReason,
			Text: "The object goes and leaves its recording as it is, by spec.deletionPolicy Orphan. Whether it runs is not known: it may go on running and being billed." + files}
	case lifecycle.ReasonOfEnd(&status.SessionStatus) == v1alpha1.StartFailedReason && status.FileCount == 0:
		return Announcement{Kind: corev1.EventTypeNormal, Reason: v1alpha1.StartFailedReason, Text: "No recorder came up, and the object goes." + files}
	case !areAllUploaded(status):
		return Announcement{Kind: corev1.EventTypeWarning, Reason: uploadReason(status),
			Text: "The recording has ended, and its object goes, though the upload of its files is not confirmed." + files}
	default:
		return Announcement{Kind: corev1.EventTypeNormal, Reason: uploadReason(status), Text: "The recording has ended, and its object goes." + files}
	}
}

// presence is what is known about a recording's recorders.
type presence int

const (
	presenceGone presence = iota
	presenceUnknown
	presenceRunning
)

// goesOn returns whether a recorder of the recording is at work: because it was last seen
// at work, or because nothing shows that it has ended.
func goesOn(recording *v1alpha1.CloudRecording) presence {
	known := presenceOf(&recording.Status.SessionStatus, lifecycle.StartsItself(recording))
	for i := range recording.Status.Sessions {
		known = max(known, presenceOf(&recording.Status.Sessions[i], true))
	}
	return known
}

func presenceOf(session *v1alpha1.SessionStatus, isStartedHere bool) presence {
	switch {
	case lifecycle.HasEnded(session), isStartedHere && session.SID == "" && session.StartRequestedTime == nil:
		return presenceGone
	case session.NotFoundSince == nil && lifecycle.IsAtWork(session):
		return presenceRunning
	default:
		return presenceUnknown
	}
}

// neverBegan reports whether nothing was ever started for the object.
func neverBegan(recording *v1alpha1.CloudRecording) bool {
	return lifecycle.IsNotBegun(recording) ||
		(lifecycle.ReasonOfEnd(&recording.Status.SessionStatus) == v1alpha1.NothingToStopReason && len(recording.Status.Sessions) == 0)
}

// areAllUploaded reports whether there is evidence of each session's upload.
func areAllUploaded(status v1alpha1.CloudRecordingStatus) bool {
	return !slices.ContainsFunc(lifecycle.Sessions(&status), func(session *v1alpha1.SessionStatus) bool {
		return session.SID != "" && !lifecycle.HasUploaded(session)
	})
}

// uploadReason returns the evidence of the upload, or why there is none.
func uploadReason(status v1alpha1.CloudRecordingStatus) string {
	if !areAllUploaded(status) {
		if uploaded := meta.FindStatusCondition(status.Conditions, v1alpha1.UploadedCondition); uploaded != nil && uploaded.Status != metav1.ConditionTrue {
			return uploaded.Reason
		}
		return v1alpha1.NotReportedReason
	}
	reason := v1alpha1.NoRecordedDataReason
	for _, session := range lifecycle.Sessions(&status) {
		if evidence := lifecycle.EvidenceOf(session); evidence != "" && evidence != v1alpha1.NoRecordedDataReason {
			reason = evidence
		}
	}
	return reason
}

func fileNames(status v1alpha1.CloudRecordingStatus) string {
	var names []string
	for _, session := range lifecycle.Sessions(&status) {
		for _, file := range session.FileList {
			names = append(names, file.FileName)
		}
	}
	if len(names) == 0 {
		return " Agora has named no files."
	}
	return fmt.Sprintf(" Files (%d): %s", len(names), strings.Join(names, ", "))
}
