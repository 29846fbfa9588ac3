// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// observedNow makes the status reflect the current spec.
func observedNow(s *situation) { s.recording.Status.ObservedGeneration = s.recording.Generation }

func TestWaitsOf(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		situation situation
		waits     []string
	}{
		"an adopted one that runs": {given(), []string{"somebody to stop it, or its recorder to end"}},
		"with a longest duration": {
			given(func(s *situation) {
				s.recording.Spec.MaxDuration = &metav1.Duration{Duration: 2 * time.Hour}
				s.recording.CreationTimestamp.Time = recordingtest.Noon
			}), []string{"the end of its maxDuration in 2h0m0s"},
		},
		"within its window": {given(startedAgo(time.Minute), until(90*time.Minute)), []string{"the end of its window in 1h30m0s"}},
		"with a control window": {
			given(startedAgo(time.Hour)), []string{"the end of its control window in 70h0m0s"},
		},
		"that is handed over": {
			given(startedAgo(time.Hour), startingNext), []string{"the end of its control window in 69h0m0s"},
		},
		"with a token": {
			given(startedAgo(time.Hour), func(s *situation) {
				s.recording.Status.TokenExpirationTime = &metav1.Time{Time: recordingtest.Noon.Add(20 * time.Hour)}
			}), []string{"the end of its token in 19h0m0s"},
		},
		"before its window": {given(toStart, within(time.Hour, 2*time.Hour), observedNow), []string{"the start of its window in 1h0m0s"}},
		"that is not started in its window": {
			given(toStart, within(-time.Minute, time.Hour), observedNow), []string{"its start in 59m0s"},
		},
		"that waits for room": {
			given(toStart, observedNow, func(s *situation) {
				s.recording.Status.Conditions = []metav1.Condition{{
					Type: v1alpha1.ReadyCondition, Status: metav1.ConditionFalse, Reason: v1alpha1.WaitingForCapacityReason, Message: "Others run.",
				}}
			}), []string{"room for another recording"},
		},
		"that nobody has seen": {given(toStart), []string{"the operator, to read the object", "its start"}},
		"to be stopped":        {given(wantedStopped, observedNow), []string{"the recorder, to end"}},
		"suspended":            {given(suspended, observedNow), []string{"spec.suspend, to be set to false"}},
		"let go":               {given(deleted, orphaned), []string{"the operator, to let the object go"}},
		"stalled": {
			given(func(s *situation) {
				s.recording.Status.Conditions = []metav1.Condition{{Type: v1alpha1.StalledCondition, Status: metav1.ConditionTrue}}
			}), []string{"a person, to act", "somebody to stop it, or its recorder to end"},
		},
		"not uploaded": {
			given(stoppedAgo(time.Hour, agora.Backuped), observedNow), []string{"evidence of the upload in 23h0m0s"},
		},
		"not uploaded for a day": {
			given(stoppedAgo(25*time.Hour, agora.Backuped), observedNow), []string{"evidence of the upload, though it is overdue in 215h0m0s"},
		},
		"not uploaded for ten days": {given(stoppedAgo(241*time.Hour, agora.Backuped), observedNow), nil},
		"deleted and not uploaded": {
			given(stoppedAgo(time.Minute, agora.Backuped), deleted, observedNow),
			[]string{"the deletion in 30m0s", "evidence of the upload in 23h59m0s"},
		},
		"that restarts": {
			given(startedAgo(time.Hour), endedAgo(time.Second), func(s *situation) {
				s.recording.Spec.RestartPolicy = v1alpha1.RestartPolicyAlways
				s.recording.Spec.Start.AlternateUIDs = []string{"2"}
			}), []string{"the next session in 9s", "evidence of the upload in 23h59m59s"},
		},
		"completed": {given(uploaded, observedNow), nil},
		"completed, to be deleted": {
			given(uploaded, observedNow, func(s *situation) { s.recording.Spec.TTLSecondsAfterFinished = ptr.To(int32(7200)) }),
			[]string{"the end of its ttlSecondsAfterFinished in 1h0m0s"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			var waits []string
			for _, wait := range WaitsOf(&test.situation.recording, recordingtest.Noon) {
				text := wait.For
				if wait.Until != nil {
					text += fmt.Sprintf(" in %s", wait.Until.Sub(recordingtest.Noon))
				}
				g.Expect(wait.Then).To(HaveSuffix("."))
				waits = append(waits, text)
			}
			g.Expect(waits).To(Equal(test.waits))
			expectAwake(g, test.situation)
		})
	}
}

// expectAwake states that the operator reconciles at each announced time: what people are
// told follows from the same rules as what is done.
func expectAwake(g Gomega, s situation) {
	for _, wait := range WaitsOf(&s.recording, s.observed.Now) {
		if wait.Until == nil {
			continue
		}
		if decided := s.decide(); decided.Action == ActionNone {
			g.Expect(decided.RequeueAt).NotTo(BeZero(), wait.For)
			g.Expect(decided.RequeueAt).NotTo(BeTemporally(">", *wait.Until), wait.For)
		}
	}
}

// TestWaitsOfForgedStatuses states that waits can be derived from any status.
func TestWaitsOfForgedStatuses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		recording := recordingtest.Adopted(recordingtest.Noon)
		if rapid.Bool().Draw(t, "starts itself") {
			recording.Spec.Start = &v1alpha1.StartSpec{}
			recording.Spec.ResourceID, recording.Spec.SID = "", ""
		}
		recording.Status = recordingtest.ForgedStatus(t)
		for _, wait := range WaitsOf(recording, recordingtest.Noon) {
			if wait.For == "" || wait.Then == "" {
				t.Fatalf("a wait for nothing: %v", wait)
			}
		}
	})
}
