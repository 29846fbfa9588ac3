// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/notifications"
)

// TestDecideNamesDuringLook states that a check of the bucket proves nothing about a file
// that Agora named during the check.
func TestDecideNamesDuringLook(t *testing.T) {
	g := NewWithT(t)
	s := given(stoppedAgo(time.Minute, agora.Backuped), gone, naming("sid_lesson.m3u8"), withStorage, brought(completeFinding()),
		notified(happened(notifications.CloudRecordingFileInfos, 0, files("sid_lesson_1.mp4"))))
	d := s.decide()
	g.Expect(d.Action).To(Equal(ActionVerify), "it looks again at once")
	g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.BackupedReason))
	g.Expect(reasonOf(d, v1alpha1.VerifiedCondition)).To(BeEmpty())

	again := s.after(d, time.Second)
	brought(completeFinding())(&again)
	g.Expect(reasonOf(again.decide(), v1alpha1.UploadedCondition)).To(Equal(v1alpha1.VerifiedInStorageReason))
}

// TestDecideNamesAfterLook states that the bucket is searched for a file that Agora names
// after all others were found.
func TestDecideNamesAfterLook(t *testing.T) {
	g := NewWithT(t)
	s := given(stoppedAgo(time.Minute, agora.Backuped), gone, naming("sid_lesson.m3u8"), withStorage, brought(completeFinding()))
	verified := s.decide()
	g.Expect(verified.Status.Phase).To(Equal(v1alpha1.PhaseCompleted))

	named := s.after(verified, time.Minute, notified(happened(notifications.CloudRecordingFileInfos, 0, files("sid_lesson_1.mp4")))).decide()
	g.Expect(named.Action).To(Equal(ActionVerify))
	g.Expect(named.Status.Phase).To(Equal(v1alpha1.PhaseUploading))
}

// TestDecideRevive states that a wrong conclusion about the end leaves nothing behind.
func TestDecideRevive(t *testing.T) {
	g := NewWithT(t)
	d := given(uploaded, withStorage, answered(queryAnswer(agora.Succeeded, 5)), func(s *situation) {
		s.observed.Memory.running = runningTries - 1
		s.recording.Status.UploadedTime = &metav1.Time{Time: recordingtest.Noon}
		s.recording.Status.Verification = &v1alpha1.StorageVerification{Location: lifecycle.LocationOf(recordingtest.Storage()).String()}
	}).decide()
	g.Expect(d.Action).To(Equal(ActionStop))
	g.Expect(d.Status.Phase).To(Equal(v1alpha1.PhaseStopping))
	g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.RecordingReason))
	g.Expect(reasonOf(d, v1alpha1.VerifiedCondition)).To(BeEmpty())
	g.Expect(d.Status.UploadedTime).To(BeNil())
	g.Expect(d.Status.Verification).To(BeNil())
}

// TestDecideBackupedAfterNotification states that the answer to the stop outweighs earlier
// notifications, which were about a part.
func TestDecideBackupedAfterNotification(t *testing.T) {
	g := NewWithT(t)
	s := given(stopRequested, notified(uploadedEvent(0)))
	d := s.decide()
	stopped := s.after(d, time.Second, answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Backuped}))).decide()
	g.Expect(reasonOf(stopped, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.BackupedReason))
}

// TestDecideNotifiedInPart states that a notification about some of the files, or one that
// says nothing, is no evidence for all files.
func TestDecideNotifiedInPart(t *testing.T) {
	moved := func(s *situation) {
		s.recording.Status.Failover = &v1alpha1.RecorderFailover{NewUID: "2", Time: metav1.Time{Time: firstEvent}}
	}
	backedUpAtStop := func(s *situation) {
		s.recording.Status = stopped(given(stopRequested, answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Backuped}))))
	}
	for name, test := range map[string]struct {
		situation situation
		uploaded  string
	}{
		"from before the answer to the stop, that files are in the backup": {
			given(stopRequested, backedUpAtStop, notified(uploadedEvent(0))), v1alpha1.BackupedReason,
		},
		"from after that answer": {
			given(stopRequested, backedUpAtStop, notified(uploadedEvent(time.Hour))), v1alpha1.NotifiedByAgoraReason,
		},
		"from after that answer, by a clock that is behind": {
			given(stopRequested, backedUpAtStop, notified(uploadedEvent(10*time.Minute-20*time.Second))), v1alpha1.NotifiedByAgoraReason,
		},
		"of one recorder, while two have files in the backup": {
			given(stoppedAgo(time.Minute, agora.Unknow), notified(backupedEvent(0), backupedEvent(time.Second, ofRecorder("2")),
				uploadedEvent(time.Minute, ofRecorder("2")))), v1alpha1.BackupedReason,
		},
		"of both": {
			given(stoppedAgo(time.Minute, agora.Unknow), notified(backupedEvent(0), backupedEvent(time.Second, ofRecorder("2")),
				uploadedEvent(time.Minute, ofRecorder("2")), uploadedEvent(2*time.Minute))), v1alpha1.NotifiedByAgoraReason,
		},
		"of the recorder before a move": {
			given(stoppedAgo(time.Minute, agora.Unknow), moved, notified(uploadedEvent(0))), v1alpha1.NotReportedReason,
		},
		"of the recorder after it": {
			given(stoppedAgo(time.Minute, agora.Unknow), moved, notified(uploadedEvent(0, ofRecorder("2")))), v1alpha1.NotifiedByAgoraReason,
		},
		"without an outcome": {
			given(stoppedAgo(time.Minute, agora.Unknow), notified(happened(notifications.Uploaded, 0))), v1alpha1.NotReportedReason,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(reasonOf(test.situation.decide(), v1alpha1.UploadedCondition)).To(Equal(test.uploaded))
		})
	}
}

