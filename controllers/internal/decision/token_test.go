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
)

// minting makes the operator mint the recording's token.
func minting(s *situation) { s.observed.MintsToken = true }

// lasting makes the recording be stopped after a while.
func lasting(d time.Duration) modifier {
	return func(s *situation) { s.recording.Spec.MaxDuration = &metav1.Duration{Duration: d} }
}

// closingIn makes the recording's window end after a while.
func closingIn(d time.Duration) modifier {
	return func(s *situation) {
		s.recording.Spec.Window = &v1alpha1.RecordingWindow{End: &metav1.Time{Time: recordingtest.Noon.Add(d)}}
	}
}

// tokenRunningFor makes the recording run with a token that was minted when it was started.
// Agora accepts calls for it for three days.
func tokenRunningFor(d time.Duration) modifier {
	return func(s *situation) {
		runningFor(d)(s)
		s.recording.Spec.Start.ResourceExpiredHour = 72
		s.recording.Status.TokenExpirationTime = &metav1.Time{Time: recordingtest.Noon.Add(24*time.Hour - d)}
		s.recording.Status.FirstStartedTime = s.recording.Status.StartedTime
	}
}

func TestTokenExpiration(t *testing.T) {
	issuedAt := recordingtest.Noon
	for name, test := range map[string]struct {
		end  time.Time
		want time.Duration
	}{
		"as long as it can be, where no end is known": {want: 24 * time.Hour},
		"until an hour after the end":                 {end: issuedAt.Add(90 * time.Minute), want: 150 * time.Minute},
		"a day, where the end is later":               {end: issuedAt.Add(23*time.Hour + time.Second), want: 24 * time.Hour},
		"an hour, where the end has passed":           {end: issuedAt.Add(-3 * time.Hour), want: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(tokenExpiration(issuedAt, test.end)).To(Equal(issuedAt.Add(test.want)))
		})
	}
}

func TestDecideRecordsUntilWhenTheTokenIsValid(t *testing.T) {
	alreadySaid := func(s *situation) {
		s.recording.Status.TokenExpirationTime = &metav1.Time{Time: recordingtest.Noon.Add(7 * time.Hour)}
	}
	firstStarted := func(ago time.Duration) modifier {
		return func(s *situation) {
			s.recording.Status.FirstStartedTime = &metav1.Time{Time: recordingtest.Noon.Add(-ago)}
		}
	}
	for name, test := range map[string]struct {
		given []modifier
		want  time.Duration // from now; zero for none
	}{
		"for a day, from when the resource ID was given out":   {given: []modifier{acquiredAgo(time.Minute), minting}, want: 24*time.Hour - time.Minute},
		"until an hour after the recording ends at the latest": {given: []modifier{acquiredAgo(time.Minute), minting, lasting(2 * time.Hour)}, want: 3*time.Hour + resourceUsable - time.Minute},
		"for what is left of the recording":                    {given: []modifier{acquiredAgo(0), minting, lasting(8 * time.Hour), firstStarted(5 * time.Hour)}, want: 4 * time.Hour},
		"until an hour after the window":                       {given: []modifier{acquiredAgo(time.Minute), minting, closingIn(90 * time.Minute)}, want: 150 * time.Minute},
		"until an hour after what ends first":                  {given: []modifier{acquiredAgo(time.Minute), minting, closingIn(90 * time.Minute), lasting(10 * time.Hour)}, want: 150 * time.Minute},
		"for a day, where the window is longer":                {given: []modifier{acquiredAgo(time.Minute), minting, closingIn(70 * time.Hour)}, want: 24*time.Hour - time.Minute},
		"as it was said before, whatever the spec says by now": {given: []modifier{startRequestedAgo(time.Minute), minting, lasting(2 * time.Hour), alreadySaid}, want: 7 * time.Hour},
		"not where the operator mints none":                    {given: []modifier{acquiredAgo(time.Minute)}},
		"not before it is to be started":                       {given: []modifier{toStart, minting}},
		"not while the certificate is none":                    {given: []modifier{acquiredAgo(time.Minute), minting, secretMissing}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given(test.given...).decide()
			if test.want == 0 {
				g.Expect(d.Status.TokenExpirationTime).To(BeNil())
				return
			}
			g.Expect(d.Action).To(Equal(ActionStart))
			g.Expect(d.Status.TokenExpirationTime.Time).To(Equal(recordingtest.Noon.Add(test.want)))
		})
	}
}

