// SPDX-License-Identifier: Apache-2.0

package bounds

import (
	"cmp"
	"regexp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// An object that is too large for the API server could not be written at all, and its
// recording could not be stopped. The API server's limit is 1.5 MiB. The files of all
// sessions take MaxFileBytes of it, the rest of the current session about 100 KiB, and the
// rest of the other sessions maxSessionBytes. maxUserBytes are left for metadata and spec.
const (
	maxSessionBytes = 608 << 10
	maxUserBytes    = 200 << 10
)

// Bounds of what a session holds, in bytes as an object stores them. The CRD has the same
// numbers in characters: a text never has more characters than bytes.
const (
	MaxConditions   = 16
	maxTypeBytes    = 64
	MaxReasonBytes  = 64
	MaxMessageBytes = 1024
	MaxWordBytes    = 64
	MaxNameBytes    = 1024
	MaxServices     = 4
	MaxOutputs      = 4
	MaxAddressBytes = 256
	MaxCauseBytes   = 512
	MaxErrorBytes   = 512
	MaxMissingFiles = 20
	MaxMissingBytes = 1024
	MaxNotified     = 64

	// Bounds of a session that was reduced because there was not enough room.
	maxReducedMessageBytes = 96
	maxReducedErrorBytes   = 256
	maxReducedEvents       = 4
)

// UserID matches what a user of a channel can be called.
var UserID = regexp.MustCompile(`^[0-9]{1,10}$`)

// Status keeps the status of a recording, whose user ID is given, within what an object can
// hold. A value that is compared with a recorded one is also bounded when it is first
// learned.
func Status(status *v1alpha1.CloudRecordingStatus, uid string) {
	boundSession(&status.SessionStatus, uid)
	status.StopReason = cutWord(status.StopReason)
	for i := range status.Sessions {
		boundSession(&status.Sessions[i], uid)
	}
	reduceSessions(status.Sessions, uid)
}

// boundSession keeps each part of a session within its bounds, except the files.
func boundSession(session *v1alpha1.SessionStatus, uid string) {
	session.Conditions = boundConditions(session.Conditions, MaxMessageBytes)
	session.Phase = cutWord(session.Phase)
	session.UploadingStatus = cutWord(session.UploadingStatus)
	session.FileListMode = cutWord(session.FileListMode)
	session.StoppedReason = CutText(session.StoppedReason, MaxReasonBytes)
	session.UploadedReason = CutText(session.UploadedReason, MaxReasonBytes)
	session.ExtensionServiceState = Services(session.ExtensionServiceState)
	session.LastError = Error(session.LastError)
	session.Verification = Verification(session.Verification)
	if exit := session.Exit; exit != nil && !fits(exit.Cause, MaxCauseBytes) {
		bounded := *exit
		bounded.Cause = CutText(exit.Cause, MaxCauseBytes)
		session.Exit = &bounded
	}
	if failover := session.Failover; failover != nil && failover.NewUID != "" && !UserID.MatchString(failover.NewUID) {
		session.Failover = &v1alpha1.RecorderFailover{Time: failover.Time}
	}
	session.Notified = Notified(session, uid)
}

func cutWord[Text ~string](text Text) Text { return Text(CutText(string(text), MaxWordBytes)) }

// boundConditions keeps all of the operator's own conditions, and as many others as fit.
func boundConditions(conditions []metav1.Condition, maxMessageBytes int) []metav1.Condition {
	isBounded := func(condition metav1.Condition) bool {
		return fits(condition.Type, maxTypeBytes) && fits(condition.Reason, MaxReasonBytes) &&
			fits(condition.Message, maxMessageBytes)
	}
	if len(conditions) <= MaxConditions && !slices.ContainsFunc(conditions, func(c metav1.Condition) bool { return !isBounded(c) }) {
		return conditions
	}
	conditions = slices.DeleteFunc(slices.Clone(conditions), func(condition metav1.Condition) bool {
		return !fits(condition.Type, maxTypeBytes) || !fits(condition.Reason, MaxReasonBytes)
	})
	for i := range conditions {
		conditions[i].Message = CutText(conditions[i].Message, maxMessageBytes)
	}
	for i := len(conditions) - 1; i >= 0 && len(conditions) > MaxConditions; i-- {
		if !isOwnCondition(conditions[i]) {
			conditions = slices.Delete(conditions, i, i+1)
		}
	}
	return conditions
}

// isOwnCondition reports whether the operator sets a condition.
func isOwnCondition(condition metav1.Condition) bool {
	return slices.Contains(v1alpha1.ConditionTypes(), condition.Type)
}

// Services keeps the services that were reported first, and the last addresses of each.
func Services(services []v1alpha1.ExtensionServiceState) []v1alpha1.ExtensionServiceState {
	if len(services) == 0 {
		return services
	}
	bounded := slices.Clone(services[:min(len(services), MaxServices)])
	for i := range bounded {
		service := &bounded[i]
		service.ServiceName = cutWord(service.ServiceName)
		payload := &service.Payload
		payload.State, payload.Status, payload.UploadingStatus = cutWord(payload.State), cutWord(payload.Status), cutWord(payload.UploadingStatus)
		payload.Outputs = slices.Clone(payload.Outputs[max(len(payload.Outputs)-MaxOutputs, 0):])
		for j := range payload.Outputs {
			output := &payload.Outputs[j]
			output.RTMPURL, output.Status = CutText(output.RTMPURL, MaxAddressBytes), cutWord(output.Status)
		}
	}
	return withoutTwins(bounded)
}

// withoutTwins keeps one of several services whose shortened names are the same.
func withoutTwins(services []v1alpha1.ExtensionServiceState) []v1alpha1.ExtensionServiceState {
	var kept []v1alpha1.ExtensionServiceState
	for _, service := range services {
		if !slices.ContainsFunc(kept, func(other v1alpha1.ExtensionServiceState) bool { return other.ServiceName == service.ServiceName }) {
			kept = append(kept, service)
		}
	}
	return kept
}

// Error returns a failed call with its texts within bounds.
func Error(failure *v1alpha1.CallError) *v1alpha1.CallError {
	if failure == nil || (fits(failure.Operation, MaxWordBytes) && fits(failure.Problem, MaxWordBytes) && fits(failure.Reason, MaxErrorBytes)) {
		return failure
	}
	bounded := *failure
	bounded.Operation, bounded.Problem = cutWord(failure.Operation), cutWord(failure.Problem)
	bounded.Reason = CutText(failure.Reason, MaxErrorBytes)
	return &bounded
}

// Verification returns what was found in a bucket, with its texts and names within bounds.
func Verification(verification *v1alpha1.StorageVerification) *v1alpha1.StorageVerification {
	if verification == nil {
		return nil
	}
	bounded := *verification
	bounded.Location = CutText(verification.Location, MaxNameBytes)
	bounded.MissingFiles = slices.Clone(verification.MissingFiles[:min(len(verification.MissingFiles), MaxMissingFiles)])
	for i, name := range bounded.MissingFiles {
		bounded.MissingFiles[i] = CutText(name, MaxMissingBytes)
	}
	return &bounded
}

// Notified keeps as many events as a session can hold: only those about possible users, and
// the most useful ones.
func Notified(session *v1alpha1.SessionStatus, uid string) []v1alpha1.NotifiedEvent {
	isStrange := func(event v1alpha1.NotifiedEvent) bool { return !UserID.MatchString(event.UID) }
	events := session.Notified
	if slices.ContainsFunc(events, isStrange) {
		events = slices.DeleteFunc(slices.Clone(events), isStrange)
	}
	return dropLeastUseful(events, MaxNotified, recordersOf(session, uid))
}

// recordersOf returns the user IDs that a session's recorder is known to have had.
func recordersOf(session *v1alpha1.SessionStatus, uid string) []string {
	recorders := []string{lifecycle.UIDOf(uid, session)}
	if session.Failover != nil {
		recorders = append(recorders, session.Failover.NewUID)
	}
	return recorders
}

// dropLeastUseful returns at most the given number of events. It prefers events about
// uploads and known recorders to others, which anybody who knows the signing secret can
// make up, and newer events to equally useful older ones.
func dropLeastUseful(events []v1alpha1.NotifiedEvent, most int, recorders []string) []v1alpha1.NotifiedEvent {
	if len(events) <= most {
		return events
	}
	kept := slices.Clone(events)
	slices.SortStableFunc(kept, func(a, b v1alpha1.NotifiedEvent) int {
		return cmp.Or(cmp.Compare(usefulness(b, recorders), usefulness(a, recorders)), b.Time.Compare(a.Time.Time), CompareEvents(a, b))
	})
	kept = kept[:most]
	slices.SortFunc(kept, CompareEvents)
	return kept
}

func usefulness(event v1alpha1.NotifiedEvent, recorders []string) int {
	useful := 0
	if slices.Contains(recorders, event.UID) {
		useful += 2
	}
	if lifecycle.IsOfUpload(event) {
		useful++
	}
	return useful
}

// CompareEvents orders events by their types and recorders.
func CompareEvents(a, b v1alpha1.NotifiedEvent) int {
	return cmp.Or(cmp.Compare(a.EventType, b.EventType), cmp.Compare(a.UID, b.UID))
}
