// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
)

// updatable is a recording that the operator started an hour ago, that runs, and
// of which Agora has what the spec says.
func updatable(s *situation) {
	s.recording.Spec.Start = &v1alpha1.StartSpec{ResourceExpiredHour: 72, RecordingConfig: &v1alpha1.RecordingConfig{}}
	s.recording.Spec.ResourceID, s.recording.Spec.SID = "", ""
	started := &metav1.Time{Time: noon.Add(-time.Hour)}
	s.recording.Status.StartRequestedTime, s.recording.Status.AcquiredTime, s.recording.Status.StartedTime = started, started, started
	s.observed.parameters = observedParameters{
		read:             true,
		fingerprints:     fingerprints{partSubscription: "1-s", partLayout: "1-l", partPage: "1-g", partPublishing: "1-p"},
		publishingSecret: "cdn", address: "a",
	}
	s.recording.Status.Applied = &v1alpha1.AppliedParameters{
		Subscription: "1-s", Layout: "1-l", Page: "1-g", Publishing: "1-p", PublishingSecret: "cdn",
	}
	s.recording.Status = s.decide().status
}

// changedParts is one in which parts are not what Agora was sent.
func changedParts(which ...part) modifier {
	return func(s *situation) {
		updatable(s)
		for _, part := range which {
			s.observed.parameters.fingerprints[part] = "1-new"
		}
	}
}

// shortLived is one with a key for the bucket that was sent so long ago.
func shortLived(ago time.Duration) modifier {
	return func(s *situation) {
		updatable(s)
		s.observed.parameters.fingerprints[partStorage] = "1-k"
		s.recording.Status.Applied.Storage = "1-k"
		s.recording.Status.Applied.StorageTime = &metav1.Time{Time: noon.Add(-ago)}
	}
}

// answeredBy goes on from a decision whose call is answered.
func (s situation) answeredBy(d decision, conclusion agora.Conclusion, modifiers ...modifier) situation {
	methods := map[action]agora.Method{actionUpdate: agora.MethodUpdate, actionUpdateLayout: agora.MethodUpdateLayout, actionQuery: agora.MethodQuery}
	answer := agora.Answer{Method: methods[d.action], Conclusion: conclusion, HTTPStatus: 200}
	switch {
	case conclusion != agora.Succeeded:
		answer.HTTPStatus, answer.Code, answer.Reason = 400, 2, "what Agora says"
	case answer.Method == agora.MethodQuery:
		answer = queryAnswer(agora.Succeeded, 5)
	}
	heard := func(next *situation) { next.observed.answer, next.observed.askedAt = &answer, next.observed.now }
	return s.after(d, 0, append([]modifier{heard}, modifiers...)...)
}

