// SPDX-License-Identifier: Apache-2.0

package recordingtest

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/notifications"
)

// FullSession returns a session that holds as much as it may, with texts made of one
// character.
func FullSession(sid, character string, files int) v1alpha1.SessionStatus {
	text := func(length int) string { return strings.Repeat(character, length/bounds.EncodedSize(character)) }
	at := metav1.NewTime(time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC))
	session := v1alpha1.SessionStatus{
		Phase: v1alpha1.PhaseUploading, ResourceID: strings.Repeat("r", 1024), SID: sid, UID: "4294967295",
		AcquiredTime: &at, StartRequestedTime: &at, StartedTime: &at, TokenExpirationTime: &at, ResourceExpiredHour: 720, MP4Requested: true, ServiceStatus: ptr.To[int32](20),
		UploadingStatus: text(bounds.MaxWordBytes), UploadProgress: ptr.To[int32](100), FileListMode: text(bounds.MaxWordBytes),
		FileCount: 1<<31 - 1, FileListFinal: true, StartTime: &at, StopRequestedTime: &at,
		StoppedReason: text(bounds.MaxReasonBytes), StoppedTime: &at, UploadedReason: text(bounds.MaxReasonBytes), UploadedTime: &at, NotFoundSince: &at,
		Applied: &v1alpha1.AppliedParameters{
			Subscription: strings.Repeat("a", 64), Layout: strings.Repeat("a", 64), Page: strings.Repeat("a", 64),
			Publishing: strings.Repeat("a", 64), Storage: strings.Repeat("a", 64), PublishingSecret: strings.Repeat("s", 253), StorageTime: &at,
		},
		Migrations: 10,
		Verification: &v1alpha1.StorageVerification{
			Location: text(bounds.MaxNameBytes), Time: at, Indexes: 1 << 30, Slices: 1 << 30, MP4s: 1 << 30, Screenshots: 1 << 30,
			Bytes: 1 << 62, PlayableSeconds: 1 << 62, Missing: 1 << 30,
		},
		Exit: &v1alpha1.RecorderExit{
			Time: &at, ExitStatus: ptr.To[int32](-1 << 31), LeaveCode: ptr.To[int32](-1 << 31), WebStopCode: ptr.To[int32](-1 << 31), Cause: text(bounds.MaxCauseBytes),
		},
		Failover:  &v1alpha1.RecorderFailover{NewUID: "4294967294", Time: at},
		LastError: &v1alpha1.CallError{Operation: text(bounds.MaxWordBytes), Problem: text(bounds.MaxWordBytes), HTTPStatus: 503, Code: -1 << 31, Unexpected: true, Reason: text(bounds.MaxErrorBytes), Since: at},
	}
	for i := range bounds.MaxConditions {
		kind := v1alpha1.ConditionTypes()
		condition := metav1.Condition{
			Type: fmt.Sprintf("Other%s%d", strings.Repeat("x", 56), i), Status: metav1.ConditionUnknown, ObservedGeneration: 1 << 62,
			LastTransitionTime: at, Reason: strings.Repeat("R", bounds.MaxReasonBytes), Message: text(bounds.MaxMessageBytes),
		}
		if i < len(kind) {
			condition.Type = kind[i]
		}
		session.Conditions = append(session.Conditions, condition)
	}
	for range bounds.MaxMissingFiles {
		session.Verification.MissingFiles = append(session.Verification.MissingFiles, text(bounds.MaxMissingBytes))
	}
	for i := range bounds.MaxServices {
		service := v1alpha1.ExtensionServiceState{ServiceName: strings.Repeat("s", bounds.MaxWordBytes-1) + fmt.Sprint(i), Payload: v1alpha1.ExtensionServicePayload{
			State: text(bounds.MaxWordBytes), Onhold: ptr.To(false), UploadingStatus: text(bounds.MaxWordBytes), Status: text(bounds.MaxWordBytes),
		}}
		for range bounds.MaxOutputs {
			service.Payload.Outputs = append(service.Payload.Outputs, v1alpha1.ExtensionServiceOutput{RTMPURL: text(bounds.MaxAddressBytes), Status: text(bounds.MaxWordBytes)})
		}
		session.ExtensionServiceState = append(session.ExtensionServiceState, service)
	}
	for i := range bounds.MaxNotified {
		kind := []notifications.Type{notifications.Uploaded, notifications.Backuped}[i%2]
		session.Notified = append(session.Notified, v1alpha1.NotifiedEvent{
			EventType: int32(kind), UID: fmt.Sprint(4_294_967_295 - i), Time: metav1.NewMicroTime(at.Time),
		})
	}
	for i := range files {
		session.FileList = append(session.FileList, v1alpha1.RecordedFile{
			FileName: fmt.Sprintf("%s-%d", sid, i) + text(600), TrackType: text(bounds.MaxWordBytes), UID: text(bounds.MaxWordBytes),
			MixedAllUser: ptr.To(false), IsPlayable: ptr.To(false), SliceStartTime: ptr.To[int64](1_600_000_000_000), Discovered: true,
		})
	}
	return session
}

// Characters are characters for FullSession. All but letters take more than one byte when
// stored.
var Characters = map[string]string{"letters": "x", "two bytes": "é", "four bytes": "🎥", "markup": "<", "quotes": `"`, "controls": "\x01"}

// FullStatus returns a status that is as full as the operator makes it: with a hundred
// sessions, and with files for as long as there is room.
func FullStatus(recording *v1alpha1.CloudRecording, character string) v1alpha1.CloudRecordingStatus {
	const files = 400
	var status v1alpha1.CloudRecordingStatus
	status.SessionStatus = FullSession("in-force", character, 0)
	for i := range lifecycle.MaxSessions {
		status.Sessions = append(status.Sessions, FullSession(fmt.Sprintf("%0124d-%03d", 0, i), character, 0))
	}
	bounds.Status(&status, "1")
	surplus := func() int { return bounds.Surplus(recording) }
	for i := 0; ; i++ {
		session := FullSession(fmt.Sprintf("sid-%d", i), character, files)
		for j := range session.FileList {
			session.FileList[j].FileName = fmt.Sprintf("%d-%d-%s.m3u8", i, j, strings.Repeat(character, 40/len(character)))
		}
		var unlisted []string
		status.FileList, unlisted = bounds.AddFiles(status.FileList, session.FileList, bounds.SizeOfSessions(status.Sessions), surplus)
		if len(unlisted) > 0 {
			return status
		}
	}
}
