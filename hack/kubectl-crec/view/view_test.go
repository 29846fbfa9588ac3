// SPDX-License-Identifier: Apache-2.0

package view_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/kubectl-crec/view"
)

var update = flag.Bool("update", false, "write what is printed into the golden files")

// noon is the current time in these tests.
var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) *metav1.Time { return &metav1.Time{Time: noon.Add(-d)} }

// expectGolden compares output with a file, and checks that it fits the width of a
// terminal.
func expectGolden(t *testing.T, name, printed string) {
	t.Helper()
	g := NewWithT(t)
	for line := range strings.Lines(printed) {
		line = strings.TrimRight(line, "\n")
		g.Expect(utf8.RuneCountInString(line)).To(BeNumerically("<=", view.Width), line)
		g.Expect(line).NotTo(HaveSuffix(" "))
	}
	path := filepath.Join("testdata", name+".txt")
	if *update {
		g.Expect(os.WriteFile(path, []byte(printed), 0o600)).To(Succeed())
	}
	golden, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(printed).To(Equal(string(golden)), "go test ./view -update writes what is printed")
}

const (
	sid      = "38f8e3cfdc474cd56fc1ceba380d7e1a"
	otherSID = "f0a1b2c3d4e5f60718293a4b5c6d7e8f"
)

// lesson returns a recording with a profile, as changed by a test.
func lesson(change func(*v1alpha1.CloudRecording)) *v1alpha1.CloudRecording {
	recording := &v1alpha1.CloudRecording{}
	recording.Namespace, recording.Name, recording.Generation = "school", "lesson-42", 1
	recording.Spec = v1alpha1.CloudRecordingSpec{ProfileRef: &v1alpha1.ProfileReference{Name: "lessons"}, CName: "lesson-42"}
	recording.Status.ObservedGeneration = 1
	recording.Status.Phase = v1alpha1.PhasePending
	change(recording)
	return recording
}

// begun resolves the profile, and adds a session that has been running for an hour.
func begun(r *v1alpha1.CloudRecording) {
	r.Status.Profile = &v1alpha1.ProfileStatus{Name: "lessons", Generation: 3}
	r.Status.Resolved = &v1alpha1.CloudRecordingProfileSpec{
		UID: "527841", Mode: v1alpha1.MixMode, Start: &v1alpha1.StartSpec{ResourceExpiredHour: 72},
	}
	r.Spec.Window = &v1alpha1.RecordingWindow{End: ago(-30 * time.Minute)}
	r.Status.SID, r.Status.ResourceID = sid, "resource"
	r.Status.StartRequestedTime, r.Status.StartedTime, r.Status.StartTime = ago(time.Hour), ago(time.Hour), ago(59*time.Minute)
	r.Status.ServiceStatus = ptr.To(int32(5))
	r.Status.Phase = v1alpha1.PhaseRecording
	r.Status.FileList = []v1alpha1.RecordedFile{{FileName: "lessons/lesson-42/" + sid + "_lesson-42.m3u8", TrackType: "audio_and_video", UID: "0", SliceStartTime: ptr.To(noon.Add(-59 * time.Minute).UnixMilli())}}
	r.Status.FileCount = 1
	ready(r, metav1.ConditionTrue, v1alpha1.RecordingReason, "The recorder is running.")
}

func ready(r *v1alpha1.CloudRecording, status metav1.ConditionStatus, reason, message string) {
	r.Status.Conditions = append(r.Status.Conditions, metav1.Condition{Type: v1alpha1.ReadyCondition, Status: status, Reason: reason, Message: message})
}

func end(session *v1alpha1.SessionStatus, since time.Duration, reason string) {
	session.StoppedTime, session.StoppedReason = ago(since), reason
	session.Conditions = append(session.Conditions, metav1.Condition{Type: v1alpha1.StoppedCondition, Status: metav1.ConditionTrue, Reason: reason})
}

func evidence(session *v1alpha1.SessionStatus, reason, message string) {
	session.UploadedReason, session.UploadedTime = reason, ago(time.Minute)
	session.Phase = v1alpha1.PhaseCompleted
	session.Conditions = append(session.Conditions, metav1.Condition{Type: v1alpha1.UploadedCondition, Status: metav1.ConditionTrue, Reason: reason, Message: message})
}

