// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/events"
	"cloudrecording.dev/operator/controllers/internal/decision"
)

// announce sends an event for every condition with news. If a recording has ended and its
// upload is confirmed at the same time, one event says both.
func (w *statusWriter) announce(recording *v1alpha1.CloudRecording, before, after v1alpha1.CloudRecordingStatus) {
	w.announceSession(recording, decision.KnownOf(before, after.SessionStatus), after.SessionStatus, "")
	for _, session := range after.Sessions {
		w.announceSession(recording, decision.KnownOf(before, session), session, session.SID)
	}
}

// announceSession announces the news of one session: the current one if the sid is empty,
// otherwise the previous session with that sid.
func (w *statusWriter) announceSession(recording *v1alpha1.CloudRecording, before, after v1alpha1.SessionStatus, sid string) {
	both := decision.BecomesTrue(v1alpha1.StoppedCondition, before, after) && decision.BecomesTrue(v1alpha1.UploadedCondition, before, after)
	for _, condition := range after.Conditions {
		old := meta.FindStatusCondition(before.Conditions, condition.Type)
		if old != nil && old.Status == condition.Status && old.Reason == condition.Reason {
			continue
		}
		if !decision.IsNews(condition) || decision.IsSaidTwice(condition, after) || (both && condition.Type == v1alpha1.StoppedCondition) {
			continue
		}
		text := condition.Message
		if both && condition.Type == v1alpha1.UploadedCondition {
			text = meta.FindStatusCondition(after.Conditions, v1alpha1.StoppedCondition).Message + " " + text
		}
		if sid != "" {
			text = decision.OfSession(sid, text)
		}
		w.recorder.Eventf(recording, sessionReference(recording, sid), decision.EventType(condition), condition.Reason, events.ActionReconcile, "%s", events.Note(text))
	}
}

// sessionReference returns a reference to a previous session, or nil if the sid is empty. The
// event recorder merges events with the same objects and reason and keeps only the first note.
// A reference for each session keeps their events apart.
func sessionReference(recording *v1alpha1.CloudRecording, sid string) runtime.Object {
	if sid == "" {
		return nil
	}
	return &corev1.ObjectReference{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: "CloudRecording", Namespace: recording.Namespace, Name: recording.Name, UID: recording.UID,
		FieldPath: "status.sessions{" + sid + "}",
	}
}
