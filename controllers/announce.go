// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"strings"
	"unicode"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// maxNoteBytes is what the API server accepts as the note of an event.
const maxNoteBytes = 1024

// Actions of events: what the operator was doing.
const (
	actionReconcile = "Reconcile"
	actionDelete    = "Delete"
)

// announce sends an event for every condition that says something new. That a
// recording has ended and is uploaded is told in one.
func (r *CloudRecordingReconciler) announce(recording *v1alpha1.CloudRecording, before, after v1alpha1.CloudRecordingStatus) {
	r.announceSession(recording, knownOf(before, after.SessionStatus), after.SessionStatus, "")
	for _, session := range after.Sessions {
		r.announceSession(recording, knownOf(before, session), session, session.SID)
	}
}

// knownOf returns what was known of a session before: it may have been in force, or
// among those that others had replaced.
func knownOf(before v1alpha1.CloudRecordingStatus, session v1alpha1.SessionStatus) v1alpha1.SessionStatus {
	i := slices.IndexFunc(before.Sessions, func(known v1alpha1.SessionStatus) bool { return known.SID == session.SID })
	if i < 0 || before.SID == session.SID {
		return before.SessionStatus
	}
	return before.Sessions[i]
}

// announceSession announces what is new of a session: of the one in force, unless a
// sid says which one before it.
func (r *CloudRecordingReconciler) announceSession(recording *v1alpha1.CloudRecording, before, after v1alpha1.SessionStatus, sid string) {
	both := becomesTrue(v1alpha1.StoppedCondition, before, after) && becomesTrue(v1alpha1.UploadedCondition, before, after)
	for _, condition := range after.Conditions {
		old := meta.FindStatusCondition(before.Conditions, condition.Type)
		if old != nil && old.Status == condition.Status && old.Reason == condition.Reason {
			continue
		}
		if !isNews(condition) || isSaidTwice(condition, after) || (both && condition.Type == v1alpha1.StoppedCondition) {
			continue
		}
		text := condition.Message
		if both && condition.Type == v1alpha1.UploadedCondition {
			text = meta.FindStatusCondition(after.Conditions, v1alpha1.StoppedCondition).Message + " " + text
		}
		if sid != "" {
			text = ofSession(sid, text)
		}
		r.Recorder.Eventf(recording, nil, eventType(condition), condition.Reason, actionReconcile, "%s", note(text))
	}
}

func becomesTrue(conditionType string, before, after v1alpha1.SessionStatus) bool {
	return !meta.IsStatusConditionTrue(before.Conditions, conditionType) && meta.IsStatusConditionTrue(after.Conditions, conditionType)
}

// isNews leaves out what another condition says as well.
func isNews(condition metav1.Condition) bool {
	switch condition.Type {
	case v1alpha1.StoppedCondition:
		return condition.Status == metav1.ConditionTrue
	case v1alpha1.VerifiedCondition, v1alpha1.ExpiringCondition:
		return true
	case v1alpha1.UploadedCondition:
		return condition.Reason != v1alpha1.RecordingReason && condition.Reason != v1alpha1.RestartingReason
	case v1alpha1.ReadyCondition:
		switch condition.Reason {
		case v1alpha1.StartingReason, v1alpha1.UpdatingReason, v1alpha1.UploadPendingReason, v1alpha1.UploadedReason, v1alpha1.NoRecordedDataReason, v1alpha1.NothingToStopReason:
			return false
		case v1alpha1.StoppingReason:
			// That it is wanted is no news to who has just said so.
			return condition.Message == messageStopSuspended
		}
		return true
	}
	return false
}

// isSaidTwice leaves out what the bucket shows where the upload says it as well,
// or where it shows what is only to be expected of an upload that goes on.
func isSaidTwice(condition metav1.Condition, after v1alpha1.SessionStatus) bool {
	if condition.Type != v1alpha1.VerifiedCondition {
		return false
	}
	uploaded := meta.FindStatusCondition(after.Conditions, v1alpha1.UploadedCondition)
	switch condition.Status {
	case metav1.ConditionTrue:
		return uploaded != nil && uploaded.Reason == v1alpha1.VerifiedInStorageReason
	case metav1.ConditionFalse:
		return uploaded == nil || uploaded.Status != metav1.ConditionTrue
	default:
		return condition.Reason == v1alpha1.StillArrivingReason
	}
}

func eventType(condition metav1.Condition) string {
	if condition.Type == v1alpha1.ExpiringCondition || (condition.Type == v1alpha1.VerifiedCondition && condition.Status != metav1.ConditionTrue) {
		return corev1.EventTypeWarning
	}
	if condition.Type == v1alpha1.ReadyCondition && condition.Status != metav1.ConditionTrue &&
		(condition.Reason != v1alpha1.StoppingReason || condition.Message == messageStopSuspended) {
		return corev1.EventTypeWarning
	}
	return corev1.EventTypeNormal
}

// note makes of a text what an event can hold.
func note(text string) string {
	const more = " …"
	text = printable(text)
	if len(text) <= maxNoteBytes {
		return text
	}
	return strings.ToValidUTF8(text[:maxNoteBytes-len(more)], "") + more
}

// printable replaces characters that a terminal would obey rather than show. A
// name that somebody gave a file may hold any.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

func readyReason(status v1alpha1.CloudRecordingStatus) string {
	if ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		return ready.Reason
	}
	return ""
}
