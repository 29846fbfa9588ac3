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
	"cloudrecording.dev/operator/controllers/capacity"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

var (
	full       = capacity.Place{Waits: true, Limit: 2, Source: "lessons/agora"}
	overloaded = capacity.Place{Waits: true, Overloaded: true}
)

func placed(place capacity.Place) modifier {
	return func(s *situation) { s.observed.Place = place }
}

// waitingBefore makes the status say that the recording waits for room.
func waitingBefore(s *situation) {
	s.recording.Status.ObservedGeneration = 1
	meta.SetStatusCondition(&s.recording.Status.Conditions, metav1.Condition{
		Type: v1alpha1.ReadyCondition, Status: metav1.ConditionFalse, Reason: v1alpha1.WaitingForCapacityReason, Message: "It waits.",
	})
}

func TestDecideWaitsForRoom(t *testing.T) {
	retryAt := recordingtest.Noon.Add(30 * time.Second)
	overloadedFor30s := overloaded
	overloadedFor30s.RetryAt = retryAt
	for name, test := range map[string]struct {
		given   []modifier
		action  Action
		phase   v1alpha1.RecordingPhase
		ready   string
		requeue time.Time
	}{
		"as many run as may": {
			given: []modifier{toStart, placed(full)}, phase: v1alpha1.PhasePending, ready: "False WaitingForCapacity",
		},
		"it has a resource ID already": {
			given: []modifier{acquiredAgo(time.Minute), placed(full)}, phase: v1alpha1.PhasePending, ready: "False WaitingForCapacity",
		},
		"another was refused by Agora": {
			given: []modifier{toStart, placed(overloaded)}, phase: v1alpha1.PhasePending, ready: "False WaitingForCapacity",
		},
		"it was refused itself": {
			given: []modifier{toStart, placed(overloadedFor30s), answeredTo(agora.MethodAcquire, agora.Overloaded)},
			phase: v1alpha1.PhasePending, ready: "False Overloaded", requeue: retryAt,
		},
		"there is room": {
			given: []modifier{toStart, waitingBefore}, action: ActionAcquire, phase: v1alpha1.PhaseStarting, ready: "False Starting",
		},
		"what runs is not counted yet": {
			given: []modifier{toStart, placed(capacity.Place{Waits: true}), waitingBefore},
			phase: v1alpha1.PhasePending, ready: "False WaitingForCapacity",
		},
		"its window is nearly over": {
			given: []modifier{toStart, createdAgo(time.Hour), within(-time.Hour, 30*time.Second), placed(full)},
			phase: v1alpha1.PhaseFailed, ready: "False WindowMissed",
		},
		"it is not wanted any more": {
			given: []modifier{toStart, placed(full), stopWanted}, phase: v1alpha1.PhaseCompleted, ready: "True NothingToStop",
		},
		"another session records meanwhile": {
			given: []modifier{toStart, waitingBefore, replaces(), placed(full)}, phase: v1alpha1.PhaseStarting, ready: "True Recording",
		},
		"it may be running already": {
			given: []modifier{startRequestedAgo(time.Minute), restarted}, action: ActionStart, phase: v1alpha1.PhaseStarting, ready: "False Starting",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			d := given(test.given...).decide()
			if test.action == "" {
				test.action = ActionNone
			}
			g.Expect(d.Action).To(Equal(test.action))
			g.Expect(d.Status.Phase).To(Equal(test.phase))
			g.Expect(ready(d)).To(Equal(test.ready))
			g.Expect(d.AwaitsPlace).To(Equal(test.phase == v1alpha1.PhasePending || test.action == ActionAcquire || name == "another session records meanwhile"))
			if !test.requeue.IsZero() {
				g.Expect(d.RequeueAt).To(Equal(test.requeue))
			}
		})
	}
}

