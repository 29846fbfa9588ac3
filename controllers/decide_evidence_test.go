// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/notifications"
)

// TestDecideNamesDuringLook states that a look proves nothing of a file that
// Agora named while it was under way.
func TestDecideNamesDuringLook(t *testing.T) {
	g := NewWithT(t)
	s := given(stoppedAgo(time.Minute, agora.Backuped), gone, naming("sid_lesson.m3u8"), withStorage, brought(completeFinding()),
		notified(happened(notifications.CloudRecordingFileInfos, 0, files("sid_lesson_1.mp4"))))
	d := s.decide()
	g.Expect(d.action).To(Equal(actionLook), "it looks again at once")
	g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.BackupedReason))
	g.Expect(reasonOf(d, v1alpha1.VerifiedCondition)).To(BeEmpty())

	again := s.after(d, time.Second)
	brought(completeFinding())(&again)
	g.Expect(reasonOf(again.decide(), v1alpha1.UploadedCondition)).To(Equal(v1alpha1.VerifiedInStorageReason))
}

// TestDecideNamesAfterLook states that a file which Agora names once all others
// were found is looked for.
func TestDecideNamesAfterLook(t *testing.T) {
	g := NewWithT(t)
	s := given(stoppedAgo(time.Minute, agora.Backuped), gone, naming("sid_lesson.m3u8"), withStorage, brought(completeFinding()))
	verified := s.decide()
	g.Expect(verified.status.Phase).To(Equal(v1alpha1.PhaseCompleted))

	named := s.after(verified, time.Minute, notified(happened(notifications.CloudRecordingFileInfos, 0, files("sid_lesson_1.mp4")))).decide()
	g.Expect(named.action).To(Equal(actionLook))
	g.Expect(named.status.Phase).To(Equal(v1alpha1.PhaseUploading))
}

// TestDecideRevive states that nothing is left of an end that was none.
func TestDecideRevive(t *testing.T) {
	g := NewWithT(t)
	d := given(uploaded, withStorage, answered(queryAnswer(agora.Succeeded, 5)), func(s *situation) {
		s.observed.memory.running = runningTries - 1
		s.recording.Status.UploadedTime = &metav1.Time{Time: noon}
		s.recording.Status.Verification = &v1alpha1.StorageVerification{Location: locationOf(stored()).String()}
	}).decide()
	g.Expect(d.action).To(Equal(actionStop))
	g.Expect(d.status.Phase).To(Equal(v1alpha1.PhaseStopping))
	g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.RecordingReason))
	g.Expect(reasonOf(d, v1alpha1.VerifiedCondition)).To(BeEmpty())
	g.Expect(d.status.UploadedTime).To(BeNil())
	g.Expect(d.status.Verification).To(BeNil())
}

// TestDecideBackupedAfterNotification states that the answer to the stop counts
// more than what was notified before, which was about a part.
func TestDecideBackupedAfterNotification(t *testing.T) {
	g := NewWithT(t)
	s := given(stopRequested, notified(happened(notifications.Uploaded, 0)))
	d := s.decide()
	stopped := s.after(d, time.Second, answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Backuped}))).decide()
	g.Expect(reasonOf(stopped, v1alpha1.UploadedCondition)).To(Equal(v1alpha1.BackupedReason))
}

// TestDecideExitBeforeMove states that an exit is forgotten once the recorder is
// seen at work long after it.
func TestDecideExitBeforeMove(t *testing.T) {
	exited := func(ago time.Duration) modifier {
		return func(s *situation) {
			s.recording.Status.Exit = &v1alpha1.RecorderExit{Time: &metav1.Time{Time: noon.Add(-ago)}, Cause: "nobody was in the channel"}
		}
	}
	g := NewWithT(t)
	g.Expect(given(exited(longestMove), answered(queryAnswer(agora.Succeeded, 5))).decide().status.Exit).NotTo(BeNil(), "the answer may be older")
	g.Expect(given(exited(longestMove+time.Second), answered(queryAnswer(agora.Succeeded, 5))).decide().status.Exit).To(BeNil())
}

// TestDecideManyFiles states that a list which fills the object is not let grow,
// and that what has no room is not lost.
func TestDecideManyFiles(t *testing.T) {
	g := NewWithT(t)
	var names []string
	for i := range maxFiles + 2 {
		names = append(names, fmt.Sprintf("shot-%d.jpg", i))
	}
	d := given(notified(happened(notifications.RecorderSnapshotFile, 0, files(names...)))).decide()
	g.Expect(d.status.FileList).To(HaveLen(maxFiles))
	g.Expect(d.unlisted).To(Equal(names[maxFiles:]))
	g.Expect(d.status.FileCount).To(BeEquivalentTo(maxFiles))
}
