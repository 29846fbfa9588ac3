// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/storage"
)

// forFiles makes the start ask for types of files.
func forFiles(types ...v1alpha1.AVFileType) modifier {
	return func(s *situation) {
		s.recording.Spec.Start.RecordingFileConfig = &v1alpha1.RecordingFileConfig{AVFileType: types}
	}
}

// forMP4 makes the session one whose start asked for MP4 files.
func forMP4(s *situation) { s.recording.Status.MP4Requested = true }

func withoutMP4() storage.Finding {
	finding := completeFinding()
	finding.MP4s, finding.Missing, finding.MP4Missing = 0, 1, true
	return finding
}

// TestDecideStartRemembersMP4 states that a session remembers whether its start asked for
// MP4 files: spec.start may have changed by the time they are looked for.
func TestDecideStartRemembersMP4(t *testing.T) {
	for name, test := range map[string]struct {
		given []modifier
		want  bool
	}{
		"without a config of files":     {[]modifier{acquiredAgo(time.Second)}, false},
		"for HLS":                       {[]modifier{acquiredAgo(time.Second), forFiles(v1alpha1.AVFileTypeHLS)}, false},
		"for MP4":                       {[]modifier{acquiredAgo(time.Second), forFiles(v1alpha1.AVFileTypeHLS, v1alpha1.AVFileTypeMP4)}, true},
		"not before it may have begun":  {[]modifier{toStart, forFiles(v1alpha1.AVFileTypeHLS, v1alpha1.AVFileTypeMP4)}, false},
		"not once it cannot have begun": {[]modifier{startRequestedAgo(time.Second), forMP4, answeredTo(agora.MethodStart, agora.InvalidRequest)}, false},
		"also where the answer is lost": {[]modifier{startRequestedAgo(time.Second), forMP4, lostStart, answeredTo(agora.MethodStart, agora.NotKnown)}, true},
		"and where it was started":      {[]modifier{startRequestedAgo(time.Second), forMP4, answeredTo(agora.MethodStart, agora.Succeeded, withSID)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(given(test.given...).decide().Status.MP4Requested).To(Equal(test.want))
		})
	}
}

// TestSessionsRememberMP4 states that a replaced session is checked for the files that its
// own start asked for, whatever its replacement asked for.
func TestSessionsRememberMP4(t *testing.T) {
	g := NewWithT(t)
	s := given(runningFor(56*time.Minute), startingNext, forMP4)
	next := s.after(s.decide(), time.Millisecond)
	next.recording.Spec.Start.RecordingFileConfig = nil
	d := next.decide()
	g.Expect(d.Status.Sessions).To(HaveLen(1))
	g.Expect(d.Status.MP4Requested).To(BeFalse(), "the next has not been started")
	session := d.Status.Sessions[0]
	g.Expect(session.MP4Requested).To(BeTrue())
	g.Expect(lifecycle.RecordingOf(&next.recording, &session).Status.MP4Requested).To(BeTrue(), "it is looked for like that of an adopted one")
}

// TestDecideMP4Missing states that a recording without the MP4 file that its start asked
// for is incomplete, whatever anybody says.
func TestDecideMP4Missing(t *testing.T) {
	for name, test := range map[string]struct {
		given        []modifier
		uploaded     string
		contradicted bool
	}{
		"where Agora said nothing":          {[]modifier{stoppedAgo(time.Minute, agora.Unknow), gone}, v1alpha1.NotReportedReason, false},
		"where it lies in Agora's backup":   {[]modifier{stoppedAgo(time.Minute, agora.Backuped), gone}, v1alpha1.BackupedReason, false},
		"though Agora named all its files":  {[]modifier{stoppedAgo(time.Minute, agora.Backuped), gone, naming()}, v1alpha1.BackupedReason, false},
		"though Agora said all is uploaded": {[]modifier{uploaded}, v1alpha1.ReportedByAgoraReason, true},
		"once Agora's backup is gone":       {[]modifier{stoppedAgo(9*day, agora.Backuped), gone}, v1alpha1.BackupedReason, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := given(append(test.given, withStorage, forMP4)...)
			brought(withoutMP4())(&s)
			d := s.decide()
			verified := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.VerifiedCondition)
			g.Expect(verified.Status).To(Equal(metav1.ConditionFalse))
			g.Expect(verified.Reason).To(Equal(v1alpha1.FilesMissingReason))
			g.Expect(verified.Message).To(Equal("In storage.example.com/recordings/rec/ there is no MP4 file, and spec.start asked for one." +
				" The rest is there: 1 index, 3 slices of 45s in all."))
			g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(test.uploaded))
			g.Expect(lifecycle.IsContradicted(d.Status)).To(Equal(test.contradicted))
			g.Expect(d.Status.Phase).To(Equal(v1alpha1.PhaseUploading))

			came := s.after(d, 31*time.Minute, brought(completeFinding()))
			came = came.after(came.decide(), 31*time.Minute, brought(completeFinding()))
			whole := came.decide()
			g.Expect(meta.IsStatusConditionTrue(whole.Status.Conditions, v1alpha1.VerifiedCondition)).To(BeTrue(), "it came late")
			g.Expect(whole.Status.Phase).To(Equal(v1alpha1.PhaseCompleted))
		})
	}
}

// TestNothingRecordedNeedsNoMP4 states that no file is missing if nothing was recorded.
func TestNothingRecordedNeedsNoMP4(t *testing.T) {
	g := NewWithT(t)
	d := given(stopRequested, withStorage, forMP4, answered(stopAnswer(206, 435, agora.NoRecordedData, agora.Report{}))).decide()
	g.Expect(d.Action).To(Equal(ActionNone), "the bucket is not looked into")
	g.Expect(d.Status.Phase).To(Equal(v1alpha1.PhaseCompleted))
}

// TestSettleTimeIsItsOwn states that frequent checks do not make a bucket count as settled.
func TestSettleTimeIsItsOwn(t *testing.T) {
	g := NewWithT(t)
	settings := DefaultSettings()
	settings.UploadRecheckMax = 10 * time.Second
	s := given(stoppedAgo(time.Hour, agora.Unknow), gone, withStorage, brought(unnamedFinding()))
	first := Decide(&s.recording, s.observed, settings)
	early := s.after(first, 30*time.Minute-time.Second, brought(unnamedFinding()))
	g.Expect(reasonOf(Decide(&early.recording, early.observed, settings), v1alpha1.VerifiedCondition)).To(Equal(v1alpha1.StillArrivingReason))
	settled := s.after(first, 30*time.Minute, brought(unnamedFinding()))
	g.Expect(reasonOf(Decide(&settled.recording, settled.observed, settings), v1alpha1.VerifiedCondition)).To(Equal(v1alpha1.VerifiedInStorageReason))
}

// TestBackupMessage states that people are told the shorter of the times for which Agora
// may keep its backup, while the operator looks for files for the longer one.
func TestBackupMessage(t *testing.T) {
	g := NewWithT(t)
	s := given(stoppedAgo(80*time.Hour, agora.Backuped), gone, lookedBefore(time.Minute))
	d := s.decide()
	g.Expect(meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition).Message).To(HaveSuffix("Agora keeps its backup for 72 hours at most."))
	g.Expect(d.RequeueAt).NotTo(BeZero())
}
