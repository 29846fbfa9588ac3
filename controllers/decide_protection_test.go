// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

func unprotected(s *situation) { s.observed.unprotected = unprotectedSecret{name: "token"} }

func secretGoing(s *situation) {
	s.observed.unprotected = unprotectedSecret{name: "token", isGoing: true}
}

func TestDecideStartWaitsForItsSecretsToBeProtected(t *testing.T) {
	t.Parallel()
	acquired := answeredTo(agora.MethodAcquire, agora.Succeeded, withResourceID)
	tests := []struct {
		name   string
		given  []modifier
		action action
		reason string
		again  time.Duration
	}{
		{"takes a resource ID meanwhile", []modifier{toStart, unprotected}, actionAcquire, "", 0},
		{"has just got one", []modifier{toStart, acquired, unprotected}, actionNone, v1alpha1.StartingReason, protectionRecheck},
		{"waits on", []modifier{acquiredAgo(protectionPatience - protectionRecheck/2), unprotected}, actionNone, v1alpha1.StartingReason, protectionRecheck / 2},
		{"says so at last", []modifier{acquiredAgo(protectionPatience), unprotected}, actionNone, v1alpha1.SecretNotProtectedReason, slowRetry},
		{"keeps saying so", []modifier{acquiredAgo(resourceUsable + time.Minute), unprotected}, actionNone, v1alpha1.SecretNotProtectedReason, slowRetry},
		{"says so at once of a Secret that is being deleted", []modifier{acquiredAgo(0), secretGoing}, actionNone, v1alpha1.SecretNotProtectedReason, slowRetry},
		{"does not repeat a start that had no effect", []modifier{startRequestedAgo(time.Second), unprotected}, actionNone, v1alpha1.StartingReason, protectionRecheck},
		{"starts once they are", []modifier{acquiredAgo(time.Minute)}, actionStart, v1alpha1.StartingReason, 0},
		{"repeats what may run already", []modifier{startRequestedAgo(time.Second), lostStart, secretGoing}, actionStart, v1alpha1.StartingReason, 0},
		{"lets go of what is not wanted any more", []modifier{acquiredAgo(time.Minute), unprotected, deleted}, actionRelease, v1alpha1.NothingToStopReason, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			decided := given(test.given...).decide()
			g.Expect(decided.action).To(Equal(test.action))
			g.Expect(readyReason(decided.status)).To(Equal(test.reason))
			if test.again > 0 {
				g.Expect(decided.lookAgain).To(BeTemporally("==", noon.Add(test.again)))
			}
			if test.reason == v1alpha1.SecretNotProtectedReason {
				g.Expect(reasonOf(decided, v1alpha1.StalledCondition)).To(Equal(test.reason))
				g.Expect(message(&v1alpha1.CloudRecording{Status: decided.status})).To(ContainSubstring(`Secret "token"`))
			}
		})
	}
}

func TestDecideStartIsNotTakenForBegunBeforeItsSecretsAreProtected(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	waiting := given(toStart, unprotected, answeredTo(agora.MethodAcquire, agora.Succeeded, withResourceID))
	decided := waiting.decide()
	g.Expect(decided.status.ResourceID).To(Equal("new-resource"))
	g.Expect(decided.status.StartRequestedTime).To(BeNil())
	protected := waiting.after(decided, time.Second, func(s *situation) { s.observed.unprotected = unprotectedSecret{} })
	g.Expect(protected.decide().status.StartRequestedTime).NotTo(BeNil())
}

func TestStartHoldsItsSecretsOnceItHasAResourceID(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	recording := specToStart(func(s *v1alpha1.CloudRecordingSpec) {
		s.Start.TokenSecretRef = &v1alpha1.TokenSecretReference{Name: "token"}
	})
	g.Expect(heldSecrets(recording)).NotTo(ContainElement("token"))
	recording.Status.ResourceID = "resource"
	g.Expect(heldSecrets(recording)).To(ContainElement("token"))
	g.Expect(secretsOfStart(recording)).To(ConsistOf(heldSecrets(recording)))
	recording.Status.StartRequestedTime = &metav1.Time{Time: noon}
	g.Expect(secretsOfStart(recording)).To(ConsistOf(heldSecrets(recording)))
	recording.Status.SID = "sid"
	g.Expect(heldSecrets(recording)).NotTo(ContainElement("token"))
}
