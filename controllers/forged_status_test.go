// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/storage"
)

// mostCallsAnHour is more than any recording needs, and far less than a loop
// without a pause makes.
const mostCallsAnHour = 1000

// TestForgedStatus has decide work with whatever somebody may write into a
// status: it must neither panic nor call without a pause.
func TestForgedStatus(t *testing.T) {
	metrics, err := NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		recording := forgedRecording(t)
		begin := noon
		observed := observation{now: begin, leadingSince: begin.Add(-time.Hour), credentialsVersion: "1", storageVersion: "1"}
		calls := 0
		for observed.now.Sub(begin) < time.Hour {
			before := recording.Status
			d := decide(recording, observed, DefaultSettings())
			metrics.recorded(before, d.status)
			fileNames(d.status)
			for _, condition := range d.status.Conditions {
				note(condition.Message)
			}
			recording.Status, observed.memory = d.status, d.memory
			observed.answer, observed.looked, observed.events = nil, nil, nil
			if d.action == actionAddFinalizer {
				recording.Finalizers = append(recording.Finalizers, v1alpha1.StopFinalizer)
				continue
			}
			if d.action == actionRelease {
				return
			}
			if d.action.isCall() {
				observed.answer, observed.askedAt = forgedWorldsAnswer(t, d.action), observed.now
				observed.answerSession = identityOf(targetOf(recording, d)).SID
			}
			if d.action == actionLook {
				observed.looked = forgedWorldsLook(t, targetOf(recording, d))
				observed.lookedSession = identityOf(targetOf(recording, d)).SID
			}
			if d.action.isCall() || d.action == actionLook {
				if calls++; calls > mostCallsAnHour {
					t.Fatalf("%d calls within %s", calls, observed.now.Sub(begin))
				}
				observed.now = observed.now.Add(100 * time.Millisecond)
				continue
			}
			if rapid.IntRange(0, 9).Draw(t, "notified") == 0 {
				observed.events = []notifications.Event{forgedWorldsEvent(t, observed.now)}
			}
			if d.lookAgain.IsZero() {
				observed.now = observed.now.Add(10 * time.Minute)
				continue
			}
			if !d.lookAgain.After(observed.now) {
				t.Fatalf("looks again at %s, and it is %s", d.lookAgain, observed.now)
			}
			observed.now = d.lookAgain
		}
	})
}

func forgedRecording(t *rapid.T) *v1alpha1.CloudRecording {
	recording := newModel().recording
	recording.Generation = 2
	recording.Finalizers = rapid.SampledFrom([][]string{nil, {v1alpha1.StopFinalizer}}).Draw(t, "finalizers")
	recording.Spec.State = rapid.SampledFrom([]v1alpha1.RecordingState{v1alpha1.RecordingStateRecording, v1alpha1.RecordingStateStopped}).Draw(t, "state")
	recording.Spec.Suspend = rapid.Bool().Draw(t, "suspend")
	recording.Spec.Upload.ConfirmTimeout.Duration = rapid.SampledFrom([]time.Duration{0, time.Second, 240 * time.Hour}).Draw(t, "confirmTimeout")
	if rapid.Bool().Draw(t, "deleted") {
		recording.DeletionTimestamp = &metav1.Time{Time: noon}
	}
	if rapid.Bool().Draw(t, "stored") {
		recording.Spec.Storage = stored()
	}
	recording.Status = forgedStatus(t)
	if rapid.Bool().Draw(t, "started") {
		recording.Spec.ResourceID, recording.Spec.SID = "", ""
		recording.Spec.Start = &v1alpha1.StartSpec{ResourceExpiredHour: 1, RecordingConfig: &v1alpha1.RecordingConfig{}, AlternateUIDs: []string{"2"}}
		recording.Spec.RestartPolicy = rapid.SampledFrom([]v1alpha1.RestartPolicy{"", v1alpha1.RestartPolicyAlways}).Draw(t, "restartPolicy")
		recording.Status.SID = rapid.SampledFrom([]string{"", "sid"}).Draw(t, "sid")
		recording.Status.StartedTime = forgedTime(t, "startedTime")
	}
	for range rapid.IntRange(0, 2).Draw(t, "sessions") {
		session := forgedStatus(t).SessionStatus
		session.SID = rapid.SampledFrom([]string{"", "sid", "before"}).Draw(t, "session")
		session.StartedTime = forgedTime(t, "session's startedTime")
		recording.Status.Sessions = append(recording.Status.Sessions, session)
	}
	return recording
}

