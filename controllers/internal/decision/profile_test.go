// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// takingFrom makes the recording name a profile of which something is observed. The spec is
// the result of merging it.
func takingFrom(observed ObservedProfile) modifier {
	return func(s *situation) {
		s.recording.Spec.ProfileRef = &v1alpha1.ProfileReference{Name: "lessons"}
		s.observed.Profile = observed
	}
}

func versioned() ObservedProfile {
	return ObservedProfile{Version: v1alpha1.ProfileStatus{Name: "lessons", UID: "profile", Generation: 3}, Shared: &v1alpha1.CloudRecordingProfileSpec{AppID: "app"}}
}

func firstSeen(s *situation) { s.recording.Status.ObservedGeneration = -1 }

func TestDecideByProfile(t *testing.T) {
	incomplete := versioned()
	incomplete.Incomplete = "spec.storage is missing"
	for name, test := range map[string]struct {
		given    []modifier
		action   Action
		ready    string
		resolved bool
	}{
		"it holds once the recording is about to start":  {[]modifier{toStart, takingFrom(versioned())}, ActionAcquire, "False Starting", true},
		"it holds at once for one that is adopted":       {[]modifier{firstSeen, takingFrom(versioned())}, ActionNone, "True Recording", true},
		"it does not hold before the window":             {[]modifier{toStart, within(time.Hour, 2*time.Hour), takingFrom(versioned())}, ActionNone, "True Scheduled", false},
		"it does not hold while the object is suspended": {[]modifier{toStart, suspended, takingFrom(versioned())}, ActionNone, "True Suspended", false},
		"it does not hold without credentials":           {[]modifier{toStart, withoutCredentials, takingFrom(versioned())}, ActionNone, "False CredentialsNotFound", false},
		"it is missed":                                   {[]modifier{toStart, takingFrom(ObservedProfile{Missing: true})}, ActionNone, "False ProfileNotFound", false},
		"it is missed before the window, too":            {[]modifier{toStart, within(time.Hour, 2*time.Hour), takingFrom(ObservedProfile{Missing: true})}, ActionNone, "False ProfileNotFound", false},
		"it makes no whole":                              {[]modifier{toStart, takingFrom(incomplete)}, ActionNone, "False ProfileIncomplete", false},
		"it holds for what ends before it began":         {[]modifier{toStart, takingFrom(versioned()), wantedStopped}, ActionNone, "True NothingToStop", true},
		"it is not missed by what is wanted to stop":     {[]modifier{toStart, takingFrom(ObservedProfile{Missing: true}), wantedStopped}, ActionNone, "True NothingToStop", false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given(test.given...).decide()
			g.Expect(d.Action).To(Equal(test.action))
			g.Expect(ready(d)).To(Equal(test.ready))
			g.Expect(d.Status.Resolved != nil).To(Equal(test.resolved))
			g.Expect(d.Status.Profile != nil).To(Equal(test.resolved))
			isNoted := d.Status.UID != ""
			g.Expect(isNoted).To(Equal(test.resolved), "until then the profile may name another")
			announced := len(d.Announcements) == 1 && d.Announcements[0].Reason == v1alpha1.ProfileResolvedReason
			g.Expect(announced).To(Equal(test.resolved))
		})
	}
}

func TestDecideReleasesWhatNeverHadItsProfile(t *testing.T) {
	g := NewWithT(t)
	d := given(toStart, takingFrom(ObservedProfile{Missing: true}), deleted).decide()
	g.Expect(d.Action).To(Equal(ActionRelease))
	d = given(takingFrom(ObservedProfile{Missing: true}), firstSeen, deleted).decide()
	g.Expect(d.Action).To(Equal(ActionNone), "an adopted recording may run")
	message := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition).Message
	g.Expect(message).To(HavePrefix(`CloudRecordingProfile "lessons", which spec.profileRef names, does not exist in this namespace`))
	g.Expect(message).To(HaveSuffix("set spec.deletionPolicy to Orphan."))
	g.Expect(strings.Count(message, messageOrphan)).To(Equal(1), message)
}

func TestDecideWakesWhatMissesItsProfileWhenItsWindowOpens(t *testing.T) {
	g := NewWithT(t)
	s := given(toStart, within(48*time.Hour, 49*time.Hour), takingFrom(ObservedProfile{Missing: true}))
	g.Expect(s.decide().RequeueAt).To(Equal(s.recording.Spec.Window.Start.Time))
}
