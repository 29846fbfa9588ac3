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
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// updatable makes the recording one that the operator started an hour ago, that runs, and
// for which Agora has what the spec says.
func updatable(s *situation) {
	s.recording.Spec.Start = &v1alpha1.StartSpec{ResourceExpiredHour: 72, RecordingConfig: &v1alpha1.RecordingConfig{}}
	s.recording.Spec.ResourceID, s.recording.Spec.SID = "", ""
	started := &metav1.Time{Time: recordingtest.Noon.Add(-time.Hour)}
	s.recording.Status.StartRequestedTime, s.recording.Status.AcquiredTime, s.recording.Status.StartedTime = started, started, started
	s.observed.Parameters = ObservedParameters{
		Read:             true,
		Fingerprints:     clientrequest.Fingerprints{clientrequest.SectionSubscription: "1-s", clientrequest.SectionLayout: "1-l", clientrequest.SectionPage: "1-g", clientrequest.SectionPublishing: "1-p"},
		PublishingSecret: "cdn", Address: "a",
	}
	s.recording.Status.Applied = &v1alpha1.AppliedParameters{
		Subscription: "1-s", Layout: "1-l", Page: "1-g", Publishing: "1-p", PublishingSecret: "cdn",
	}
	s.recording.Status = s.decide().Status
}

// changedParts makes parts differ from what Agora was sent.
func changedParts(which ...clientrequest.Section) modifier {
	return func(s *situation) {
		updatable(s)
		for _, part := range which {
			s.observed.Parameters.Fingerprints[part] = "1-new"
		}
	}
}

// shortLived gives the recording a temporary key for the bucket that was sent the given
// time ago.
func shortLived(ago time.Duration) modifier {
	return func(s *situation) {
		updatable(s)
		s.observed.Parameters.Fingerprints[clientrequest.SectionStorage] = "1-k"
		s.recording.Status.Applied.Storage = "1-k"
		s.recording.Status.Applied.StorageTime = &metav1.Time{Time: recordingtest.Noon.Add(-ago)}
	}
}

// answeredBy continues after a decision whose call is answered.
func (s situation) answeredBy(d Decision, conclusion agora.Conclusion, modifiers ...modifier) situation {
	methods := map[Action]agora.Method{ActionUpdate: agora.MethodUpdate, ActionUpdateLayout: agora.MethodUpdateLayout, ActionQuery: agora.MethodQuery}
	answer := agora.Answer{Method: methods[d.Action], Conclusion: conclusion, HTTPStatus: 200}
	switch {
	case conclusion != agora.Succeeded:
		answer.HTTPStatus, answer.Code, answer.Reason = 400, 2, "what Agora says"
	case answer.Method == agora.MethodQuery:
		answer = queryAnswer(agora.Succeeded, 5)
	}
	heard := func(next *situation) { next.observed.Answer, next.observed.AskedAt = &answer, next.observed.Now }
	return s.after(d, 0, append([]modifier{heard}, modifiers...)...)
}