func TestStatus(t *testing.T) {
	t.Parallel()
	for name, recording := range map[string]*v1alpha1.CloudRecording{
		"scheduled": lesson(func(r *v1alpha1.CloudRecording) {
			r.Status.Phase = v1alpha1.PhaseScheduled
			r.Spec.Window = &v1alpha1.RecordingWindow{Start: ago(-time.Hour), End: ago(-2 * time.Hour)}
			ready(r, metav1.ConditionTrue, v1alpha1.ScheduledReason, "The recording begins at 2026-12-01T13:00:00Z, by spec.window.start.")
		}),
		"recording": lesson(begun),
		"uploading": lesson(func(r *v1alpha1.CloudRecording) {
			begun(r)
			r.Spec.State, r.Status.Phase = v1alpha1.RecordingStateStopped, v1alpha1.PhaseUploading
			end(&r.Status.SessionStatus, 5*time.Minute, v1alpha1.StopAcknowledgedReason)
			r.Status.UploadProgress = ptr.To(int32(80))
			r.Status.Conditions = append(r.Status.Conditions, metav1.Condition{
				Type: v1alpha1.UploadedCondition, Status: metav1.ConditionFalse, Reason: v1alpha1.BackupedReason,
				Message: "Files are in Agora's backup, from which Agora transfers them to the bucket by itself, normally within 20 minutes.",
			})
		}),
		"sessions": lesson(func(r *v1alpha1.CloudRecording) {
			begun(r)
			first := v1alpha1.SessionStatus{SID: otherSID, UID: "527842", StartTime: ago(3 * time.Hour), FileList: []v1alpha1.RecordedFile{}}
			for i := range 5 {
				first.FileList = append(first.FileList, v1alpha1.RecordedFile{FileName: fmt.Sprintf("lessons/lesson-42/%s_lesson-42_%d.mp4", otherSID, i)})
			}
			end(&first, 2*time.Hour, v1alpha1.RecordingEndedReason)
			evidence(&first, v1alpha1.VerifiedInStorageReason, "All files were found in the bucket.")
			r.Status.Sessions = []v1alpha1.SessionStatus{first}
			r.Status.FileCount = 6
		}),
		"stalled": lesson(func(r *v1alpha1.CloudRecording) {
			begun(r)
			message := "Agora refuses the credentials in Secret \"agora-credentials\": put the customer ID and customer secret from the Agora Console into its keys customerId and customerSecret."
			r.Status.Conditions = nil
			ready(r, metav1.ConditionFalse, v1alpha1.CredentialsRejectedReason, message)
			r.Status.Conditions = append(r.Status.Conditions, metav1.Condition{Type: v1alpha1.StalledCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.CredentialsRejectedReason, Message: message})
			r.Status.LastError = &v1alpha1.CallError{Operation: "query", HTTPStatus: 401, Reason: "Invalid authentication credentials", Since: *ago(10 * time.Minute)}
		}),
		"completed": lesson(func(r *v1alpha1.CloudRecording) {
			begun(r)
			r.Spec.State = v1alpha1.RecordingStateStopped
			end(&r.Status.SessionStatus, time.Hour, v1alpha1.StopAcknowledgedReason)
			evidence(&r.Status.SessionStatus, v1alpha1.ReportedByAgoraReason, "Agora reported that all files are uploaded.")
		}),
		"forged": lesson(func(r *v1alpha1.CloudRecording) {
			begun(r)
			r.Status.FileList[0].FileName = "a\x1b[31m\nb\u202e" + strings.Repeat("x", 20)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var printed bytes.Buffer
			view.SummaryOf(recording, noon).PrintTree(&printed, noon)
			expectGolden(t, "status-"+name, printed.String())
		})
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	recording := lesson(func(r *v1alpha1.CloudRecording) {
		begun(r)
		r.Status.FileList = append(r.Status.FileList,
			v1alpha1.RecordedFile{FileName: "lessons/" + sid + "_found.m3u8", Discovered: true},
			v1alpha1.RecordedFile{FileName: "short.mp4", TrackType: "audio", UID: "4294967295"})
		earlier := v1alpha1.SessionStatus{SID: otherSID, FileList: []v1alpha1.RecordedFile{{FileName: "earlier.m3u8", TrackType: "video", UID: "7"}}}
		evidence(&earlier, v1alpha1.NotifiedByAgoraReason, "")
		r.Status.Sessions = []v1alpha1.SessionStatus{earlier}
	})
	var narrow, wide bytes.Buffer
	files := view.FilesOf(recording)
	view.PrintFiles(&narrow, files, view.Width)
	expectGolden(t, "files", narrow.String())
	view.PrintFiles(&wide, files, 0)
	g := NewWithT(t)
	for _, file := range files {
		g.Expect(wide.String()).To(ContainSubstring(file.FileName + " "))
	}
}
