// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// TestFarewellSaysWhatIsTrue states what is said about a recording when its object is
// deleted.
func TestFarewellSaysWhatIsTrue(t *testing.T) {
	stopped := func(reason string) modifier {
		return func(s *situation) {
			s.recording.Status.StoppedReason = reason
			s.recording.Status.StoppedTime = &metav1.Time{Time: recordingtest.Noon}
		}
	}
	withEvidence := func(reason string) modifier {
		return func(s *situation) {
			s.recording.Status.UploadedReason = reason
			s.recording.Status.Conditions = []metav1.Condition{{Type: v1alpha1.UploadedCondition, Status: metav1.ConditionTrue, Reason: reason}}
		}
	}
	pending := func(s *situation) {
		s.recording.Status.Conditions = []metav1.Condition{{Type: v1alpha1.UploadedCondition, Status: metav1.ConditionUnknown, Reason: v1alpha1.NotReportedReason}}
	}
	neverLookedAt := func(s *situation) { s.recording.Status = v1alpha1.CloudRecordingStatus{ObservedGeneration: -1} }
	const running, unknown = "it goes on and is billed until it ends by itself", "it may go on running and being billed."
	for name, test := range map[string]struct {
		given                []modifier
		kind, reason, begins string
		says                 []string
	}{
		"never begun":                     {[]modifier{toStart}, "Normal", v1alpha1.NothingToStopReason, "Nothing was started for the object, and it goes.", nil},
		"never begun, by Orphan":          {[]modifier{toStart, orphaned}, "Normal", v1alpha1.NothingToStopReason, "Nothing was started", nil},
		"never begun, with a resource ID": {[]modifier{acquiredAgo(time.Second), orphaned}, "Normal", v1alpha1.NothingToStopReason, "Nothing was started", nil},
		"never begun, as concluded": {
			[]modifier{toStart, stopped(v1alpha1.NothingToStopReason), withEvidence(v1alpha1.NoRecordedDataReason)},
			"Normal", v1alpha1.NothingToStopReason, "Nothing was started", nil},
		"no recorder came up": {
			[]modifier{startedAgo(time.Hour), stopped(v1alpha1.StartFailedReason), withEvidence(v1alpha1.NoRecordedDataReason)},
			"Normal", v1alpha1.StartFailedReason, "No recorder came up, and the object goes.", nil},
		"ended and uploaded": {
			[]modifier{stopped(v1alpha1.StopAcknowledgedReason), withEvidence(v1alpha1.ReportedByAgoraReason), withFile},
			"Normal", v1alpha1.ReportedByAgoraReason, "The recording has ended, and its object goes.", []string{"Files (1): lesson.m3u8"}},
		"ended, by Orphan": {
			[]modifier{stopped(v1alpha1.RecordingEndedReason), withEvidence(v1alpha1.VerifiedInStorageReason), withFile, orphaned},
			"Normal", v1alpha1.VerifiedInStorageReason, "The recording has ended, and its object goes.", []string{"Files (1): lesson.m3u8"}},
		"ended, and not uploaded": {
			[]modifier{stopped(v1alpha1.StopAcknowledgedReason), pending, withFile},
			"Warning", v1alpha1.NotReportedReason, "The recording has ended, and its object goes, though the upload of its files is not confirmed.", []string{"Files (1): lesson.m3u8"}},
		"between two sessions": {
			[]modifier{runningFor(time.Hour), restarting, stopped(v1alpha1.RecordingEndedReason), pending, orphaned},
			"Warning", v1alpha1.NotReportedReason, "The recording has ended", nil},
		"before a session that was not begun": {
			[]modifier{toStart, replaces(settled), orphaned}, "Normal", v1alpha1.VerifiedInStorageReason, "The recording has ended, and its object goes.", nil},
		"runs, by Orphan": {[]modifier{orphaned}, "Warning", v1alpha1.RecordingReason, "The object goes and leaves its recording running", []string{running}},
		"a session before runs, by Orphan": {
			[]modifier{toStart, replaces(), orphaned}, "Warning", v1alpha1.RecordingReason, "The object goes and leaves its recording running", []string{running}},
		"not found, by Orphan":        {[]modifier{orphaned, gone}, "Warning", v1alpha1.RecordingReason, "The object goes and leaves its recording as it is", []string{unknown}},
		"never looked at, by Orphan":  {[]modifier{neverLookedAt, orphaned}, "Warning", v1alpha1.RecordingReason, "The object goes and leaves its recording as it is", []string{unknown}},
		"a start was lost, by Orphan": {[]modifier{startRequestedAgo(time.Second), orphaned}, "Warning", v1alpha1.RecordingReason, "The object goes and leaves its recording as it is", []string{unknown}},
		"coming up, by Orphan":        {[]modifier{startedAgo(time.Second), orphaned}, "Warning", v1alpha1.RecordingReason, "The object goes and leaves its recording as it is", []string{unknown}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := given(test.given...)
			farewell := FarewellOf(&s.recording)
			g.Expect(farewell.Text).To(HavePrefix(test.begins))
			g.Expect(farewell.Kind).To(Equal(test.kind))
			g.Expect(farewell.Reason).To(Equal(test.reason))
			for _, text := range test.says {
				g.Expect(farewell.Text).To(ContainSubstring(text))
			}
			if len(test.says) == 0 {
				g.Expect(farewell.Text).NotTo(ContainSubstring("billed"))
			}
		})
	}
}