func TestDecideUpdate(t *testing.T) {
	hours := func(s *situation) { s.observed.memory.notBefore = noon.Add(5 * time.Hour) }
	for name, test := range map[string]struct {
		given  []modifier
		action action
		parts  []part
		again  time.Duration
	}{
		"makes no call while nothing changes":          {[]modifier{updatable}, actionNone, nil, time.Minute},
		"tells of other users":                         {[]modifier{changedParts(partSubscription)}, actionUpdate, []part{partSubscription}, 0},
		"tells of another layout":                      {[]modifier{changedParts(partLayout)}, actionUpdateLayout, []part{partLayout}, 0},
		"tells of a pause and another address at once": {[]modifier{changedParts(partPage, partPublishing)}, actionUpdate, []part{partPage, partPublishing}, 0},
		"tells of users before the layout":             {[]modifier{changedParts(partLayout, partSubscription)}, actionUpdate, []part{partSubscription}, 0},
		"tells of a key by itself, first":              {[]modifier{changedParts(partStorage, partSubscription)}, actionUpdate, []part{partStorage}, 0},
		"tells of a change before it polls": {[]modifier{changedParts(partLayout), func(s *situation) { s.observed.memory.notBefore = noon }},
			actionUpdateLayout, []part{partLayout}, 0},
		"tells of a change after a restart":                      {[]modifier{changedParts(partLayout), restarted}, actionUpdateLayout, []part{partLayout}, 0},
		"waits for the answer to another call":                   {[]modifier{changedParts(partLayout), underwayFor(agora.MethodQuery)}, actionNone, nil, 0},
		"tells of nothing while it comes up":                     {[]modifier{changedParts(partLayout), func(s *situation) { *s.recording.Status.ServiceStatus = 2 }}, actionNone, nil, time.Minute},
		"tells of nothing while Agora finds no recorder":         {[]modifier{changedParts(partLayout), notFoundFor(time.Second)}, actionNone, nil, time.Minute},
		"tells of nothing while suspended":                       {[]modifier{changedParts(partLayout), suspended}, actionNone, nil, 0},
		"tells of nothing that is to stop":                       {[]modifier{changedParts(partLayout), wantedStopped}, actionStop, nil, 0},
		"tells of nothing that is deleted":                       {[]modifier{changedParts(partLayout), deleted}, actionStop, nil, 0},
		"tells of nothing that has ended":                        {[]modifier{changedParts(partLayout), uploaded}, actionNone, nil, 0},
		"tells of nothing without credentials":                   {[]modifier{changedParts(partLayout), withoutCredentials}, actionNone, nil, slowRetry},
		"lets a stop take the place of an update":                {[]modifier{changedParts(partLayout), wantedStopped, underwayFor(agora.MethodUpdateLayout)}, actionStop, nil, 0},
		"tells of nothing that cannot be read":                   {[]modifier{changedParts(partPublishing), func(s *situation) { s.observed.parameters.problems[partPublishing] = "x" }}, actionNone, nil, time.Minute},
		"sends a key again before an hour has passed":            {[]modifier{shortLived(45 * time.Minute)}, actionUpdate, []part{partStorage}, 0},
		"sends a key again after a restart":                      {[]modifier{shortLived(59 * time.Minute), restarted}, actionUpdate, []part{partStorage}, 0},
		"comes back for a key in time":                           {[]modifier{shortLived(30 * time.Minute), hours}, actionNone, nil, 15 * time.Minute},
		"sends a new key at once":                                {[]modifier{shortLived(time.Minute), func(s *situation) { s.observed.parameters.fingerprints[partStorage] = "1-new" }}, actionUpdate, []part{partStorage}, 0},
		"sends a key that is valid for good in place of another": {[]modifier{shortLived(time.Minute), func(s *situation) { s.observed.parameters.fingerprints[partStorage] = "" }}, actionUpdate, []part{partStorage}, 0},
		"sends a short-lived key in place of another":            {[]modifier{changedParts(partStorage)}, actionUpdate, []part{partStorage}, 0},
		"takes what nobody knows for sent":                       {[]modifier{changedParts(partLayout), func(s *situation) { s.recording.Status.Applied = nil }}, actionNone, nil, time.Minute},
		"adopts without updates": {[]modifier{changedParts(partLayout), func(s *situation) {
			s.recording.Spec.Start, s.observed.parameters = nil, observedParameters{}
			s.recording.Spec.ResourceID, s.recording.Spec.SID = "resource", "sid"
		}}, actionNone, nil, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			decided := given(test.given...).decide()
			g.Expect(decided.action).To(Equal(test.action))
			g.Expect(decided.updates).To(Equal(test.parts))
			if len(test.parts) > 0 {
				g.Expect(decided.priority).To(Equal(budget.Start))
			}
			if test.again > 0 {
				g.Expect(decided.lookAgain).To(BeTemporally("==", noon.Add(test.again)))
			}
		})
	}
}

