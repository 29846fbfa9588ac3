// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/notifications"
)

func leftWith(code int32) modifier {
	return func(s *situation) { s.recording.Status.Exit = &v1alpha1.RecorderExit{LeaveCode: ptr.To(code)} }
}

func completing(s *situation) { s.recording.Spec.OnChannelEmpty = v1alpha1.ChannelEmptyPolicyComplete }

func restartingOnFailure(s *situation) {
	s.recording.Spec.RestartPolicy = v1alpha1.RestartPolicyOnFailure
}

func withUpload(s *situation) {
	s.recording.Status.UploadedReason = v1alpha1.VerifiedInStorageReason
	s.recording.Status.UploadedTime = &metav1.Time{Time: recordingtest.Noon}
	meta.SetStatusCondition(&s.recording.Status.Conditions, metav1.Condition{
		Type: v1alpha1.UploadedCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.VerifiedInStorageReason, Message: "All files were found.",
	})
}

// TestDecideAfterARecorderEndedByItself states what it means that a recorder ended by
// itself, depending on what is known about the cause and on what is wanted.
func TestDecideAfterARecorderEndedByItself(t *testing.T) {
	const failed, completed, restarts = "Failed False RecordingEnded", "Completed True ChannelEmpty", "Starting False Restarting"
	notifiedError := notifiedOf(notifications.CloudRecordingError)
	abnormally := func(s *situation) { s.recording.Status.ServiceStatus = ptr.To[int32](20) }
	web := func(s *situation) { s.recording.Spec.Mode = v1alpha1.WebMode }
	always := restarting
	tokenEnded := func(s *situation) {
		s.recording.Status.TokenExpirationTime = &metav1.Time{Time: s.recording.Status.StoppedTime.Add(30 * time.Second)}
	}
	tokenLeft := func(s *situation) {
		s.recording.Status.TokenExpirationTime = &metav1.Time{Time: s.recording.Status.StoppedTime.Add(2 * time.Minute)}
	}
	for name, test := range map[string]struct {
		given    []modifier
		expected string
	}{
		"Fail, empty":                          {[]modifier{leftWith(4)}, failed},
		"Fail, unexplained":                    {nil, failed},
		"Complete, empty":                      {[]modifier{completing, leftWith(4)}, completed},
		"Complete, empty and told to":          {[]modifier{completing, leftWith(6)}, completed},
		"Complete, unexplained":                {[]modifier{completing}, completed},
		"Complete, told to leave":              {[]modifier{completing, leftWith(2)}, failed},
		"Complete, not set up":                 {[]modifier{completing, leftWith(0)}, failed},
		"Complete, exited abnormally":          {[]modifier{completing, abnormally}, failed},
		"Complete, an error was notified":      {[]modifier{completing, notifiedError}, failed},
		"Complete, a page has no channel":      {[]modifier{completing, web}, failed},
		"Complete, its token ended":            {[]modifier{completing, tokenEnded}, failed},
		"Complete, before its token ended":     {[]modifier{completing, tokenLeft}, completed},
		"Complete, empty when its token ended": {[]modifier{completing, tokenEnded, leftWith(4)}, completed},
		"Always, empty":                        {[]modifier{always, leftWith(4)}, restarts},
		"Always and Complete, empty":           {[]modifier{always, completing, leftWith(4)}, completed},
		"Always and Complete, unexplained":     {[]modifier{always, completing}, completed},
		"Always and Complete, failed":          {[]modifier{always, completing, abnormally}, restarts},
		"OnFailure, empty":                     {[]modifier{restartingOnFailure, leftWith(4)}, failed},
		"OnFailure and Complete, empty":        {[]modifier{restartingOnFailure, completing, leftWith(4)}, completed},
		"OnFailure, failed":                    {[]modifier{restartingOnFailure, abnormally}, restarts},
		"OnFailure, unexplained":               {[]modifier{restartingOnFailure}, restarts},
		"OnFailure and Complete, unexplained":  {[]modifier{restartingOnFailure, completing}, restarts},
		"OnFailure, one more recorded":         {[]modifier{restartingOnFailure, replaces(settled), withFile}, restarts},
		"OnFailure, one more recorded nothing": {[]modifier{restartingOnFailure, completing, replaces(settled)}, completed},
		"OnFailure, one more failed":           {[]modifier{restartingOnFailure, completing, replaces(settled), abnormally}, restarts},
		"accepted":                             {[]modifier{wantedStopped}, "Completed True Uploaded"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := given(append([]modifier{runningFor(time.Hour / 2), endedAgo(time.Second), withUpload}, test.given...)...)
			d := s.decide()
			g.Expect(string(d.Status.Phase) + " " + ready(d)).To(Equal(test.expected))
			g.Expect(meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.StalledCondition)).To(Equal(test.expected == failed))
			again := s.after(d, time.Second).decide()
			g.Expect(string(again.Status.Phase) + " " + ready(again)).To(Equal(test.expected))
		})
	}
}

