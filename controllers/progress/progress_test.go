// SPDX-License-Identifier: Apache-2.0

package progress_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/progress"
)

func TestSessions(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	recording := &v1alpha1.CloudRecording{}
	g.Expect(progress.Sessions(recording)).To(BeEmpty(), "nothing has begun")
	recording.Status.AcquiredTime = &metav1.Time{Time: recordingtest.Noon}
	g.Expect(progress.Sessions(recording)).To(HaveLen(1))
	recording.Status.Sessions = []v1alpha1.SessionStatus{{SID: "first"}}
	g.Expect(progress.Sessions(recording)).To(HaveLen(2))
}

// TestWhatAProfileGaveHolds gives the control window only in the profile.
func TestWhatAProfileGaveHolds(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	recording := &v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{ProfileRef: &v1alpha1.ProfileReference{Name: "lessons"}}}
	recording.Status.Profile = &v1alpha1.ProfileStatus{Name: "lessons"}
	recording.Status.Resolved = &v1alpha1.CloudRecordingProfileSpec{UID: "7", Start: &v1alpha1.StartSpec{ResourceExpiredHour: 24}}
	recording.Status.SID = "sid"
	recording.Status.StartedTime = &metav1.Time{Time: recordingtest.Noon}
	waits := progress.WaitsOf(recording, recordingtest.Noon)
	g.Expect(waits).To(HaveLen(1))
	g.Expect(*waits[0].Until).To(BeTemporally("==", recordingtest.Noon.Add(23*time.Hour)))
	g.Expect(progress.UIDOf(recording, &recording.Status.SessionStatus)).To(Equal("7"))
	g.Expect(recording.Spec.Start).To(BeNil(), "what was given is not changed")
}

// TestAProfileThatDoesNotHoldYet states what is known without the profile.
func TestAProfileThatDoesNotHoldYet(t *testing.T) {
	t.Parallel()
	recording := &v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{ProfileRef: &v1alpha1.ProfileReference{Name: "lessons"}}}
	recording.Status.SID = "sid"
	recording.Status.StartedTime = &metav1.Time{Time: recordingtest.Noon}
	NewWithT(t).Expect(progress.WaitsOf(recording, recordingtest.Noon)).NotTo(BeEmpty())
}
