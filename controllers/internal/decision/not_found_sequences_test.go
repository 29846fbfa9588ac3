// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/equality"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// sequenceCall is a call in a sequence: its action, and the time since the beginning.
type sequenceCall struct {
	after  time.Duration
	action Action
}

// sequence decides on a recording whenever there is a reason to, and answers each call at
// once.
type sequence struct {
	situation situation
	last      Decision
	calls     []sequenceCall
	// changes counts how often the conditions or the last error changed.
	changes int
}

func sequenceOf(modifiers ...modifier) *sequence {
	return &sequence{situation: given(modifiers...)}
}

// goOn answers each call with what the function returns for it, until the time is over or
// the recording counts as ended.
func (s *sequence) goOn(until time.Duration, answer func(call int, method agora.Method) agora.Answer) {
	for s.since() < until && !lifecycle.HasEnded(&s.situation.recording.Status.SessionStatus) {
		s.decide()
		if !s.last.Action.IsCall() {
			s.situation.observed.Now = later(s.last.RequeueAt, s.situation.observed.Now.Add(time.Millisecond))
			continue
		}
		s.calls = append(s.calls, sequenceCall{after: s.since(), action: s.last.Action})
		reply := answer(len(s.calls)-1, methodOf(s.last.Action))
		s.situation.observed.Answer, s.situation.observed.AskedAt = &reply, s.situation.observed.Now
	}
}

func (s *sequence) decide() {
	s.last = s.situation.decide()
	before := s.situation.recording.Status
	if !equality.Semantic.DeepEqual(s.last.Status.Conditions, before.Conditions) || !equality.Semantic.DeepEqual(s.last.Status.LastError, before.LastError) {
		s.changes++
	}
	s.situation = s.situation.after(s.last, 0)
}

func (s *sequence) since() time.Duration { return s.situation.observed.Now.Sub(recordingtest.Noon) }

func (s *sequence) ended() bool {
	return lifecycle.HasEnded(&s.situation.recording.Status.SessionStatus)
}

func methodOf(which Action) agora.Method {
	return map[Action]agora.Method{
		ActionAcquire: agora.MethodAcquire, ActionStart: agora.MethodStart, ActionQuery: agora.MethodQuery,
		ActionUpdate: agora.MethodUpdate, ActionUpdateLayout: agora.MethodUpdateLayout, ActionStop: agora.MethodStop,
	}[which]
}

var (
	unfound     = agora.Answer{HTTPStatus: 404, Code: 404, Conclusion: agora.NotFound}
	gatewayFell = agora.Answer{HTTPStatus: 502}
	torn        = agora.Answer{}
	unfinished  = agora.Answer{HTTPStatus: 206, Code: 65}
	limited     = agora.Answer{HTTPStatus: 429, Conclusion: agora.RateLimited}
)

// TestNotFoundOutlastsHiccups states that an answer that says nothing about the recorder
// neither restarts the grace period nor is followed by a long wait, as if calls had failed
// before.
func TestNotFoundOutlastsHiccups(t *testing.T) {
	const grace = 2 * time.Minute
	for name, test := range map[string]struct {
		failures map[int]agora.Answer
		// after holds the times from the first hiccup to the tries after it.
		after []time.Duration
	}{
		"none":                      {},
		"one 502":                   {map[int]agora.Answer{5: gatewayFell}, inSeconds(1)},
		"a torn connection":         {map[int]agora.Answer{5: torn}, inSeconds(1)},
		"206 with 65":               {map[int]agora.Answer{5: unfinished}, inSeconds(1)},
		"429":                       {map[int]agora.Answer{5: limited}, inSeconds(1)},
		"three in a row":            {map[int]agora.Answer{4: gatewayFell, 5: torn, 6: unfinished}, inSeconds(1, 4, 10)},
		"429, and then a 502":       {map[int]agora.Answer{4: limited, 5: gatewayFell}, inSeconds(1, 4)},
		"every other try":           {map[int]agora.Answer{1: torn, 3: gatewayFell, 5: limited, 7: unfinished}, inSeconds(1)},
		"as the grace is over":      {map[int]agora.Answer{6: gatewayFell}, inSeconds(1)},
		"two, as the grace is over": {map[int]agora.Answer{6: gatewayFell, 7: torn}, inSeconds(1, 4)},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := sequenceOf(stopRequested)
			first := len(test.failures) + 100
			s.goOn(time.Hour, func(call int, method agora.Method) agora.Answer {
				answer, isFailed := test.failures[call]
				if !isFailed {
					answer = unfound
				} else {
					first = min(first, call)
				}
				answer.Method = method
				return answer
			})
			g.Expect(s.situation.recording.Status.StoppedReason).To(Equal(v1alpha1.RecordingEndedReason))
			g.Expect(s.since()).To(BeNumerically(">=", grace))
			g.Expect(s.since()).To(BeNumerically("<=", grace+10*time.Second))
			for i, after := range test.after {
				g.Expect(s.calls[first+1+i].after - s.calls[first].after).To(Equal(after))
			}
		})
	}
}

