// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/storage"
)

// mostCallsAnHour is more than any recording needs, and far less than a loop without pauses
// makes.
const mostCallsAnHour = 1000

// TestForgedStatus makes Decide work with whatever somebody may write into a status. It
// must neither panic nor call without pauses.
func TestForgedStatus(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		recording := forgedRecording(t)
		begin := recordingtest.Noon
		observed := Observation{Now: begin, LeadingSince: begin.Add(-time.Hour), CredentialsVersion: "1", StorageVersion: "1"}
		calls := 0
		for observed.Now.Sub(begin) < time.Hour {
			d := Decide(recording, observed, DefaultSettings())
			recording.Status, observed.Memory = d.Status, d.Memory
			if FarewellOf(recording).Text == "" {
				t.Fatal("nothing is said as the object goes")
			}
			observed.Answer, observed.Verification, observed.Events = nil, nil, nil
			if d.Action == ActionAddFinalizer {
				recording.Finalizers = append(recording.Finalizers, v1alpha1.StopFinalizer)
				continue
			}
			if d.Action == ActionRelease {
				return
			}
			if d.Action.IsCall() {
				observed.Answer, observed.AskedAt = forgedWorldsAnswer(t, d.Action), observed.Now
				observed.AnswerSession = lifecycle.IdentityOf(d.Target(recording)).SID
			}
			if d.Action == ActionVerify {
				observed.Verification = forgedWorldsLook(t, d.Target(recording))
				observed.VerificationSession = lifecycle.IdentityOf(d.Target(recording)).SID
			}
			if d.Action.IsCall() || d.Action == ActionVerify {
				if calls++; calls > mostCallsAnHour {
					t.Fatalf("%d calls within %s", calls, observed.Now.Sub(begin))
				}
				observed.Now = observed.Now.Add(100 * time.Millisecond)
				continue
			}
			if rapid.IntRange(0, 9).Draw(t, "notified") == 0 {
				observed.Events = []notifications.Event{forgedWorldsEvent(t, observed.Now)}
			}
			if d.RequeueAt.IsZero() {
				observed.Now = observed.Now.Add(10 * time.Minute)
				continue
			}
			if !d.RequeueAt.After(observed.Now) {
				t.Fatalf("looks again at %s, and it is %s", d.RequeueAt, observed.Now)
			}
			observed.Now = d.RequeueAt
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
		recording.DeletionTimestamp = &metav1.Time{Time: recordingtest.Noon}
	}
	if rapid.Bool().Draw(t, "stored") {
		recording.Spec.Storage = recordingtest.Storage()
	}
	recording.Status = recordingtest.ForgedStatus(t)
	if rapid.Bool().Draw(t, "started") {
		recording.Spec.ResourceID, recording.Spec.SID = "", ""
		recording.Spec.Start = &v1alpha1.StartSpec{ResourceExpiredHour: 1, RecordingConfig: &v1alpha1.RecordingConfig{}, AlternateUIDs: []string{"2"}}
		recording.Spec.RestartPolicy = rapid.SampledFrom([]v1alpha1.RestartPolicy{"", v1alpha1.RestartPolicyAlways}).Draw(t, "restartPolicy")
		recording.Status.SID = rapid.SampledFrom([]string{"", "sid"}).Draw(t, "sid")
		recording.Status.StartedTime = recordingtest.ForgedTime(t, "startedTime")
	}
	for range rapid.IntRange(0, 2).Draw(t, "sessions") {
		session := recordingtest.ForgedStatus(t).SessionStatus
		session.SID = rapid.SampledFrom([]string{"", "sid", "before"}).Draw(t, "session")
		session.StartedTime = recordingtest.ForgedTime(t, "session's startedTime")
		recording.Status.Sessions = append(recording.Status.Sessions, session)
	}
	return recording
}

func forgedWorldsAnswer(t *rapid.T, action Action) *agora.Answer {
	answer := &agora.Answer{
		Method: agora.MethodQuery,
		Conclusion: rapid.SampledFrom([]agora.Conclusion{
			agora.Succeeded, agora.NotKnown, agora.NotFound, agora.ResourceExpired, agora.CredentialsRejected, agora.AlreadyExiting,
		}).Draw(t, "conclusion"),
		Report: agora.Report{UploadingStatus: rapid.SampledFrom([]string{"", agora.Uploaded, agora.Backuped}).Draw(t, "upload")},
	}
	switch action {
	case ActionStop:
		answer.Method = agora.MethodStop
	case ActionAcquire:
		answer.Method, answer.ResourceID = agora.MethodAcquire, "resource"
	case ActionStart:
		answer.Method, answer.SID = agora.MethodStart, rapid.SampledFrom([]string{"sid", "another"}).Draw(t, "new sid")
	default:
	}
	if rapid.Bool().Draw(t, "states a status") {
		answer.Report.ServiceStatus = ptr.To(rapid.SampledFrom([]int32{0, 5, 8}).Draw(t, "status"))
	}
	return answer
}

func forgedWorldsLook(t *rapid.T, recording *v1alpha1.CloudRecording) *Verification {
	finding := storage.Finding{Indexes: rapid.IntRange(0, 1).Draw(t, "found"), Missing: rapid.IntRange(0, 1).Draw(t, "lacks")}
	return &Verification{Location: lifecycle.LocationOf(recording.Spec.Storage).String(), Named: lifecycle.NamedFiles(recording.Status), Finding: finding}
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