func TestDecideUpdate(t *testing.T) {
	hours := func(s *situation) { s.observed.Memory.notBefore = recordingtest.Noon.Add(5 * time.Hour) }
	for name, test := range map[string]struct {
		given    []modifier
		Action   Action
		Sections []clientrequest.Section
		again    time.Duration
	}{
		"makes no call while nothing changes":          {[]modifier{updatable}, ActionNone, nil, time.Minute},
		"tells of other users":                         {[]modifier{changedParts(clientrequest.SectionSubscription)}, ActionUpdate, []clientrequest.Section{clientrequest.SectionSubscription}, 0},
		"tells of another layout":                      {[]modifier{changedParts(clientrequest.SectionLayout)}, ActionUpdateLayout, []clientrequest.Section{clientrequest.SectionLayout}, 0},
		"tells of a pause and another address at once": {[]modifier{changedParts(clientrequest.SectionPage, clientrequest.SectionPublishing)}, ActionUpdate, []clientrequest.Section{clientrequest.SectionPage, clientrequest.SectionPublishing}, 0},
		"tells of users before the layout":             {[]modifier{changedParts(clientrequest.SectionLayout, clientrequest.SectionSubscription)}, ActionUpdate, []clientrequest.Section{clientrequest.SectionSubscription}, 0},
		"tells of a key by itself, first":              {[]modifier{changedParts(clientrequest.SectionStorage, clientrequest.SectionSubscription)}, ActionUpdate, []clientrequest.Section{clientrequest.SectionStorage}, 0},
		"tells of a change before it polls": {[]modifier{changedParts(clientrequest.SectionLayout), func(s *situation) { s.observed.Memory.notBefore = recordingtest.Noon }},
			ActionUpdateLayout, []clientrequest.Section{clientrequest.SectionLayout}, 0},
		"tells of a change after a restart":                      {[]modifier{changedParts(clientrequest.SectionLayout), restarted}, ActionUpdateLayout, []clientrequest.Section{clientrequest.SectionLayout}, 0},
		"waits for the answer to another call":                   {[]modifier{changedParts(clientrequest.SectionLayout), inFlightFor(agora.MethodQuery)}, ActionNone, nil, 0},
		"tells of nothing while it comes up":                     {[]modifier{changedParts(clientrequest.SectionLayout), func(s *situation) { *s.recording.Status.ServiceStatus = 2 }}, ActionNone, nil, time.Minute},
		"tells of nothing while Agora finds no recorder":         {[]modifier{changedParts(clientrequest.SectionLayout), notFoundFor(time.Second)}, ActionNone, nil, time.Minute},
		"tells of nothing while suspended":                       {[]modifier{changedParts(clientrequest.SectionLayout), suspended}, ActionNone, nil, 0},
		"tells of nothing that is to stop":                       {[]modifier{changedParts(clientrequest.SectionLayout), wantedStopped}, ActionStop, nil, 0},
		"tells of nothing that is deleted":                       {[]modifier{changedParts(clientrequest.SectionLayout), deleted}, ActionStop, nil, 0},
		"tells of nothing that has ended":                        {[]modifier{changedParts(clientrequest.SectionLayout), uploaded}, ActionNone, nil, 0},
		"tells of nothing without credentials":                   {[]modifier{changedParts(clientrequest.SectionLayout), withoutCredentials}, ActionNone, nil, slowRetry},
		"lets a stop take the place of an update":                {[]modifier{changedParts(clientrequest.SectionLayout), wantedStopped, inFlightFor(agora.MethodUpdateLayout)}, ActionStop, nil, 0},
		"tells of nothing that cannot be read":                   {[]modifier{changedParts(clientrequest.SectionPublishing), func(s *situation) { s.observed.Parameters.Problems[clientrequest.SectionPublishing] = "x" }}, ActionNone, nil, time.Minute},
		"sends a key again before an hour has passed":            {[]modifier{shortLived(45 * time.Minute)}, ActionUpdate, []clientrequest.Section{clientrequest.SectionStorage}, 0},
		"sends a key again after a restart":                      {[]modifier{shortLived(59 * time.Minute), restarted}, ActionUpdate, []clientrequest.Section{clientrequest.SectionStorage}, 0},
		"comes back for a key in time":                           {[]modifier{shortLived(30 * time.Minute), hours}, ActionNone, nil, 15 * time.Minute},
		"sends a new key at once":                                {[]modifier{shortLived(time.Minute), func(s *situation) { s.observed.Parameters.Fingerprints[clientrequest.SectionStorage] = "1-new" }}, ActionUpdate, []clientrequest.Section{clientrequest.SectionStorage}, 0},
		"sends a key that is valid for good in place of another": {[]modifier{shortLived(time.Minute), func(s *situation) { s.observed.Parameters.Fingerprints[clientrequest.SectionStorage] = "" }}, ActionUpdate, []clientrequest.Section{clientrequest.SectionStorage}, 0},
		"sends a short-lived key in place of another":            {[]modifier{changedParts(clientrequest.SectionStorage)}, ActionUpdate, []clientrequest.Section{clientrequest.SectionStorage}, 0},
		"takes what nobody knows for sent":                       {[]modifier{changedParts(clientrequest.SectionLayout), func(s *situation) { s.recording.Status.Applied = nil }}, ActionNone, nil, time.Minute},
		"adopts without updates": {[]modifier{changedParts(clientrequest.SectionLayout), func(s *situation) {
			s.recording.Spec.Start, s.observed.Parameters = nil, ObservedParameters{}
			s.recording.Spec.ResourceID, s.recording.Spec.SID = "resource", "sid"
		}}, ActionNone, nil, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			decided := given(test.given...).decide()
			g.Expect(decided.Action).To(Equal(test.Action))
			g.Expect(decided.Updates).To(Equal(test.Sections))
			if len(test.Sections) > 0 {
				g.Expect(decided.Priority).To(Equal(budget.Start))
			}
			if test.again > 0 {
				g.Expect(decided.RequeueAt).To(BeTemporally("==", recordingtest.Noon.Add(test.again)))
			}
		})
	}
}