func inSeconds(all ...int) []time.Duration {
	var durations []time.Duration
	for _, seconds := range all {
		durations = append(durations, time.Duration(seconds)*time.Second)
	}
	return durations
}

// TestNotFoundBeginsAnew states when earlier answers that there is no recorder no longer
// count: the recorder may have been at work since then, and be moving again.
func TestNotFoundBeginsAnew(t *testing.T) {
	notFound := func(_ int, method agora.Method) agora.Answer {
		answer := unfound
		answer.Method = method
		return answer
	}
	// pass decides on the recording at intervals, without any turn for a call.
	pass := func(duration, every time.Duration) func(*sequence) {
		return func(s *sequence) {
			for end := s.since() + duration; s.since() < end; {
				s.situation.observed.Now = s.situation.observed.Now.Add(every)
				s.decide()
			}
		}
	}
	without := func(modify modifier, duration time.Duration) func(*sequence) {
		return func(s *sequence) {
			before := s.situation
			modify(&s.situation)
			pass(duration, 10*time.Second)(s)
			s.situation.recording.Spec, s.situation.observed.CredentialsProblem = before.recording.Spec, before.observed.CredentialsProblem
			s.situation.observed.CredentialsVersion = before.observed.CredentialsVersion
		}
	}
	fails := func(answer agora.Answer, duration time.Duration) func(*sequence) {
		return func(s *sequence) {
			s.goOn(s.since()+duration, func(_ int, method agora.Method) agora.Answer {
				reply := answer
				reply.Method = method
				return reply
			})
		}
	}
	for name, test := range map[string]struct {
		meanwhile func(*sequence)
		anew      bool
	}{
		"a long wait for a turn":                         {pass(2*time.Hour, 10*time.Second), false},
		"a wait for a turn and a process that sleeps":    {func(s *sequence) { pass(time.Hour, 10*time.Second)(s); pass(6*time.Minute, 6*time.Minute)(s) }, true},
		"a process that sleeps":                          {pass(6*time.Minute, 6*time.Minute), true},
		"a process that sleeps for a moment":             {pass(2*time.Minute, 2*time.Minute), false},
		"a restart":                                      {func(s *sequence) { restarted(&s.situation) }, true},
		"a suspension":                                   {without(suspended, 6*time.Minute), true},
		"credentials that are missing":                   {without(withoutCredentials, 6*time.Minute), true},
		"a short outage of Agora":                        {fails(gatewayFell, time.Minute), false},
		"a long outage of Agora":                         {fails(torn, 7*time.Minute), true},
		"a refusal, after which nobody asks for a while": {fails(agora.Answer{HTTPStatus: 401, Conclusion: agora.CredentialsRejected}, 6*time.Minute), true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := sequenceOf(stopRequested)
			s.goOn(100*time.Second, notFound)
			g.Expect(s.situation.recording.Status.NotFoundSince).NotTo(BeNil())
			g.Expect(s.ended()).To(BeFalse())
			test.meanwhile(s)
			begin, calls := s.since(), len(s.calls)
			s.goOn(begin+time.Hour, notFound)
			g.Expect(s.ended()).To(BeTrue())
			since := s.situation.recording.Status.NotFoundSince.Sub(recordingtest.Noon)
			if test.anew {
				g.Expect(since).To(BeNumerically(">=", begin))
				g.Expect(len(s.calls) - calls).To(BeNumerically(">=", notFoundTries))
			} else {
				g.Expect(since).To(BeZero())
			}
		})
	}
}

// TestNotFoundAfterLongWaits states that if each try waits for its turn, so that a recorder
// may have been at work between the answers, the answers are enough only if there are more
// of them than Agora moves a recorder.
func TestNotFoundAfterLongWaits(t *testing.T) {
	g := NewWithT(t)
	s := sequenceOf(stopRequested)
	notFound := func(_ int, method agora.Method) agora.Answer {
		answer := unfound
		answer.Method = method
		return answer
	}
	s.goOn(100*time.Second, notFound)
	for row := 2; !s.ended(); row++ {
		g.Expect(row).To(BeNumerically("<=", notFoundTries))
		for end := s.since() + 10*time.Minute; s.since() < end; {
			s.situation.observed.Now = s.situation.observed.Now.Add(10 * time.Second)
			s.decide()
		}
		begin := s.since()
		s.goOn(begin+100*time.Second, notFound)
		g.Expect(s.ended()).To(Equal(row == notFoundTries))
	}
}