// TestDecideTakesNothingForUploadedTooSoon states when an empty channel means that there is
// nothing to upload.
func TestDecideTakesNothingForUploadedTooSoon(t *testing.T) {
	nothingFound := func(s *situation) {
		withStorage(s)
		meta.SetStatusCondition(&s.recording.Status.Conditions, metav1.Condition{
			Type: v1alpha1.VerifiedCondition, Status: metav1.ConditionFalse, Reason: v1alpha1.NoFilesFoundReason, Message: "There is no file.",
		})
	}
	settle := DefaultSettings().UploadSettleTime
	for name, test := range map[string]struct {
		given    []modifier
		expected string
	}{
		"the bucket holds nothing for long":     {[]modifier{endedAgo(settle), nothingFound}, v1alpha1.NoRecordedDataReason},
		"the bucket holds nothing so far":       {[]modifier{endedAgo(settle - time.Second), nothingFound}, v1alpha1.NotReportedReason},
		"nobody has looked":                     {[]modifier{endedAgo(settle)}, v1alpha1.NotReportedReason},
		"a file was named":                      {[]modifier{endedAgo(settle), nothingFound, withFile}, v1alpha1.NotReportedReason},
		"the recorder failed":                   {[]modifier{endedAgo(settle), nothingFound, leftWith(0)}, v1alpha1.NotReportedReason},
		"it is not known that nobody was there": {[]modifier{endedAgo(settle), nothingFound, restartingOnFailure}, v1alpha1.RecordingReason},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given(append([]modifier{runningFor(time.Hour), completing}, test.given...)...).decide()
			g.Expect(reasonOf(d, v1alpha1.UploadedCondition)).To(Equal(test.expected))
		})
	}
}

func TestDecideNamesTheIdleTime(t *testing.T) {
	for name, given := range map[string][]modifier{"known": {leftWith(4)}, "likely": nil} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			idle := func(s *situation) { s.recording.Spec.Start.RecordingConfig.MaxIdleTime = 45 }
			s := givenEnded(append(given, idle)...)
			condition := meta.FindStatusCondition(s.decide().Status.Conditions, v1alpha1.ReadyCondition)
			g.Expect(condition.Message).To(MatchRegexp(`^The recording ended though it was wanted to go on: (nobody was in the|its) channel( was empty)? for maxIdleTime \(45 seconds in spec.start.recordingConfig\)`))
		})
	}
}

func givenEnded(modifiers ...modifier) situation {
	return given(append([]modifier{runningFor(time.Hour / 2), endedAgo(time.Second)}, modifiers...)...)
}

// TestDecideWhileSuspended states what the status of a suspended object says.
func TestDecideWhileSuspended(t *testing.T) {
	for name, test := range map[string]struct {
		given    []modifier
		expected string
		stalled  bool
	}{
		"before its start":        {[]modifier{toStart, suspended}, "Pending True Suspended", false},
		"with a resource ID":      {[]modifier{acquiredAgo(time.Second), suspended}, "Pending True Suspended", false},
		"never looked at":         {[]modifier{suspended, func(s *situation) { s.recording.Status.ServiceStatus = nil }}, "Pending True Suspended", false},
		"while it runs":           {[]modifier{suspended}, "Recording True Suspended", false},
		"running, and to stop":    {[]modifier{wantedStopped, suspended}, "Stopping False StopSuspended", true},
		"not begun, and to stop":  {[]modifier{toStart, stopWanted, suspended}, "Completed True NothingToStop", false},
		"ended, and uploaded":     {[]modifier{uploaded, suspended}, "Completed True Uploaded", false},
		"ended though it was not": {[]modifier{runningFor(time.Hour / 2), endedAgo(time.Second), withUpload, suspended}, "Failed False RecordingEnded", true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given(test.given...).decide()
			g.Expect(string(d.Status.Phase) + " " + ready(d)).To(Equal(test.expected))
			g.Expect(meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.StalledCondition)).To(Equal(test.stalled))
			g.Expect(meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.ReconcilingCondition)).To(BeFalse())
		})
	}
}

// TestDecideKeepsThePhaseOfARefusedStart follows a start that is refused again and again.
func TestDecideKeepsThePhaseOfARefusedStart(t *testing.T) {
	g := NewWithT(t)
	s := given(toStart)
	for range 3 {
		for _, answer := range []modifier{
			answeredTo(agora.MethodAcquire, agora.Succeeded, withResourceID), answeredTo(agora.MethodStart, agora.TaskConflict),
		} {
			d := s.decide()
			g.Expect(d.Action.IsCall()).To(BeTrue())
			g.Expect(d.Status.Phase).To(Or(Equal(v1alpha1.PhaseStarting), BeEquivalentTo("Pending")))
			s = s.after(d, 0, answer)
		}
		d := s.decide()
		g.Expect(string(d.Status.Phase) + " " + ready(d)).To(Equal("Starting False TaskConflict"))
		s = s.after(d, slowRetry)
		g.Expect(s.recording.Status.Phase).To(Equal(v1alpha1.PhaseStarting))
	}
}