func TestDecideUpdateSaysHowItStands(t *testing.T) {
	noSecret := func(part clientrequest.Section) modifier {
		return func(s *situation) {
			s.observed.Parameters.Problems[part] = `Secret "x" does not exist.`
			s.observed.Parameters.Fingerprints[part] = ""
		}
	}
	anotherSecret := func(s *situation) { s.observed.Parameters.PublishingSecret = "another" }
	const yes, no = true, false
	for name, test := range map[string]struct {
		situation situation
		reason    string
		message   string
		stalled   bool
	}{
		"all as wanted":                     {given(updatable), v1alpha1.RecordingReason, "", no},
		"an edit":                           {given(changedParts(clientrequest.SectionLayout)), v1alpha1.UpdatingReason, "is being told", no},
		"a key that is refreshed":           {given(shortLived(time.Hour)), v1alpha1.RecordingReason, "", no},
		"a key that has changed":            {given(changedParts(clientrequest.SectionStorage)), v1alpha1.RecordingReason, "", no},
		"an edit while suspended":           {given(changedParts(clientrequest.SectionLayout), suspended), v1alpha1.UpdatingReason, "set spec.suspend to false", yes},
		"an address that is gone":           {given(updatable, noSecret(clientrequest.SectionPublishing)), v1alpha1.RecordingReason, "", no},
		"another address that is missing":   {given(updatable, noSecret(clientrequest.SectionPublishing), anotherSecret), v1alpha1.StartSecretNotFoundReason, `goes on as it was, and cannot be updated: Secret "x"`, yes},
		"a key that is gone":                {given(shortLived(time.Minute), noSecret(clientrequest.SectionStorage)), v1alpha1.RecordingReason, "", no},
		"a key that is gone when it is due": {given(shortLived(time.Hour), noSecret(clientrequest.SectionStorage)), v1alpha1.StartSecretNotFoundReason, `Secret "x"`, yes},
		"a key for good that is gone":       {given(updatable, noSecret(clientrequest.SectionStorage)), v1alpha1.RecordingReason, "", no},
		"an edit that was taken":            {answeredUpdate(agora.Succeeded), v1alpha1.RecordingReason, "", no},
		"an edit that was lost":             {answeredUpdate(agora.NotKnown), v1alpha1.UpdatingReason, "is being told", no},
		"an edit that was refused":          {answeredUpdate(agora.InvalidRequest), v1alpha1.InvalidRequestReason, "Agora refuses the update (updateLayout: HTTP status 400, code 2, what Agora says): correct spec.start", yes},
		"a recorder that is not found":      {answeredUpdate(agora.NotFound), v1alpha1.AgoraUnavailableReason, "finds no recorder", no},
		"credentials that were rejected":    {answeredUpdate(agora.CredentialsRejected), v1alpha1.CredentialsRejectedReason, "", yes},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			status := test.situation.decide().Status
			ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ReadyCondition)
			g.Expect(ready.Reason).To(Equal(test.reason), ready.Message)
			g.Expect(meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ReadyCondition)).To(Equal(test.reason == v1alpha1.RecordingReason), "ready")
			g.Expect(ready.Message).To(ContainSubstring(test.message))
			g.Expect(meta.IsStatusConditionTrue(status.Conditions, v1alpha1.StalledCondition)).To(Equal(test.stalled), "stalled")
			g.Expect(status.ObservedGeneration).To(Equal(test.situation.recording.Generation))
		})
	}
}