func TestDecideSaysWhatAStartWaitsFor(t *testing.T) {
	g := NewWithT(t)
	message := func(place capacity.Place) string {
		return meta.FindStatusCondition(given(toStart, placed(place)).decide().Status.Conditions, v1alpha1.ReadyCondition).Message
	}
	g.Expect(message(full)).To(Equal(`As many recordings of the App ID run as Secret "lessons/agora" allows (maxRecordings: 2): this one is started as soon as there is room, in the order of spec.window.start and then of age.` +
		` Stop recordings that are not needed, or raise maxRecordings if Agora allows more.`))
	g.Expect(message(overloaded)).To(HavePrefix("Agora had no room for another recording of the App ID"))
}

func TestDecideWritesNothingWhileARecordingWaitsForRoom(t *testing.T) {
	g := NewWithT(t)
	s := given(toStart, placed(full))
	d := s.decide()
	s.recording.Status = d.Status
	s.observed.Now, s.observed.Memory = s.observed.Now.Add(time.Hour), d.Memory
	g.Expect(s.decide().Status).To(Equal(d.Status))
}

func TestOnlyWhatIsAboutToStartNeedsAPlace(t *testing.T) {
	for name, test := range map[string]struct {
		given []modifier
		needs bool
	}{
		"its time has come":                  {[]modifier{toStart}, true},
		"it has a resource ID":               {[]modifier{acquiredAgo(time.Minute)}, true},
		"another session takes its place":    {[]modifier{toStart, replaces()}, true},
		"it has no finalizer yet":            {[]modifier{toStart, func(s *situation) { s.recording.Finalizers = nil }}, false},
		"its start may have taken effect":    {[]modifier{startRequestedAgo(time.Second)}, false},
		"its Secret is missing":              {[]modifier{toStart, secretMissing}, false},
		"its credentials are missing":        {[]modifier{toStart, credentialsMissing}, false},
		"its profile is missing":             {[]modifier{toStart, takingFrom(ObservedProfile{Missing: true})}, false},
		"it is suspended":                    {[]modifier{toStart, func(s *situation) { s.recording.Spec.Suspend = true }}, false},
		"its window has not opened":          {[]modifier{toStart, within(time.Hour, 2*time.Hour)}, false},
		"it is to be stopped":                {[]modifier{toStart, stopWanted}, false},
		"it is to be deleted":                {[]modifier{toStart, deleted}, false},
		"it runs":                            {[]modifier{runningFor(time.Minute)}, false},
		"it was adopted and is looked after": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := given(test.given...)
			NewWithT(t).Expect(s.observed.NeedsPlace(&s.recording)).To(Equal(test.needs))
		})
	}
}

func TestDecideKeepsAPlaceForWhatIsToBegin(t *testing.T) {
	for name, test := range map[string]struct {
		given  []modifier
		awaits bool
	}{
		"its window has not opened":        {[]modifier{toStart, within(time.Hour, 2*time.Hour)}, true},
		"a resource ID is being asked for": {[]modifier{toStart, inFlightFor(agora.MethodAcquire)}, true},
		"its Secrets are not kept yet":     {[]modifier{acquiredAgo(time.Second), func(s *situation) { s.observed.Unprotected.Name = "agora" }}, true},
		"Agora limits the start":           {[]modifier{startRequestedAgo(0), answeredTo(agora.MethodStart, agora.RateLimited)}, true},
		"it is being started":              {[]modifier{acquiredAgo(time.Second)}, false},
		"its start may have taken effect":  {[]modifier{startRequestedAgo(0), inFlightFor(agora.MethodStart)}, false},
		"it is to be restarted":            {[]modifier{runningFor(time.Hour), restarting, endedAgo(time.Second)}, true},
		"Agora refuses the request":        {[]modifier{toStart, answeredTo(agora.MethodAcquire, agora.InvalidRequest)}, false},
		"its Secret is missing":            {[]modifier{toStart, secretMissing}, false},
		"it runs":                          {[]modifier{runningFor(time.Minute)}, false},
		"it was never started":             {[]modifier{toStart, stopWanted}, false},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(given(test.given...).decide().AwaitsPlace).To(Equal(test.awaits))
		})
	}
}
