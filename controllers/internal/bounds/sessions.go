// SPDX-License-Identifier: Apache-2.0

package bounds

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// reduceSessions makes the previous sessions fit into maxSessionBytes. If they do not, the
// oldest ones lose what no decision about them needs, beginning with those for which
// nothing is left to do.
func reduceSessions(sessions []v1alpha1.SessionStatus, uid string) {
	total := 0
	for i := range sessions {
		total += sizeOfSession(&sessions[i])
	}
	for _, settled := range []bool{true, false} {
		for i := range sessions {
			if total <= maxSessionBytes {
				return
			}
			if session := &sessions[i]; lifecycle.IsSettled(session) == settled {
				before := sizeOfSession(session)
				reduceSession(session, uid)
				total += sizeOfSession(session) - before
			}
		}
	}
}

// reduceSession drops what no decision about a previous session needs, and shortens what
// people are told about it. Its files stay.
func reduceSession(session *v1alpha1.SessionStatus, uid string) {
	session.Conditions = slices.DeleteFunc(slices.Clone(session.Conditions), func(c metav1.Condition) bool { return !isOwnCondition(c) })
	session.Conditions = boundConditions(session.Conditions, maxReducedMessageBytes)
	session.Applied, session.ExtensionServiceState = nil, nil
	session.Notified = dropLeastUseful(slices.DeleteFunc(slices.Clone(session.Notified), func(event v1alpha1.NotifiedEvent) bool {
		return !lifecycle.IsOfUpload(event)
	}), maxReducedEvents, recordersOf(session, uid))
	if session.Verification != nil {
		reduced := *session.Verification
		reduced.MissingFiles = nil
		if EncodedSize(reduced.Location) > MaxAddressBytes {
			reduced.Location = ""
		}
		session.Verification = &reduced
	}
	if session.Exit != nil {
		reduced := *session.Exit
		reduced.Cause = ""
		session.Exit = &reduced
	}
	if session.LastError != nil {
		reduced := *session.LastError
		reduced.Reason = CutText(reduced.Reason, maxReducedErrorBytes)
		session.LastError = &reduced
	}
}

// sizeOfSession returns how much a session takes in an object at most, without its files.
// It is counted rather than encoded, because it is needed again and again.
func sizeOfSession(session *v1alpha1.SessionStatus) int {
	const (
		// members is what the names of all members, the numbers and the times take.
		members   = 1000
		condition = 160
		entry     = 84
	)
	size := members + EncodedSize(session.ResourceID) + EncodedSize(session.SID) + EncodedSize(session.UID) +
		EncodedSize(string(session.Phase)) + EncodedSize(session.UploadingStatus) + EncodedSize(session.FileListMode) +
		EncodedSize(session.StoppedReason) + EncodedSize(session.UploadedReason)
	for i := range session.Conditions {
		c := &session.Conditions[i]
		size += condition + EncodedSize(c.Type) + EncodedSize(c.Reason) + EncodedSize(c.Message)
	}
	for i := range session.ExtensionServiceState {
		service := &session.ExtensionServiceState[i]
		size += 2*entry + EncodedSize(service.ServiceName) + EncodedSize(service.Payload.State) + EncodedSize(service.Payload.UploadingStatus) + EncodedSize(service.Payload.Status)
		for _, output := range service.Payload.Outputs {
			size += entry + EncodedSize(output.RTMPURL) + EncodedSize(output.Status)
		}
	}
	if applied := session.Applied; applied != nil {
		size += 3*entry + EncodedSize(applied.Subscription) + EncodedSize(applied.Layout) + EncodedSize(applied.Page) +
			EncodedSize(applied.Publishing) + EncodedSize(applied.PublishingSecret) + EncodedSize(applied.Storage)
	}
	if verification := session.Verification; verification != nil {
		size += 3*entry + EncodedSize(verification.Location)
		for _, name := range verification.MissingFiles {
			size += entry + EncodedSize(name)
		}
	}
	if session.Exit != nil {
		size += 2*entry + EncodedSize(session.Exit.Cause)
	}
	if session.LastError != nil {
		size += 2*entry + EncodedSize(session.LastError.Operation) + EncodedSize(session.LastError.Problem) + EncodedSize(session.LastError.Reason)
	}
	return size + len(session.Notified)*entry
}