// answeredUpdate returns a situation in which the layout has changed and the call was
// answered.
func answeredUpdate(conclusion agora.Conclusion) situation {
	s := given(changedParts(clientrequest.SectionLayout))
	return s.answeredBy(s.decide(), conclusion)
}

func TestDecideUpdateRepeatsWhatWasNotTaken(t *testing.T) {
	g := NewWithT(t)
	s := given(changedParts(clientrequest.SectionLayout))
	d := s.decide()
	for failures, delay := range []time.Duration{time.Second, 3 * time.Second, 6 * time.Second, 12 * time.Second, 24 * time.Second, 48 * time.Second, time.Minute, time.Minute} {
		s = s.answeredBy(d, agora.NotKnown)
		d = s.decide()
		g.Expect(d.Action).To(Equal(ActionNone))
		g.Expect(d.RequeueAt).To(BeTemporally("<=", s.observed.Now.Add(delay)))
		g.Expect(d.Status.LastError.Operation).To(Equal("updateLayout"))
		reason := v1alpha1.UpdatingReason
		if failures >= toleratedFailures {
			reason = v1alpha1.AgoraUnavailableReason
		}
		g.Expect(meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition).Reason).To(Equal(reason))
		unpolled := func(s *situation) { s.observed.Memory.notBefore = recordingtest.Noon.Add(24 * time.Hour) }
		g.Expect(s.after(d, delay-time.Nanosecond, unpolled).decide().Action).To(Equal(ActionNone))
		s = s.after(d, delay, unpolled)
		d = s.decide()
		g.Expect(d.Action).To(Equal(ActionUpdateLayout))
		g.Expect(d.Updates).To(Equal([]clientrequest.Section{clientrequest.SectionLayout}))
	}
	d = s.answeredBy(d, agora.Succeeded).decide()
	g.Expect(d.Status.LastError).To(BeNil())
	g.Expect(d.Status.Applied.Layout).To(Equal("1-new"))
}

func TestDecideUpdateKeepsWhatItSentInMind(t *testing.T) {
	g := NewWithT(t)
	s := given(changedParts(clientrequest.SectionLayout))
	d := s.decide()
	g.Expect(d.Status.Applied.Layout).To(Equal(clientrequest.Uncertain), "whether it takes effect is not known if the process ends now")

	// Another edit comes before the answer.
	s = s.answeredBy(d, agora.Succeeded, func(s *situation) { s.observed.Parameters.Fingerprints[clientrequest.SectionLayout] = "1-newer" })
	d = s.decide()
	g.Expect(d.Action).To(Equal(ActionUpdateLayout))

	s = s.answeredBy(d, agora.Succeeded)
	d = s.decide()
	g.Expect(d.Action).To(Equal(ActionNone))
	g.Expect(d.Status.Applied.Layout).To(Equal("1-newer"))
}

