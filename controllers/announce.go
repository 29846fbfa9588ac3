// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/decision"
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
func (w *statusWriter) announce(recording *v1alpha1.CloudRecording, before, after v1alpha1.CloudRecordingStatus) {
	w.announceSession(recording, decision.KnownOf(before, after.SessionStatus), after.SessionStatus, "")
	for _, session := range after.Sessions {
		w.announceSession(recording, decision.KnownOf(before, session), session, session.SID)
	}
}

// announceSession announces what is new of a session: of the current one, unless a
// sid says which one before it.
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
		w.recorder.Eventf(recording, sessionReference(recording, sid), decision.EventType(condition), condition.Reason, actionReconcile, "%s", note(text))
	}
}

// sessionReference names a session before the current one in an event; nil if the sid is empty.
// Events about the same objects with the same reason are counted as one, of which the first
// note is kept: of sessions that end together each is to be told.
func sessionReference(recording *v1alpha1.CloudRecording, sid string) runtime.Object {
	if sid == "" {
		return nil
	}
	return &corev1.ObjectReference{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: "CloudRecording", Namespace: recording.Namespace, Name: recording.Name, UID: recording.UID,
		FieldPath: "status.sessions{" + sid + "}",
	}
}

// note makes of a text what an event can hold.
func note(text string) string {
	const more = " …"
	text = decision.Printable(text)
	if len(text) <= maxNoteBytes {
		return text
	}
	return strings.ToValidUTF8(text[:maxNoteBytes-len(more)], "") + more
}