func TestDecideUpdateSaysHowItStands(t *testing.T) {
	noSecret := func(part part) modifier {
		return func(s *situation) {
			s.observed.parameters.problems[part] = `Secret "x" does not exist.`
			s.observed.parameters.fingerprints[part] = ""
		}
	}
	anotherSecret := func(s *situation) { s.observed.parameters.publishingSecret = "another" }
	const yes, no = true, false
	for name, test := range map[string]struct {
		situation situation
		reason    string
		message   string
		stalled   bool
	}{
		"all as wanted":                     {given(updatable), v1alpha1.RecordingReason, "", no},
		"an edit":                           {given(changedParts(partLayout)), v1alpha1.UpdatingReason, "is being told", no},
		"a key that is refreshed":           {given(shortLived(time.Hour)), v1alpha1.RecordingReason, "", no},
		"a key that has changed":            {given(changedParts(partStorage)), v1alpha1.RecordingReason, "", no},
		"an edit while suspended":           {given(changedParts(partLayout), suspended), v1alpha1.UpdatingReason, "set spec.suspend to false", yes},
		"an address that is gone":           {given(updatable, noSecret(partPublishing)), v1alpha1.RecordingReason, "", no},
		"another address that is missing":   {given(updatable, noSecret(partPublishing), anotherSecret), v1alpha1.StartSecretNotFoundReason, `goes on as it was, and cannot be updated: Secret "x"`, yes},
		"a key that is gone":                {given(shortLived(time.Minute), noSecret(partStorage)), v1alpha1.RecordingReason, "", no},
		"a key that is gone when it is due": {given(shortLived(time.Hour), noSecret(partStorage)), v1alpha1.StartSecretNotFoundReason, `Secret "x"`, yes},
		"a key for good that is gone":       {given(updatable, noSecret(partStorage)), v1alpha1.RecordingReason, "", no},
		"an edit that was taken":            {answeredUpdate(agora.Succeeded), v1alpha1.RecordingReason, "", no},
		"an edit that was lost":             {answeredUpdate(agora.NotKnown), v1alpha1.UpdatingReason, "is being told", no},
		"an edit that was refused":          {answeredUpdate(agora.InvalidRequest), v1alpha1.InvalidRequestReason, "Agora refuses the update (updateLayout: HTTP status 400, code 2, what Agora says): correct spec.start", yes},
		"a recorder that is not found":      {answeredUpdate(agora.NotFound), v1alpha1.AgoraUnavailableReason, "finds no recorder", no},
		"credentials that were rejected":    {answeredUpdate(agora.CredentialsRejected), v1alpha1.CredentialsRejectedReason, "", yes},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			status := test.situation.decide().status
			ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ReadyCondition)
			g.Expect(ready.Reason).To(Equal(test.reason), ready.Message)
			g.Expect(meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ReadyCondition)).To(Equal(test.reason == v1alpha1.RecordingReason), "ready")
			g.Expect(ready.Message).To(ContainSubstring(test.message))
			g.Expect(meta.IsStatusConditionTrue(status.Conditions, v1alpha1.StalledCondition)).To(Equal(test.stalled), "stalled")
			g.Expect(status.ObservedGeneration).To(Equal(test.situation.recording.Generation))
		})
	}
}

// answeredUpdate is one in which the layout has changed and the call was answered.
func answeredUpdate(conclusion agora.Conclusion) situation {
	s := given(changedParts(partLayout))
	return s.answeredBy(s.decide(), conclusion)
}

