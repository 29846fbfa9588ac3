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
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// TestUnexpectedAnswerStalls states that an answer of unknown meaning asks for a person
// once it has lasted for five minutes, and that the call is tried again.
func TestUnexpectedAnswerStalls(t *testing.T) {
	const stalls, isPatient = true, false
	for name, test := range map[string]struct {
		given   modifier
		refused agora.Method
		status  int
		stalls  bool
	}{
		"to a query":                   {func(s *situation) { s.observed.Memory.notBefore = time.Time{} }, agora.MethodQuery, 409, stalls},
		"to a stop":                    {stopRequested, agora.MethodStop, 410, stalls},
		"to a stop of what is deleted": {func(s *situation) { stopRequested(s); deleted(s); known(s) }, agora.MethodStop, 404, stalls},
		"to an acquire":                {toStart, agora.MethodAcquire, 400, stalls},
		"to a start":                   {acquiredAgo(0), agora.MethodStart, 422, stalls},
		"to an update":                 {changedParts(clientrequest.SectionSubscription), agora.MethodUpdate, 405, stalls},
		"that is a server's failure":   {stopRequested, agora.MethodStop, 503, isPatient},
		"that never comes":             {stopRequested, agora.MethodStop, 0, isPatient},
		"that is a page":               {stopRequested, agora.MethodStop, 200, isPatient},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := sequenceOf(test.given)
			refuse := func(_ int, method agora.Method) agora.Answer {
				switch method {
				case test.refused:
					return agora.Answer{Method: method, HTTPStatus: test.status, Code: 77, Reason: "no such thing"}
				case agora.MethodQuery:
					return queryAnswer(agora.Succeeded, 5)
				default:
					return agora.Answer{Method: method, HTTPStatus: 200, Conclusion: agora.Succeeded, ResourceID: "another"}
				}
			}
			s.goOn(5*time.Minute-2*time.Second, refuse)
			g.Expect(meta.IsStatusConditionTrue(s.situation.recording.Status.Conditions, v1alpha1.StalledCondition)).To(BeFalse())
			g.Expect(reasonOf(s.last, v1alpha1.ReadyCondition)).To(Equal(v1alpha1.AgoraUnavailableReason))

			s.goOn(6*time.Minute, refuse)
			stalled := meta.FindStatusCondition(s.situation.recording.Status.Conditions, v1alpha1.StalledCondition)
			if !test.stalls {
				g.Expect(stalled).To(BeNil())
				g.Expect(reasonOf(s.last, v1alpha1.ReadyCondition)).To(Equal(v1alpha1.AgoraUnavailableReason))
				return
			}
			g.Expect(stalled).To(HaveValue(And(
				HaveField("Status", metav1.ConditionTrue), HaveField("Reason", v1alpha1.UnexpectedAnswerReason),
				HaveField("Message", ContainSubstring("code 77, no such thing")))))
			g.Expect(s.situation.recording.Status.LastError.Unexpected).To(BeTrue())

			calls, changes := len(s.calls), s.changes
			s.goOn(20*time.Minute, refuse)
			g.Expect(len(s.calls)-calls).To(BeNumerically(">=", 10), "it is tried again")
			g.Expect(s.changes).To(Equal(changes), "the same failure is said once")

			restarted(&s.situation)
			s.decide()
			g.Expect(reasonOf(s.last, v1alpha1.ReadyCondition)).To(Equal(v1alpha1.UnexpectedAnswerReason))
		})
	}
}

// TestUnexpectedAnswerShowsByItself states that the passing of time alone makes such an
// answer visible.
func TestUnexpectedAnswerShowsByItself(t *testing.T) {
	g := NewWithT(t)
	s := given(stopRequested, answered(agora.Answer{Method: agora.MethodStop, HTTPStatus: 409}))
	s.observed.Memory.failures = 50
	first := s.decide()
	waiting := s.after(first, 4*time.Minute+30*time.Second, func(s *situation) { s.observed.Memory.notBefore = recordingtest.Noon.Add(time.Hour) })
	g.Expect(waiting.decide().RequeueAt).To(BeTemporally("==", recordingtest.Noon.Add(5*time.Minute)))
	d := waiting.after(waiting.decide(), 30*time.Second).decide()
	g.Expect(reasonOf(d, v1alpha1.StalledCondition)).To(Equal(v1alpha1.UnexpectedAnswerReason))

	another := waiting.after(d, time.Minute, answered(agora.Answer{Method: agora.MethodStop, HTTPStatus: 502})).decide()
	g.Expect(reasonOf(another, v1alpha1.StalledCondition)).To(BeEmpty())
	g.Expect(reasonOf(another, v1alpha1.ReadyCondition)).To(Equal(v1alpha1.AgoraUnavailableReason))
	mended := waiting.after(d, time.Minute, answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{}))).decide()
	g.Expect(reasonOf(mended, v1alpha1.StalledCondition)).To(BeEmpty())
}