func TestDecideUpdateTakesBackWhatMayHaveTakenEffect(t *testing.T) {
	g := NewWithT(t)
	s := given(changedParts(clientrequest.SectionLayout))
	d := s.decide()
	s = s.answeredBy(d, agora.NotKnown, func(s *situation) {
		s.recording.Generation++
		s.observed.Parameters.Fingerprints[clientrequest.SectionLayout] = "1-l"
	})
	d = s.decide()
	g.Expect(d.Action).To(Equal(ActionUpdateLayout), "Agora may have the layout that is not wanted any more")
	g.Expect(s.answeredBy(d, agora.Succeeded).decide().Status.Applied.Layout).To(Equal("1-l"))
}

func TestDecideUpdateThatIsRefused(t *testing.T) {
	g := NewWithT(t)
	reason := func(d Decision) string {
		return meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition).Reason
	}
	s := given(changedParts(clientrequest.SectionSubscription, clientrequest.SectionLayout))
	d := s.decide()
	s = s.answeredBy(d, agora.InvalidRequest)
	d = s.decide()
	g.Expect(d.Action).To(Equal(ActionUpdateLayout), "one does not hold up the other")
	s = s.answeredBy(d, agora.InvalidRequest)
	d = s.decide()
	g.Expect(reason(d)).To(Equal(v1alpha1.InvalidRequestReason))
	g.Expect(d.RequeueAt).To(BeTemporally("==", recordingtest.Noon.Add(time.Minute)), "the next poll")

	// Polls go on, and fix nothing.
	s = s.after(d, time.Minute)
	d = s.decide()
	g.Expect(d.Action).To(Equal(ActionQuery))
	s = s.answeredBy(d, agora.Succeeded)
	d = s.decide()
	g.Expect(d.Action).To(Equal(ActionNone))
	g.Expect(reason(d)).To(Equal(v1alpha1.InvalidRequestReason))
	g.Expect(d.Status.LastError).NotTo(BeNil())

	// The answer to a poll from before a correction fixes nothing either.
	corrected := func(s *situation) {
		s.recording.Generation++
		s.observed.Parameters.Fingerprints[clientrequest.SectionSubscription] = "1-corrected"
	}
	polled := s.after(d, 2*time.Minute).decide()
	asked := s.after(d, 2*time.Minute)
	after := asked.answeredBy(polled, agora.Succeeded, corrected)
	tried := after.decide()
	g.Expect(tried.Action).To(Equal(ActionUpdate))
	g.Expect(reason(tried)).To(Equal(reason(after.after(tried, 0, func(s *situation) { s.observed.InFlight = &InFlight{Method: agora.MethodUpdate, Since: s.observed.Now} }).decide())))

	// A restart tries again, and reports the same problem until it knows better.
	restart := s.after(d, 0, restarted).decide()
	g.Expect(restart.Action).To(Equal(ActionUpdate))
	g.Expect(reason(restart)).To(Equal(v1alpha1.InvalidRequestReason))

	// A key that is due does not wait for what is refused.
	due := s.after(d, 0, func(s *situation) { s.observed.Parameters.Fingerprints[clientrequest.SectionStorage] = "1-k" }).decide()
	g.Expect(due.Updates).To(Equal([]clientrequest.Section{clientrequest.SectionStorage}))

	// A stop is not affected.
	stopped := s.after(d, 0, wantedStopped).decide()
	g.Expect(stopped.Status.LastError).To(BeNil())
	g.Expect(reason(stopped)).To(Equal(v1alpha1.StoppingReason))

	// A correction is tried at once.
	s = s.after(d, 0, func(s *situation) {
		s.recording.Generation++
		s.observed.Parameters.Fingerprints[clientrequest.SectionSubscription] = "1-corrected"
	})
	d = s.decide()
	g.Expect(d.Updates).To(Equal([]clientrequest.Section{clientrequest.SectionSubscription}))
	g.Expect(meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.StalledCondition)).To(BeFalse())
}