func TestDecideUpdateRepeatsWhatWasNotTaken(t *testing.T) {
	g := NewWithT(t)
	s := given(changedParts(partLayout))
	d := s.decide()
	for failures, delay := range []time.Duration{time.Second, 3 * time.Second, 6 * time.Second, 12 * time.Second, 24 * time.Second, 48 * time.Second, time.Minute, time.Minute} {
		s = s.answeredBy(d, agora.NotKnown)
		d = s.decide()
		g.Expect(d.action).To(Equal(actionNone))
		g.Expect(d.lookAgain).To(BeTemporally("<=", s.observed.now.Add(delay)))
		g.Expect(d.status.LastError.Operation).To(Equal("updateLayout"))
		reason := v1alpha1.UpdatingReason
		if failures >= toleratedFailures {
			reason = v1alpha1.AgoraUnavailableReason
		}
		g.Expect(meta.FindStatusCondition(d.status.Conditions, v1alpha1.ReadyCondition).Reason).To(Equal(reason))
		unpolled := func(s *situation) { s.observed.memory.notBefore = noon.Add(24 * time.Hour) }
		g.Expect(s.after(d, delay-time.Nanosecond, unpolled).decide().action).To(Equal(actionNone))
		s = s.after(d, delay, unpolled)
		d = s.decide()
		g.Expect(d.action).To(Equal(actionUpdateLayout))
		g.Expect(d.updates).To(Equal([]part{partLayout}))
	}
	d = s.answeredBy(d, agora.Succeeded).decide()
	g.Expect(d.status.LastError).To(BeNil())
	g.Expect(d.status.Applied.Layout).To(Equal("1-new"))
}

func TestDecideUpdateKeepsWhatItSentInMind(t *testing.T) {
	g := NewWithT(t)
	s := given(changedParts(partLayout))
	d := s.decide()
	g.Expect(d.status.Applied.Layout).To(Equal(uncertain), "whether it takes effect is not known if the process ends now")

	// Another edit comes before the answer.
	s = s.answeredBy(d, agora.Succeeded, func(s *situation) { s.observed.parameters.fingerprints[partLayout] = "1-newer" })
	d = s.decide()
	g.Expect(d.action).To(Equal(actionUpdateLayout))

	s = s.answeredBy(d, agora.Succeeded)
	d = s.decide()
	g.Expect(d.action).To(Equal(actionNone))
	g.Expect(d.status.Applied.Layout).To(Equal("1-newer"))
}

func TestDecideUpdateTakesBackWhatMayHaveTakenEffect(t *testing.T) {
	g := NewWithT(t)
	s := given(changedParts(partLayout))
	d := s.decide()
	s = s.answeredBy(d, agora.NotKnown, func(s *situation) {
		s.recording.Generation++
		s.observed.parameters.fingerprints[partLayout] = "1-l"
	})
	d = s.decide()
	g.Expect(d.action).To(Equal(actionUpdateLayout), "Agora may have the layout that is not wanted any more")
	g.Expect(s.answeredBy(d, agora.Succeeded).decide().status.Applied.Layout).To(Equal("1-l"))
}

func TestDecideUpdateThatIsRefused(t *testing.T) {
	g := NewWithT(t)
	reason := func(d decision) string {
		return meta.FindStatusCondition(d.status.Conditions, v1alpha1.ReadyCondition).Reason
	}
	s := given(changedParts(partSubscription, partLayout))
	d := s.decide()
	s = s.answeredBy(d, agora.InvalidRequest)
	d = s.decide()
	g.Expect(d.action).To(Equal(actionUpdateLayout), "one does not hold up the other")
	s = s.answeredBy(d, agora.InvalidRequest)
	d = s.decide()
	g.Expect(reason(d)).To(Equal(v1alpha1.InvalidRequestReason))
	g.Expect(d.lookAgain).To(BeTemporally("==", noon.Add(time.Minute)), "the next poll")

	// Polls go on, and mend nothing.
	s = s.after(d, time.Minute)
	d = s.decide()
	g.Expect(d.action).To(Equal(actionQuery))
	s = s.answeredBy(d, agora.Succeeded)
	d = s.decide()
	g.Expect(d.action).To(Equal(actionNone))
	g.Expect(reason(d)).To(Equal(v1alpha1.InvalidRequestReason))
	g.Expect(d.status.LastError).NotTo(BeNil())

	// A restart tries again, and says the same until it knows better.
	restart := s.after(d, 0, restarted).decide()
	g.Expect(restart.action).To(Equal(actionUpdate))
	g.Expect(reason(restart)).To(Equal(v1alpha1.InvalidRequestReason))

	// A key that is due passes by what is refused.
	due := s.after(d, 0, func(s *situation) { s.observed.parameters.fingerprints[partStorage] = "1-k" }).decide()
	g.Expect(due.updates).To(Equal([]part{partStorage}))

	// A stop is not bothered by it.
	stopped := s.after(d, 0, wantedStopped).decide()
	g.Expect(stopped.status.LastError).To(BeNil())
	g.Expect(reason(stopped)).To(Equal(v1alpha1.StoppingReason))

	// What is corrected is tried at once.
	s = s.after(d, 0, func(s *situation) {
		s.recording.Generation++
		s.observed.parameters.fingerprints[partSubscription] = "1-corrected"
	})
	d = s.decide()
	g.Expect(d.updates).To(Equal([]part{partSubscription}))
	g.Expect(meta.IsStatusConditionTrue(d.status.Conditions, v1alpha1.StalledCondition)).To(BeFalse())
}