func TestDecideForgetsTheTokenWithItsResourceID(t *testing.T) {
	g := NewWithT(t)
	s := given(startRequestedAgo(time.Second), minting, answeredTo(agora.MethodStart, agora.NeedsNewResource), func(s *situation) {
		s.recording.Status.TokenExpirationTime = &metav1.Time{Time: recordingtest.Noon.Add(24 * time.Hour)}
	})
	d := s.decide()
	g.Expect(d.Status.ResourceID).To(BeEmpty())
	g.Expect(d.Status.TokenExpirationTime).To(BeNil())
}

// TestDecideKnowsTheTokenOfAStartThatAnotherProcessTookBack states that the expiry of the
// token is known even if another process has noted that nothing was started.
func TestDecideKnowsTheTokenOfAStartThatAnotherProcessTookBack(t *testing.T) {
	g := NewWithT(t)
	d := given(acquiredAgo(time.Minute), minting, answeredTo(agora.MethodStart, agora.Succeeded, withSID), func(s *situation) {
		s.recording.Status.ResourceID, s.recording.Status.AcquiredTime = "", nil
		s.observed.AnswerResource = "resource"
	}).decide()
	g.Expect(d.Status.SID).To(Equal("new-sid"))
	g.Expect(d.Status.TokenExpirationTime.Time).To(Equal(recordingtest.Noon.Add(24 * time.Hour)))
}

func TestDecideStallsAStartWithAMalformedCertificate(t *testing.T) {
	g := NewWithT(t)
	d := given(toStart, func(s *situation) {
		s.observed.StartProblem, s.observed.CertificateInvalid = "The certificate is none.", true
	}).decide()
	g.Expect(d.Action).To(Equal(ActionNone))
	g.Expect(ready(d)).To(Equal("False CertificateInvalid"))
	g.Expect(meta.FindStatusCondition(d.Status.Conditions, v1alpha1.StalledCondition)).To(HaveField("Message", "The certificate is none."))
}

func TestDecideTakesTheEndOfTheTokenLikeThatOfTheControlWindow(t *testing.T) {
	window := func(hours int32) modifier {
		return func(s *situation) { s.recording.Spec.Start.ResourceExpiredHour = hours }
	}
	for name, test := range map[string]struct {
		given    []modifier
		sessions int
		stopped  v1alpha1.StopReason
		expiring string
	}{
		"nothing for 21 hours":                              {given: []modifier{tokenRunningFor(21 * time.Hour)}},
		"a warning from nine tenths":                        {given: []modifier{tokenRunningFor(22 * time.Hour)}, expiring: v1alpha1.TokenLifetimeEndingReason},
		"another session two hours before":                  {given: []modifier{tokenRunningFor(22 * time.Hour), startingNext}, sessions: 1},
		"not earlier":                                       {given: []modifier{tokenRunningFor(21*time.Hour + 59*time.Minute), startingNext}, expiring: v1alpha1.TokenLifetimeEndingReason},
		"a stop an hour before":                             {given: []modifier{tokenRunningFor(23 * time.Hour)}, stopped: v1alpha1.StopReasonTokenLifetime, expiring: v1alpha1.TokenLifetimeEndingReason},
		"another session where it is late":                  {given: []modifier{tokenRunningFor(23 * time.Hour), startingNext}, sessions: 1},
		"the control window, where that ends before":        {given: []modifier{tokenRunningFor(23 * time.Hour), window(20)}, stopped: v1alpha1.StopReasonControlWindow, expiring: v1alpha1.ControlWindowEndingReason},
		"nothing where the recording ends before":           {given: []modifier{tokenRunningFor(23 * time.Hour), lasting(23*time.Hour + 30*time.Minute)}},
		"nothing where the window ends before":              {given: []modifier{tokenRunningFor(23 * time.Hour), closingIn(30 * time.Minute), startingNext}},
		"another session where the window ends after":       {given: []modifier{tokenRunningFor(22 * time.Hour), closingIn(20 * time.Hour), startingNext}, sessions: 1},
		"no other session where the recording ends before":  {given: []modifier{tokenRunningFor(22 * time.Hour), lasting(23 * time.Hour), startingNext}},
		"a stop where the recording would end after":        {given: []modifier{tokenRunningFor(23 * time.Hour), lasting(30 * time.Hour)}, stopped: v1alpha1.StopReasonTokenLifetime, expiring: v1alpha1.TokenLifetimeEndingReason},
		"the end of the recording where both are over":      {given: []modifier{tokenRunningFor(23 * time.Hour), lasting(22 * time.Hour)}, stopped: v1alpha1.StopReasonMaxDuration},
		"nothing for a recording without a token like that": {given: []modifier{runningFor(23 * time.Hour), window(72)}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given(test.given...).decide()
			g.Expect(d.Status.Sessions).To(HaveLen(test.sessions))
			g.Expect(d.Status.StopReason).To(Equal(test.stopped))
			expiring := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ExpiringCondition)
			if test.expiring == "" {
				g.Expect(expiring).To(BeNil())
			} else {
				g.Expect(expiring).To(And(HaveField("Status", metav1.ConditionTrue), HaveField("Reason", test.expiring)))
			}
		})
	}
}