// stopped returns the status after the decision.
func stopped(s situation) v1alpha1.CloudRecordingStatus { return s.decide().Status }

// TestDecideConfirmedStays states that an older message about the backup changes nothing
// once the upload is confirmed.
func TestDecideConfirmedStays(t *testing.T) {
	g := NewWithT(t)
	d := given(uploaded, notified(backupedEvent(0))).decide()
	g.Expect(d.Status.UploadingStatus).To(Equal(agora.Uploaded))
	g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.ReportedByAgoraReason))
}

// TestDecideNamedBeforeStop states that the names from a query are not final if the answer
// to the stop has none.
func TestDecideNamedBeforeStop(t *testing.T) {
	g := NewWithT(t)
	d := given(stopRequested, answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Backuped})),
		func(s *situation) {
			s.recording.Status.FileList = []v1alpha1.RecordedFile{{FileName: "sid_lesson.m3u8"}}
		})
	seen := d.after(d.decide(), time.Second, withStorage, func(s *situation) { brought(completeFinding())(s) }).decide()
	g.Expect(reasonOf(seen, v1alpha1.VerifiedCondition)).To(Equal(v1alpha1.StillArrivingReason))
	g.Expect(reasonOf(seen, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.BackupedReason))
}

// TestDecideExitBeforeMove states that an exit is forgotten once the recorder is seen at
// work long after it.
func TestDecideExitBeforeMove(t *testing.T) {
	exited := func(ago time.Duration) modifier {
		return func(s *situation) {
			s.recording.Status.Exit = &v1alpha1.RecorderExit{Time: &metav1.Time{Time: recordingtest.Noon.Add(-ago)}, Cause: "nobody was in the channel"}
		}
	}
	g := NewWithT(t)
	g.Expect(given(exited(longestMove), answered(queryAnswer(agora.Succeeded, 5))).decide().Status.Exit).NotTo(BeNil(), "the answer may be older")
	longAgo := given(exited(longestMove+time.Second), answered(queryAnswer(agora.Succeeded, 5)))
	g.Expect(longAgo.decide().Status.Exit).To(BeNil())
	longAgo.observed.AskedAt = recordingtest.Noon.Add(-10 * time.Second)
	g.Expect(longAgo.decide().Status.Exit).NotTo(BeNil(), "the answer could be written late only")
}

// TestDecideManyFiles states that a list that fills the object does not grow, that
// screenshots leave room for other files, and that files that do not fit are not lost.
func TestDecideManyFiles(t *testing.T) {
	g := NewWithT(t)
	var names []string
	for i := range 2000 {
		names = append(names, fmt.Sprintf("shot-%d-%s.jpg", i, strings.Repeat("x", 200)))
	}
	s := given(notified(happened(notifications.RecorderSnapshotFile, 0, files(names...))))
	d := s.decide()
	listed := len(d.Status.FileList)
	g.Expect(listed).To(BeNumerically(">", 500))
	g.Expect(d.Unlisted).To(Equal(names[listed:]))
	g.Expect(d.Status.FileCount).To(BeEquivalentTo(listed))
	sizes := bounds.SizeOfFiles(d.Status.FileList)
	g.Expect(sizes.Screenshots).To(And(Equal(sizes.All), BeNumerically("<=", bounds.MaxScreenshotBytes)))

	more := s.after(d, time.Second, notified(happened(notifications.CloudRecordingFileInfos, 0, files("sid_lesson.m3u8")))).decide()
	g.Expect(more.Unlisted).To(BeEmpty())
	g.Expect(more.Status.FileList).To(ContainElement(HaveField("FileName", "sid_lesson.m3u8")))

	full := s.after(d, time.Second, notified(happened(notifications.RecorderSnapshotFile, time.Second, files("one-more-"+strings.Repeat("x", 220)+".jpg")))).decide()
	g.Expect(full.Status).To(BeComparableTo(d.Status), "what has no room changes nothing")
}