func TestDecideUpdateConfirmsThatARecorderIsGone(t *testing.T) {
	g := NewWithT(t)
	s := given(changedParts(clientrequest.SectionLayout))
	s = s.answeredBy(s.decide(), agora.NotFound)
	d := s.decide()
	g.Expect(d.Status.NotFoundSince).NotTo(BeNil())
	g.Expect(d.Action).To(Equal(ActionNone))
	s = s.after(d, 0, func(s *situation) { s.observed.Now = d.RequeueAt })
	d = s.decide()
	g.Expect(d.Action).To(Equal(ActionQuery))
	g.Expect(d.Priority).To(Equal(budget.Confirm))
	d = s.answeredBy(d, agora.Succeeded).decide()
	g.Expect(d.Status.NotFoundSince).To(BeNil())
	g.Expect(d.Action).To(Equal(ActionUpdateLayout))
}

func TestDecideUpdateOfAKeyNotesWhenItWasSent(t *testing.T) {
	g := NewWithT(t)
	s := given(shortLived(time.Hour))
	d := s.decide()
	g.Expect(d.Action).To(Equal(ActionUpdate))
	g.Expect(d.Status).To(Equal(s.recording.Status), "a refresh is worth no write before")
	d = s.answeredBy(d, agora.Succeeded).decide()
	g.Expect(d.Action).To(Equal(ActionNone))
	g.Expect(d.Status.Applied.StorageTime.Time).To(BeTemporally("==", recordingtest.Noon))

	s = given(shortLived(time.Minute), func(s *situation) { s.observed.Parameters.Fingerprints[clientrequest.SectionStorage] = "" })
	d = s.answeredBy(s.decide(), agora.Succeeded).decide()
	g.Expect(d.Status.Applied.Storage).To(BeEmpty())
	g.Expect(d.Status.Applied.StorageTime).To(BeNil())
	g.Expect(d.Action).To(Equal(ActionNone))
}

func TestDecideUpdateIsNotFooledByAnotherAccountSecret(t *testing.T) {
	g := NewWithT(t)
	s := given(updatable)
	d := s.decide()
	rekeyed := func(s *situation) {
		s.observed.Parameters.Fingerprints[clientrequest.SectionPublishing] = "1-p of another secret"
	}
	s = s.after(d, 0, rekeyed)
	d = s.decide()
	g.Expect(d.Action).To(Equal(ActionNone))
	g.Expect(d.Status.Applied.Publishing).To(Equal("1-p of another secret"))

	s = s.after(d, 0, func(s *situation) {
		s.observed.Parameters.Fingerprints[clientrequest.SectionPublishing], s.observed.Parameters.Address = "1-new", "b"
	})
	g.Expect(s.decide().Updates).To(Equal([]clientrequest.Section{clientrequest.SectionPublishing}))
}

func TestDecideUpdateWritesNothingForWhatNobodyKnows(t *testing.T) {
	g := NewWithT(t)
	s := given(updatable, func(s *situation) { s.recording.Status.Applied = nil })
	g.Expect(s.decide().Status).To(Equal(s.recording.Status))
	d := given(updatable, func(s *situation) { s.recording.Status.Applied = nil; s.recording.Generation++ }).decide()
	g.Expect(d.Status.Applied.Layout).To(Equal("1-l"), "something else is written")
}