func TestDecideUpdateConfirmsThatARecorderIsGone(t *testing.T) {
	g := NewWithT(t)
	s := given(changedParts(partLayout))
	s = s.answeredBy(s.decide(), agora.NotFound)
	d := s.decide()
	g.Expect(d.status.NotFoundSince).NotTo(BeNil())
	g.Expect(d.action).To(Equal(actionNone))
	s = s.after(d, 0, func(s *situation) { s.observed.now = d.lookAgain })
	d = s.decide()
	g.Expect(d.action).To(Equal(actionQuery))
	g.Expect(d.priority).To(Equal(budget.Confirm))
	d = s.answeredBy(d, agora.Succeeded).decide()
	g.Expect(d.status.NotFoundSince).To(BeNil())
	g.Expect(d.action).To(Equal(actionUpdateLayout))
}

func TestDecideUpdateOfAKeyNotesWhenItWasSent(t *testing.T) {
	g := NewWithT(t)
	s := given(shortLived(time.Hour))
	d := s.decide()
	g.Expect(d.action).To(Equal(actionUpdate))
	g.Expect(d.status).To(Equal(s.recording.Status), "a refresh is worth no write before")
	d = s.answeredBy(d, agora.Succeeded).decide()
	g.Expect(d.action).To(Equal(actionNone))
	g.Expect(d.status.Applied.StorageTime.Time).To(BeTemporally("==", noon))

	s = given(shortLived(time.Minute), func(s *situation) { s.observed.parameters.fingerprints[partStorage] = "" })
	d = s.answeredBy(s.decide(), agora.Succeeded).decide()
	g.Expect(d.status.Applied.Storage).To(BeEmpty())
	g.Expect(d.status.Applied.StorageTime).To(BeNil())
	g.Expect(d.action).To(Equal(actionNone))
}

func TestDecideUpdateIsNotFooledByAnotherAccountSecret(t *testing.T) {
	g := NewWithT(t)
	s := given(updatable)
	d := s.decide()
	rekeyed := func(s *situation) { s.observed.parameters.fingerprints[partPublishing] = "1-p of another secret" }
	s = s.after(d, 0, rekeyed)
	d = s.decide()
	g.Expect(d.action).To(Equal(actionNone))
	g.Expect(d.status.Applied.Publishing).To(Equal("1-p of another secret"))

	s = s.after(d, 0, func(s *situation) {
		s.observed.parameters.fingerprints[partPublishing], s.observed.parameters.address = "1-new", "b"
	})
	g.Expect(s.decide().updates).To(Equal([]part{partPublishing}))
}

func TestDecideUpdateWritesNothingForWhatNobodyKnows(t *testing.T) {
	g := NewWithT(t)
	s := given(updatable, func(s *situation) { s.recording.Status.Applied = nil })
	g.Expect(s.decide().status).To(Equal(s.recording.Status))
	d := given(updatable, func(s *situation) { s.recording.Status.Applied = nil; s.recording.Generation++ }).decide()
	g.Expect(d.status.Applied.Layout).To(Equal("1-l"), "something else is written")
}

