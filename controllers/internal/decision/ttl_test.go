// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

func keptFor(seconds int32) modifier {
	return func(s *situation) { s.recording.Spec.TTLSecondsAfterFinished = ptr.To(seconds) }
}

func uploadedAgo(d time.Duration) modifier {
	return func(s *situation) { s.recording.Status.UploadedTime = &metav1.Time{Time: recordingtest.Noon.Add(-d)} }
}

func TestDecideDeletesWhatWasKeptForLongEnough(t *testing.T) {
	for name, test := range map[string]struct {
		given   []modifier
		action  Action
		requeue time.Duration
	}{
		"what is completed, at once":       {[]modifier{uploaded, keptFor(0)}, ActionDelete, 0},
		"what is completed, in time":       {[]modifier{uploaded, keptFor(3600)}, ActionDelete, 0},
		"not before its time":              {[]modifier{uploaded, keptFor(3601)}, ActionNone, time.Second},
		"counted from the upload":          {[]modifier{uploaded, uploadedAgo(time.Minute), keptFor(90)}, ActionNone, 30 * time.Second},
		"not without being asked to":       {[]modifier{uploaded}, ActionNone, 0},
		"not what is not uploaded":         {[]modifier{stoppedAgo(48*time.Hour, agora.Backuped), gone, keptFor(0)}, ActionNone, 0},
		"not what has failed":              {[]modifier{runningFor(time.Hour), endedAgo(time.Second), withUpload, keptFor(0)}, ActionNone, 0},
		"not what runs":                    {[]modifier{keptFor(0)}, ActionNone, 0},
		"what was never to be started":     {[]modifier{toStart, wantedStopped, keptFor(0)}, ActionDelete, 0},
		"not what came after its window":   {[]modifier{toStart, within(-2*time.Hour, -time.Hour), createdAgo(0), keptFor(0)}, ActionNone, 0},
		"not what missed its window":       {[]modifier{toStart, within(-2*time.Hour, -time.Hour), createdAgo(3 * time.Hour), keptFor(0)}, ActionNone, 0},
		"what is being deleted is let go":  {[]modifier{uploaded, deleted, keptFor(0)}, ActionRelease, 0},
		"not while a call is under way":    {[]modifier{uploaded, callInFlight(agora.MethodQuery, time.Second), keptFor(0)}, ActionNone, 0},
		"not while a session is left open": {[]modifier{uploaded, replaces(), keptFor(0)}, ActionStop, 0},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given(test.given...).decide()
			g.Expect(d.Action).To(Equal(test.action))
			if test.requeue != 0 {
				g.Expect(d.RequeueAt).To(Equal(recordingtest.Noon.Add(test.requeue)))
			}
			if test.action == ActionDelete {
				g.Expect(d.Status.Phase).To(Equal(v1alpha1.PhaseCompleted))
			}
		})
	}
}
