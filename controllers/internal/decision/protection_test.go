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

func unprotected(s *situation) { s.observed.Unprotected = UnprotectedSecret{Name: "token"} }

func secretGoing(s *situation) {
	s.observed.Unprotected = UnprotectedSecret{Name: "token", IsGoing: true}
}

func TestDecideStartWaitsForItsSecretsToBeProtected(t *testing.T) {
	t.Parallel()
	acquired := answeredTo(agora.MethodAcquire, agora.Succeeded, withResourceID)
	tests := []struct {
		name   string
		given  []modifier
		Action Action
		reason string
		again  time.Duration
	}{
		{"takes a resource ID meanwhile", []modifier{toStart, unprotected}, ActionAcquire, "", 0},
		{"has just got one", []modifier{toStart, acquired, unprotected}, ActionNone, v1alpha1.StartingReason, protectionRecheck},
		{"waits on", []modifier{acquiredAgo(protectionTimeout - protectionRecheck/2), unprotected}, ActionNone, v1alpha1.StartingReason, protectionRecheck / 2},
		{"says so at last", []modifier{acquiredAgo(protectionTimeout), unprotected}, ActionNone, v1alpha1.SecretNotProtectedReason, slowRetry},
		{"keeps saying so", []modifier{acquiredAgo(resourceUsable + time.Minute), unprotected}, ActionNone, v1alpha1.SecretNotProtectedReason, slowRetry},
		{"says so at once of a Secret that is being deleted", []modifier{acquiredAgo(0), secretGoing}, ActionNone, v1alpha1.SecretNotProtectedReason, slowRetry},
		{"does not repeat a start that had no effect", []modifier{startRequestedAgo(time.Second), unprotected}, ActionNone, v1alpha1.StartingReason, protectionRecheck},
		{"starts once they are", []modifier{acquiredAgo(time.Minute)}, ActionStart, v1alpha1.StartingReason, 0},
		{"repeats what may run already", []modifier{startRequestedAgo(time.Second), lostStart, secretGoing}, ActionStart, v1alpha1.StartingReason, 0},
		{"lets go of what is not wanted any more", []modifier{acquiredAgo(time.Minute), unprotected, deleted}, ActionRelease, v1alpha1.NothingToStopReason, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			decided := given(test.given...).decide()
			g.Expect(decided.Action).To(Equal(test.Action))
			g.Expect(ReadyReason(decided.Status)).To(Equal(test.reason))
			if test.again > 0 {
				g.Expect(decided.RequeueAt).To(BeTemporally("==", recordingtest.Noon.Add(test.again)))
			}
			if test.reason == v1alpha1.SecretNotProtectedReason {
				g.Expect(reasonOf(decided, v1alpha1.StalledCondition)).To(Equal(test.reason))
				ready := meta.FindStatusCondition(decided.Status.Conditions, v1alpha1.ReadyCondition)
				g.Expect(ready.Message).To(ContainSubstring(`Secret "token"`))
			}
		})
	}
}

func TestDecideStartIsNotTakenForBegunBeforeItsSecretsAreProtected(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	waiting := given(toStart, unprotected, answeredTo(agora.MethodAcquire, agora.Succeeded, withResourceID))
	decided := waiting.decide()
	g.Expect(decided.Status.ResourceID).To(Equal("new-resource"))
	g.Expect(decided.Status.StartRequestedTime).To(BeNil())
	protected := waiting.after(decided, time.Second, func(s *situation) { s.observed.Unprotected = UnprotectedSecret{} })
	g.Expect(protected.decide().Status.StartRequestedTime).NotTo(BeNil())
}

func TestStartHoldsItsSecretsOnceItHasAResourceID(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	recording := recordingtest.ToStart(func(s *v1alpha1.CloudRecordingSpec) {
		s.Start.TokenSecretRef = &v1alpha1.TokenSecretReference{Name: "token"}
	})
	g.Expect(clientrequest.HeldSecrets(recording)).NotTo(ContainElement("token"))
	recording.Status.ResourceID = "resource"
	g.Expect(clientrequest.HeldSecrets(recording)).To(ContainElement("token"))
	g.Expect(clientrequest.SecretsOfStart(recording)).To(ConsistOf(clientrequest.HeldSecrets(recording)))
	recording.Status.StartRequestedTime = &metav1.Time{Time: recordingtest.Noon}
	g.Expect(clientrequest.SecretsOfStart(recording)).To(ConsistOf(clientrequest.HeldSecrets(recording)))
	recording.Status.SID = "sid"
	g.Expect(clientrequest.HeldSecrets(recording)).NotTo(ContainElement("token"))
}