func TestDecideStartNotesWhatItSends(t *testing.T) {
	present := func(s *situation) {
		s.observed.parameters = observedParameters{read: true, fingerprints: fingerprints{partLayout: "1-l", partStorage: "1-k"}}
	}
	edited := func(s *situation) {
		s.recording.Status.Applied = &v1alpha1.AppliedParameters{Layout: "before", Storage: "1-k", StorageTime: &metav1.Time{Time: noon.Add(-time.Minute)}}
	}
	for name, test := range map[string]struct {
		given []modifier
		want  v1alpha1.AppliedParameters
	}{
		"for the first time": {[]modifier{acquiredAgo(time.Second), present},
			v1alpha1.AppliedParameters{Layout: "1-l", Storage: "1-k", StorageTime: &metav1.Time{Time: noon}}},
		"again, after one that came to nothing": {[]modifier{startRequestedAgo(time.Second), present, edited},
			v1alpha1.AppliedParameters{Layout: "1-l", Storage: "1-k", StorageTime: &metav1.Time{Time: noon.Add(-time.Minute)}}},
		"again, after one that may have taken effect": {[]modifier{startRequestedAgo(time.Second), lostStart, present, edited},
			v1alpha1.AppliedParameters{Layout: uncertain, Storage: "1-k", StorageTime: &metav1.Time{Time: noon.Add(-time.Minute)}}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given(test.given...).decide()
			g.Expect(d.action).To(Equal(actionStart))
			g.Expect(*d.status.Applied).To(Equal(test.want))
		})
	}
}

// TestDecideOfFingerprintsOfAnotherVersion states that an operator whose fingerprints have
// another form tells Agora of nothing until somebody changes something, and then of that.
func TestDecideOfFingerprintsOfAnotherVersion(t *testing.T) {
	older := func(s *situation) {
		updatable(s)
		s.recording.Status.Applied = &v1alpha1.AppliedParameters{
			Subscription: "0-s", Layout: "without a version", Page: "2-g", Publishing: "0-p", PublishingSecret: "cdn",
			Storage: "0-k", StorageTime: &metav1.Time{Time: noon.Add(-time.Minute)},
		}
		s.observed.parameters.fingerprints[partStorage] = "1-k"
	}
	g := NewWithT(t)
	s := given(older)
	d := s.decide()
	g.Expect(d.action).To(Equal(actionNone))
	g.Expect(d.status).To(BeComparableTo(s.recording.Status), "that is worth no write by itself")
	s = s.after(d, 0)
	g.Expect(s.decide().action).To(Equal(actionNone))

	for part, action := range map[part]action{
		partSubscription: actionUpdate, partLayout: actionUpdateLayout, partPage: actionUpdate, partPublishing: actionUpdate, partStorage: actionUpdate,
	} {
		edited := s.after(d, time.Second, func(s *situation) {
			s.observed.parameters.fingerprints[part], s.observed.parameters.address = "1-new", "b"
		}).decide()
		g.Expect(edited.action).To(Equal(action))
		g.Expect(edited.updates).To(HaveExactElements(part))
		g.Expect(*applied(edited.status.Applied, part)).To(Equal(uncertain))
	}

	// What may not have arrived is sent by the new version as well.
	for part := range part(parts) {
		lost := given(older, func(s *situation) { *applied(s.recording.Status.Applied, part) = uncertain }).decide()
		g.Expect(lost.updates).To(HaveExactElements(part))
	}

	// A key that is valid for good takes the place of one that is not, whatever its form was.
	forGood := given(older, func(s *situation) { s.observed.parameters.fingerprints[partStorage] = "" }).decide()
	g.Expect(forGood.updates).To(HaveExactElements(partStorage))

	// News is written with what is there.
	heard := given(older, answered(queryAnswer(agora.Succeeded, 5)), func(s *situation) { s.observed.answer.Report.FileListMode = "json" }).decide()
	g.Expect(heard.status.Applied).To(HaveValue(And(HaveField("Subscription", "1-s"), HaveField("Layout", "1-l"), HaveField("Storage", "1-k"))))
}
