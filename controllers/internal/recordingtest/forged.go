// SPDX-License-Identifier: Apache-2.0

package recordingtest

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// ForgedStatus draws a status that somebody may have forged.
func ForgedStatus(t *rapid.T) v1alpha1.CloudRecordingStatus {
	number := func(label string) int32 {
		return rapid.SampledFrom([]int32{-1 << 31, -1, 0, 1, 5, 8, 20, 1<<31 - 1}).Draw(t, label)
	}
	word := func(label string) string {
		return rapid.SampledFrom([]string{"", "x", agora.Uploaded, agora.Backuped, "\x1b[31m\n", strings.Repeat("é", 2000)}).Draw(t, label)
	}
	status := v1alpha1.CloudRecordingStatus{
		ObservedGeneration: rapid.SampledFrom([]int64{-1 << 63, -1, 0, 2, 1<<63 - 1}).Draw(t, "observedGeneration"),
		SessionStatus: v1alpha1.SessionStatus{
			Phase:             rapid.SampledFrom([]v1alpha1.RecordingPhase{"", v1alpha1.PhasePending, v1alpha1.PhaseStopping, v1alpha1.PhaseCompleted}).Draw(t, "phase"),
			UploadingStatus:   word("uploadingStatus"),
			FileListMode:      word("fileListMode"),
			FileCount:         number("fileCount"),
			FileListFinal:     rapid.Bool().Draw(t, "fileListFinal"),
			StartTime:         ForgedTime(t, "startTime"),
			StopRequestedTime: ForgedTime(t, "stopRequestedTime"),
			StoppedTime:       ForgedTime(t, "stoppedTime"),
			UploadedTime:      ForgedTime(t, "uploadedTime"),
			NotFoundSince:     ForgedTime(t, "notFoundSince"),
		},
	}
	if rapid.Bool().Draw(t, "has serviceStatus") {
		status.ServiceStatus = ptr.To(number("serviceStatus"))
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "files") {
		status.FileList = append(status.FileList, v1alpha1.RecordedFile{FileName: word("fileName") + strings.Repeat("x", i)})
	}
	for _, kind := range []string{
		v1alpha1.ReadyCondition, v1alpha1.StoppedCondition, v1alpha1.UploadedCondition, v1alpha1.VerifiedCondition,
		v1alpha1.ReconcilingCondition, v1alpha1.StalledCondition,
	} {
		if state := rapid.SampledFrom([]metav1.ConditionStatus{"", metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown}).Draw(t, kind); state != "" {
			reason := rapid.SampledFrom([]string{
				"Strange", v1alpha1.NoRecordedDataReason, v1alpha1.RecordingEndedReason, v1alpha1.RateLimitedReason, v1alpha1.CredentialsRejectedReason,
			}).Draw(t, "reason")
			status.Conditions = append(status.Conditions, metav1.Condition{Type: kind, Status: state, Reason: reason, Message: word("message")})
		}
	}
	if rapid.Bool().Draw(t, "has verification") {
		status.Verification = &v1alpha1.StorageVerification{
			Location: rapid.SampledFrom([]string{"", lifecycle.LocationOf(Storage()).String()}).Draw(t, "location"),
			Indexes:  number("indexes"), Slices: number("slices"), MP4s: number("mp4s"), Screenshots: number("screenshots"), Missing: number("missing"),
			MissingFiles: []string{word("missing file")},
		}
		if time := ForgedTime(t, "verified"); time != nil {
			status.Verification.Time = *time
		}
	}
	if rapid.Bool().Draw(t, "has exit") {
		status.Exit = &v1alpha1.RecorderExit{
			Time: ForgedTime(t, "exit"), ExitStatus: ptr.To(number("exitStatus")), LeaveCode: ptr.To(number("leaveCode")),
			WebStopCode: ptr.To(number("webStopCode")), Cause: word("cause"),
		}
	}
	if rapid.Bool().Draw(t, "has lastError") {
		operation := rapid.SampledFrom([]string{"", "query", "stop", "cloud_recording_error"}).Draw(t, "operation")
		status.LastError = &v1alpha1.CallError{Operation: operation, HTTPStatus: number("httpStatus"), Code: number("code"), Reason: word("lastError")}
	}
	if rapid.Bool().Draw(t, "has failover") {
		status.Failover = &v1alpha1.RecorderFailover{NewUID: word("newUid")}
	}
	for range rapid.IntRange(0, 3).Draw(t, "events") {
		event := v1alpha1.NotifiedEvent{EventType: rapid.SampledFrom([]int32{-1, 31, 32, 33, 11}).Draw(t, "event"), UID: word("event's uid")}
		if time := ForgedTime(t, "notified"); time != nil {
			event.Time = metav1.NewMicroTime(time.Time)
		}
		status.Notified = append(status.Notified, event)
	}
	return status
}

// ForgedTime draws a time, or none.
func ForgedTime(t *rapid.T, label string) *metav1.Time {
	times := []*metav1.Time{nil}
	for _, at := range []time.Time{
		{}, time.Unix(0, 0), Noon.AddDate(0, -1, 0), Noon.Add(-time.Minute), Noon, Noon.Add(time.Minute), Noon.AddDate(1, 0, 0),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		times = append(times, &metav1.Time{Time: at})
	}
	return rapid.SampledFrom(times).Draw(t, label)
}
