// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// ofShard makes the operator of a shard look after the recording.
func ofShard(name string) modifier { return func(s *situation) { s.observed.Shard = name } }

func claimedBy(name string) modifier { return func(s *situation) { s.recording.Status.Shard = name } }

func watchedByLabels(s *situation) { s.observed.ByLabels = true }

func departs(s *situation) { s.observed.Departed = true }

func TestDecideWritesTheShard(t *testing.T) {
	t.Parallel()
	completed := func(s *situation) {
		uploaded(s)
		s.recording.Status.Phase = v1alpha1.PhaseCompleted
	}
	neverSeen := func(s *situation) {
		s.recording.Status = v1alpha1.CloudRecordingStatus{ObservedGeneration: -1, SessionStatus: v1alpha1.SessionStatus{Phase: v1alpha1.PhasePending}}
		s.observed.Memory.notBefore = time.Time{}
	}
	tests := []struct {
		name  string
		given []modifier
		shard string
	}{
		{"with what is learnt", []modifier{ofShard("ours"), answered(queryAnswer(agora.Succeeded, 5))}, "ours"},
		{"not before anything is known", []modifier{neverSeen, ofShard("ours")}, ""},
		{"before anything is known, where labels decide", []modifier{neverSeen, ofShard("ours"), watchedByLabels}, "ours"},
		{"in place of another's, before anything is known", []modifier{neverSeen, ofShard("ours"), claimedBy("theirs")}, "ours"},
		{"in place of another's, before the call", []modifier{ofShard("ours"), claimedBy("theirs"), wantedStopped}, "ours"},
		{"in place of another's, of a recording that is completed", []modifier{completed, ofShard("ours"), claimedBy("theirs")}, "ours"},
		{"not of a recording that is completed", []modifier{completed, ofShard("ours")}, ""},
		{"not if there is one for all recordings", []modifier{claimedBy("theirs")}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			NewWithT(t).Expect(given(test.given...).decide().Status.Shard).To(Equal(test.shard))
		})
	}
}

func TestDecideBeginsNothingForADepartedRecording(t *testing.T) {
	t.Parallel()
	hasEnded := func(s *situation) {
		runningFor(time.Hour)(s)
		restarting(s)
		endedAgo(time.Minute)(s)
	}
	betweenSessions := func(s *situation) {
		acquiredAgo(time.Second)(s)
		restarting(s)
		replaces(ended)(s)
	}
	tests := []struct {
		name   string
		given  []modifier
		Action Action
		reason string
	}{
		{name: "asks for no resource ID", given: []modifier{toStart}, Action: ActionNone},
		{name: "starts nothing with the one that it has", given: []modifier{acquiredAgo(time.Second)}, Action: ActionNone},
		{name: "learns the sid of what may run", given: []modifier{startRequestedAgo(time.Second)}, Action: ActionStart},
		{name: "begins nothing new to learn it", given: []modifier{startRequestedAgo(5 * time.Minute)}, Action: ActionNone, reason: v1alpha1.SIDUnknownReason},
		{name: "polls what runs", given: []modifier{func(s *situation) { s.observed.Memory.notBefore = recordingtest.Noon }}, Action: ActionQuery},
		{name: "starts no other session", given: []modifier{hasEnded}, reason: v1alpha1.RecordingEndedReason},
		{name: "drops one that has not been started", given: []modifier{betweenSessions}},
		{name: "lets go of what was never started", given: []modifier{toStart, deleted}, Action: ActionRelease},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			decided := given(append(test.given, departs)...).decide()
			if test.Action != "" {
				g.Expect(decided.Action).To(Equal(test.Action))
			}
			g.Expect(decided.Action).NotTo(Equal(ActionAcquire))
			g.Expect(decided.Status.Sessions).To(BeEmpty())
			if test.reason != "" {
				g.Expect(ReadyReason(decided.Status)).To(Equal(test.reason))
			}
		})
	}
}