func forgedStatus(t *rapid.T) v1alpha1.CloudRecordingStatus {
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
			StartTime:         forgedTime(t, "startTime"),
			StopRequestedTime: forgedTime(t, "stopRequestedTime"),
			StoppedTime:       forgedTime(t, "stoppedTime"),
			UploadedTime:      forgedTime(t, "uploadedTime"),
			NotFoundSince:     forgedTime(t, "notFoundSince"),
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
			Location: rapid.SampledFrom([]string{"", locationOf(stored()).String()}).Draw(t, "location"),
			Indexes:  number("indexes"), Slices: number("slices"), MP4s: number("mp4s"), Screenshots: number("screenshots"), Missing: number("missing"),
			MissingFiles: []string{word("missing file")},
		}
		if time := forgedTime(t, "verified"); time != nil {
			status.Verification.Time = *time
		}
	}
	if rapid.Bool().Draw(t, "has exit") {
		status.Exit = &v1alpha1.RecorderExit{
			Time: forgedTime(t, "exit"), ExitStatus: ptr.To(number("exitStatus")), LeaveCode: ptr.To(number("leaveCode")),
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
		if time := forgedTime(t, "notified"); time != nil {
			event.Time = metav1.NewMicroTime(time.Time)
		}
		status.Notified = append(status.Notified, event)
	}
	return status
}

func forgedTime(t *rapid.T, label string) *metav1.Time {
	times := []*metav1.Time{nil}
	for _, at := range []time.Time{
		{}, time.Unix(0, 0), noon.AddDate(0, -1, 0), noon.Add(-time.Minute), noon, noon.Add(time.Minute), noon.AddDate(1, 0, 0),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		times = append(times, &metav1.Time{Time: at})
	}
	return rapid.SampledFrom(times).Draw(t, label)
}

func forgedWorldsAnswer(t *rapid.T, action action) *agora.Answer {
	answer := &agora.Answer{
		Method: agora.MethodQuery,
		Conclusion: rapid.SampledFrom([]agora.Conclusion{
			agora.Succeeded, agora.NotKnown, agora.NotFound, agora.ResourceExpired, agora.CredentialsRejected, agora.AlreadyExiting,
		}).Draw(t, "conclusion"),
		Report: agora.Report{UploadingStatus: rapid.SampledFrom([]string{"", agora.Uploaded, agora.Backuped}).Draw(t, "upload")},
	}
	switch action {
	case actionStop:
		answer.Method = agora.MethodStop
	case actionAcquire:
		answer.Method, answer.ResourceID = agora.MethodAcquire, "resource"
	case actionStart:
		answer.Method, answer.SID = agora.MethodStart, rapid.SampledFrom([]string{"sid", "another"}).Draw(t, "new sid")
	default:
	}
	if rapid.Bool().Draw(t, "states a status") {
		answer.Report.ServiceStatus = ptr.To(rapid.SampledFrom([]int32{0, 5, 8}).Draw(t, "status"))
	}
	return answer
}

func forgedWorldsLook(t *rapid.T, recording *v1alpha1.CloudRecording) *look {
	finding := storage.Finding{Indexes: rapid.IntRange(0, 1).Draw(t, "found"), Missing: rapid.IntRange(0, 1).Draw(t, "lacks")}
	return &look{location: locationOf(recording.Spec.Storage).String(), named: namedFiles(recording.Status), finding: finding}
}

func forgedWorldsEvent(t *rapid.T, now time.Time) notifications.Event {
	return notifications.Event{
		Type: rapid.SampledFrom([]notifications.Type{
			notifications.Uploaded, notifications.Backuped, notifications.SessionExit, notifications.UploadingProgress, notifications.CloudRecordingError,
		}).Draw(t, "event"),
		Time: now, UID: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "recorder"),
		Status: ptr.To(int32(0)), Progress: ptr.To(int32(10_000)), ExitStatus: ptr.To(int32(1)), Failure: &notifications.Failure{Module: 1, Code: 47},
	}
}