func TestDecideSaysThatTheTokenEnded(t *testing.T) {
	g := NewWithT(t)
	s := given(tokenRunningFor(23*time.Hour), answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Uploaded})))
	s.observed.AnswerSession = "sid"
	s.recording.Status.StopReason = v1alpha1.StopReasonTokenLifetime
	d := s.decide()
	g.Expect(ready(d)).To(Equal("False TokenLifetimeEnded"))
	g.Expect(meta.FindStatusCondition(d.Status.Conditions, v1alpha1.StalledCondition)).To(HaveField("Message",
		ContainSubstring("its token was nearly over (status.tokenExpirationTime). Set spec.state to Stopped to accept that")))
}

// TestDecideSaysThatTheTokenEndedARecordingThatNobodyLookedAfter is for an operator that
// was away when the token expired.
func TestDecideSaysThatTheTokenEndedARecordingThatNobodyLookedAfter(t *testing.T) {
	g := NewWithT(t)
	d := given(tokenRunningFor(25*time.Hour), endedAgo(time.Minute)).decide()
	g.Expect(ready(d)).To(Equal("False RecordingEnded"))
	g.Expect(meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition)).To(HaveField("Message",
		ContainSubstring("its token was valid until status.tokenExpirationTime")))
}

// TestDecideRecordsForDaysWithTokensOfADay makes Agora end each session when its token
// expires, and replaces the process in between.
func TestDecideRecordsForDaysWithTokensOfADay(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	e := newEndless(g, v1alpha1.RestartPolicyNever, func(spec *v1alpha1.CloudRecordingSpec) {
		spec.Start.ResourceExpiredHour, spec.Start.OnExpiry = 72, v1alpha1.ExpiryPolicyStartNext
	})
	e.observed.MintsToken, e.names = true, true
	for range 7 {
		e.runFor(9*time.Hour+17*time.Minute, 24*time.Hour)
		g.Expect(e.running).NotTo(BeEmpty(), "after %s", e.observed.Now.Sub(recordingtest.Noon))
		g.Expect(e.recording.Status.TokenExpirationTime.Time).To(BeTemporally(">", e.observed.Now))
		e.observed.Memory, e.observed.LeadingSince = Memory{}, e.observed.Now
	}
	g.Expect(e.started).To(Equal(3))
	uids := []string{}
	for _, session := range e.recording.Status.Sessions {
		uids = append(uids, session.UID)
		g.Expect(session.StoppedTime.Sub(session.StartedTime.Time)).To(BeNumerically("~", 22*time.Hour, 10*time.Minute))
		g.Expect(session.StoppedReason).To(Equal(v1alpha1.StopAcknowledgedReason))
	}
	g.Expect(append(uids, e.recording.Status.UID)).To(Equal([]string{"1", "2", "3"}))
	g.Expect(ready(e.last)).To(Equal("True Recording"))
}

// TestDecideStopsWhatHasATokenOfADay is for a recording that no other session continues.
func TestDecideStopsWhatHasATokenOfADay(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	e := newEndless(g, v1alpha1.RestartPolicyNever, func(spec *v1alpha1.CloudRecordingSpec) { spec.Start.ResourceExpiredHour = 72 })
	e.observed.MintsToken, e.names = true, true
	e.runFor(50*time.Hour, 24*time.Hour)
	g.Expect(e.started).To(Equal(1))
	g.Expect(e.recording.Status.StopReason).To(Equal(v1alpha1.StopReasonTokenLifetime))
	g.Expect(e.recording.Status.StoppedTime.Time).To(BeTemporally("~", recordingtest.Noon.Add(23*time.Hour), time.Minute))
	g.Expect(ready(e.last)).To(Equal("False TokenLifetimeEnded"))
	g.Expect(e.recording.Status.Phase).To(Equal(v1alpha1.PhaseFailed))
	g.Expect(e.recording.Status.ServiceStatus).To(Equal(ptr.To[int32](5)), "it was stopped while it ran")
}
