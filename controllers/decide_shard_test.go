// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

// ofShard has the operator of a shard look after the recording.
func ofShard(name string) modifier { return func(s *situation) { s.observed.shard = name } }

func claimedBy(name string) modifier { return func(s *situation) { s.recording.Status.Shard = name } }

func watchedByLabels(s *situation) { s.observed.byLabels = true }

func departs(s *situation) { s.observed.departed = true }

func TestDecideWritesTheShard(t *testing.T) {
	t.Parallel()
	completed := func(s *situation) {
		uploaded(s)
		s.recording.Status.Phase = v1alpha1.PhaseCompleted
	}
	neverSeen := func(s *situation) {
		s.recording.Status = v1alpha1.CloudRecordingStatus{ObservedGeneration: -1, SessionStatus: v1alpha1.SessionStatus{Phase: v1alpha1.PhasePending}}
		s.observed.memory.notBefore = time.Time{}
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
			NewWithT(t).Expect(given(test.given...).decide().status.Shard).To(Equal(test.shard))
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
		action action
		reason string
	}{
		{name: "asks for no resource ID", given: []modifier{toStart}, action: actionNone},
		{name: "starts nothing with the one that it has", given: []modifier{acquiredAgo(time.Second)}, action: actionNone},
		{name: "learns the sid of what may run", given: []modifier{startRequestedAgo(time.Second)}, action: actionStart},
		{name: "begins nothing new to learn it", given: []modifier{startRequestedAgo(5 * time.Minute)}, action: actionNone, reason: v1alpha1.SIDUnknownReason},
		{name: "polls what runs", given: []modifier{func(s *situation) { s.observed.memory.notBefore = noon }}, action: actionQuery},
		{name: "starts no other session", given: []modifier{hasEnded}, reason: v1alpha1.RecordingEndedReason},
		{name: "drops one that has not been started", given: []modifier{betweenSessions}},
		{name: "lets go of what was never started", given: []modifier{toStart, deleted}, action: actionRelease},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			decided := given(append(test.given, departs)...).decide()
			if test.action != "" {
				g.Expect(decided.action).To(Equal(test.action))
			}
			g.Expect(decided.action).NotTo(Equal(actionAcquire))
			g.Expect(decided.status.Sessions).To(BeEmpty())
			if test.reason != "" {
				g.Expect(readyReason(decided.status)).To(Equal(test.reason))
			}
		})
	}
}

func TestIdleRecordings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		given []modifier
		idle  bool
	}{
		{"runs", nil, false},
		{"is to be started", []modifier{toStart}, true},
		{"has a resource ID", []modifier{acquiredAgo(time.Second)}, true},
		{"may have been started", []modifier{startRequestedAgo(time.Second)}, false},
		{"is adopted, and nothing is known yet", []modifier{func(s *situation) { s.recording.Status = v1alpha1.CloudRecordingStatus{} }}, false},
		{"uploads", []modifier{stoppedAgo(time.Minute, agora.Unknow)}, false},
		{"is completed", []modifier{uploaded, func(s *situation) { s.recording.Status.Phase = v1alpha1.PhaseCompleted }}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := given(test.given...)
			NewWithT(t).Expect(isIdle(&s.recording)).To(Equal(test.idle))
		})
	}
}

func TestShardMatchesByLabels(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	even := Shard{namespaces: []string{"a", "b"}, selector: labels.SelectorFromSet(labels.Set{"shard": "even"})}
	g.Expect(even.selectsByLabels()).To(BeTrue())
	g.Expect(Shard{namespaces: []string{"a"}}.selectsByLabels()).To(BeFalse())
	g.Expect(Shard{}.matches(&v1alpha1.CloudRecording{})).To(BeTrue())
	g.Expect(even.matches(&v1alpha1.CloudRecording{})).To(BeFalse())
	g.Expect(even.matches(&v1alpha1.CloudRecording{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"shard": "even"}}})).To(BeTrue())
	g.Expect(even.namespaceScopes()).To(HaveLen(2))
	g.Expect(Shard{selector: even.selector}.namespaceScopes()).To(HaveLen(1))
}