func TestDecideStartNotesWhatItSends(t *testing.T) {
	present := func(s *situation) {
		s.observed.Parameters = ObservedParameters{Read: true, Fingerprints: clientrequest.Fingerprints{clientrequest.SectionLayout: "1-l", clientrequest.SectionStorage: "1-k"}}
	}
	edited := func(s *situation) {
		s.recording.Status.Applied = &v1alpha1.AppliedParameters{Layout: "before", Storage: "1-k", StorageTime: &metav1.Time{Time: recordingtest.Noon.Add(-time.Minute)}}
	}
	for name, test := range map[string]struct {
		given []modifier
		want  v1alpha1.AppliedParameters
	}{
		"for the first time": {[]modifier{acquiredAgo(time.Second), present},
			v1alpha1.AppliedParameters{Layout: "1-l", Storage: "1-k", StorageTime: &metav1.Time{Time: recordingtest.Noon}}},
		"again, after one that came to nothing": {[]modifier{startRequestedAgo(time.Second), present, edited},
			v1alpha1.AppliedParameters{Layout: "1-l", Storage: "1-k", StorageTime: &metav1.Time{Time: recordingtest.Noon.Add(-time.Minute)}}},
		"again, after one that may have taken effect": {[]modifier{startRequestedAgo(time.Second), lostStart, present, edited},
			v1alpha1.AppliedParameters{Layout: clientrequest.Uncertain, Storage: "1-k", StorageTime: &metav1.Time{Time: recordingtest.Noon.Add(-time.Minute)}}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given(test.given...).decide()
			g.Expect(d.Action).To(Equal(ActionStart))
			g.Expect(*d.Status.Applied).To(Equal(test.want))
		})
	}
}

// TestDecideOfFingerprintsOfAnotherVersion states that an operator whose fingerprints have
// another version sends nothing to Agora until somebody changes something, and then only
// that.
func TestDecideOfFingerprintsOfAnotherVersion(t *testing.T) {
	older := func(s *situation) {
		updatable(s)
		s.recording.Status.Applied = &v1alpha1.AppliedParameters{
			Subscription: "0-s", Layout: "without a version", Page: "2-g", Publishing: "0-p", PublishingSecret: "cdn",
			Storage: "0-k", StorageTime: &metav1.Time{Time: recordingtest.Noon.Add(-time.Minute)},
		}
		s.observed.Parameters.Fingerprints[clientrequest.SectionStorage] = "1-k"
	}
	g := NewWithT(t)
	s := given(older)
	d := s.decide()
	g.Expect(d.Action).To(Equal(ActionNone))
	g.Expect(d.Status).To(BeComparableTo(s.recording.Status), "that is worth no write by itself")
	s = s.after(d, 0)
	g.Expect(s.decide().Action).To(Equal(ActionNone))

	for part, action := range map[clientrequest.Section]Action{
		clientrequest.SectionSubscription: ActionUpdate, clientrequest.SectionLayout: ActionUpdateLayout, clientrequest.SectionPage: ActionUpdate, clientrequest.SectionPublishing: ActionUpdate, clientrequest.SectionStorage: ActionUpdate,
	} {
		edited := s.after(d, time.Second, func(s *situation) {
			s.observed.Parameters.Fingerprints[part], s.observed.Parameters.Address = "1-new", "b"
		}).decide()
		g.Expect(edited.Action).To(Equal(action))
		g.Expect(edited.Updates).To(HaveExactElements(part))
		g.Expect(*clientrequest.Applied(edited.Status.Applied, part)).To(Equal(clientrequest.Uncertain))
	}

	// The new version also sends what may not have arrived.
	for part := range clientrequest.Section(clientrequest.Sections) {
		lost := given(older, func(s *situation) { *clientrequest.Applied(s.recording.Status.Applied, part) = clientrequest.Uncertain }).decide()
		g.Expect(lost.Updates).To(HaveExactElements(part))
	}

	// A permanent key replaces a temporary one, whatever the version of its fingerprint.
	forGood := given(older, func(s *situation) { s.observed.Parameters.Fingerprints[clientrequest.SectionStorage] = "" }).decide()
	g.Expect(forGood.Updates).To(HaveExactElements(clientrequest.SectionStorage))

	// Assumed fingerprints are written together with news.
	heard := given(older, answered(queryAnswer(agora.Succeeded, 5)), func(s *situation) { s.observed.Answer.Report.FileListMode = "json" }).decide()
	g.Expect(heard.Status.Applied).To(HaveValue(And(HaveField("Subscription", "1-s"), HaveField("Layout", "1-l"), HaveField("Storage", "1-k"))))
}
