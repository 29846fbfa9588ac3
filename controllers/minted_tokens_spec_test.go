// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

const (
	// lessonAppID is the project of the lessons, and appCertificate its certificate, of
	// which nothing may be seen anywhere.
	lessonAppID    = "0123456789abcdef0123456789abcdef"
	appCertificate = "5ec4e7ce471f1ca7e5ec4e7ce471f1ca"

	// malformedCertificate is none.
	malformedCertificate = "s3cr3t-malformed-certificate"

	// mintedToken is what each minted token begins with.
	mintedToken = "007eJ"
)

// tokenWitness notes the tokens that starts get.
type tokenWitness struct {
	Agora

	mu     sync.Mutex
	tokens []string
}

func (w *tokenWitness) through(next Agora) Agora {
	w.Agora = next
	return w
}

func (w *tokenWitness) Start(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer {
	var body struct {
		Token string `json:"token"`
	}
	_ = json.Unmarshal(request.JSON, &body)
	w.mu.Lock()
	w.tokens = append(w.tokens, body.Token)
	w.mu.Unlock()
	return w.Agora.Start(ctx, credentials, recording, request)
}

func (w *tokenWitness) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.tokens...)
}

func (e *environment) createCertificate(ctx context.Context, certificate string) *corev1.Secret {
	GinkgoHelper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "project"},
		StringData: map[string]string{v1alpha1.AppCertificateKey: certificate},
	}
	Expect(k8sClient.Create(ctx, secret)).To(Succeed())
	return secret
}

// lessonWithCertificate returns a recording whose token the operator mints.
func (e *environment) lessonWithCertificate(changes ...func(*v1alpha1.CloudRecordingSpec)) *v1alpha1.CloudRecording {
	return e.lessonWithSessions(func(spec *v1alpha1.CloudRecordingSpec) {
		spec.Start.ResourceExpiredHour = 72
		spec.Start.TokenSecretRef, spec.Start.AppCertificateSecretRef = nil, &v1alpha1.AppCertificateSecretReference{Name: "project"}
		for _, change := range changes {
			change(spec)
		}
	})
}

var _ = Describe("a recording whose token the operator mints", func() {
	// beginCertified returns an environment with a project that has an App Certificate.
	// The clock that the operator and Agora share can be put forward.
	beginCertified := func(ctx context.Context) (*environment, *leapingClock, *tokenWitness) {
		GinkgoHelper()
		ahead, witness := &leapingClock{}, &tokenWitness{}
		e := newEnvironmentWithBucket(ctx, agorasim.Options{
			ExitAfter: 300 * time.Millisecond, StartupStep: -1, UploadDuration: -1, Clock: ahead, AppCertificates: map[string]string{lessonAppID: appCertificate},
		})
		e.clock, e.callsThrough = ahead, witness.through
		e.createSecret(ctx, customerSecret)
		e.createBucketSecret(ctx, bucketServer.SecretKey)
		e.run()
		return e, ahead, witness
	}
	expiresIn := func(ahead *leapingClock, lifetime time.Duration) OmegaMatcher {
		return HaveField("Status.TokenExpirationTime", WithTransform(
			func(at *metav1.Time) time.Time { return at.Time }, BeTemporally("~", ahead.Now().Add(lifetime), time.Minute)))
	}

	It("goes on for days, with a token for each session, though the operator is restarted in each", func(ctx context.Context) {
		e, ahead, witness := beginCertified(ctx)
		e.createCertificate(ctx, appCertificate)
		recording := e.lessonWithCertificate(startNext)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		begun := ahead.Now()
		for sessions := 1; ahead.Since(begun) < 60*time.Hour; sessions++ {
			Eventually(observe(ctx, recording)).Should(And(
				haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason),
				HaveField("Status.Sessions", And(
					HaveLen(sessions-1), Not(ContainElement(HaveField("StoppedReason", Not(Equal(v1alpha1.StopAcknowledgedReason))))))),
				HaveField("Status.ServiceStatus", Not(BeNil()))))
			Expect(observe(ctx, recording)(Default)).To(expiresIn(ahead, 24*time.Hour))
			e.stop()
			e.run()
			e.leap(ctx, recording, ahead, 22*time.Hour)
			Eventually(e.calls(faults.MethodStart)).Should(Equal(sessions + 1))
		}
		Eventually(e.agora.Recordings).Should(And(HaveLen(4), HaveEach(And(
			HaveField("StartFailure", BeEmpty()), HaveField("Files", Not(BeEmpty()))))))
		tokens := witness.seen()
		Expect(tokens).To(And(HaveLen(4), HaveEach(HavePrefix(mintedToken))))
		for i := range tokens {
			Expect(tokens[i+1:]).NotTo(ContainElement(tokens[i]))
		}
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Expect(e.agora.Recordings()).To(HaveEach(And(HaveField("Running", false), HaveField("StopsTaken", 1))))
	})

	It("is warned of the end of its token, and stopped before", func(ctx context.Context) {
		e, ahead, _ := beginCertified(ctx)
		e.createCertificate(ctx, appCertificate)
		recording := e.lessonWithCertificate()
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		isRecording(ctx, recording)
		e.leap(ctx, recording, ahead, 22*time.Hour)
		Eventually(observe(ctx, recording)).Should(And(
			haveCondition(v1alpha1.ExpiringCondition, metav1.ConditionTrue, v1alpha1.TokenLifetimeEndingReason),
			haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason)))
		Eventually(e.events(ctx, recording)).Should(ContainElement(HavePrefix(v1alpha1.TokenLifetimeEndingReason + ": ")))
		e.leap(ctx, recording, ahead, time.Hour)
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.TokenLifetimeEndedReason),
			havePhase(v1alpha1.PhaseFailed),
			haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.StopAcknowledgedReason),
			HaveField("Status.StopReason", v1alpha1.StopReasonTokenLifetime)))
		Expect(e.agora.Recordings()).To(ConsistOf(And(HaveField("Running", false), HaveField("StopsTaken", 1))))
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason))
	})

	It("goes on with another token where no operator was there when the one before ended", func(ctx context.Context) {
		e, ahead, _ := beginCertified(ctx)
		e.createCertificate(ctx, appCertificate)
		recording := e.lessonWithCertificate(restartAlways, startNext)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		first := isRecording(ctx, recording)
		e.stop()
		ahead.ahead.Add(int64(30 * time.Hour))
		Eventually(e.agora.Recordings).Should(ConsistOf(And(HaveField("Running", false), HaveField("StopsTaken", 0))))
		e.run()
		Eventually(observe(ctx, recording)).Should(Or(
			haveReady(metav1.ConditionFalse, v1alpha1.RestartingReason), HaveField("Status.SID", Not(Equal(first.Status.SID)))))
		e.leap(ctx, recording, ahead, decision.RestartDelay)
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason),
			HaveField("Status.Sessions", ConsistOf(HaveField("SID", first.Status.SID))),
			expiresIn(ahead, 24*time.Hour)))
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
	})

	It("gets the same token again where the answer to its start was lost with the operator", func(ctx context.Context) {
		e, _, witness := beginCertified(ctx)
		e.createCertificate(ctx, appCertificate)
		e.fault(faults.Fault{Method: faults.MethodStart, Effect: faults.EffectDropBeforeActing})
		recording := e.lessonWithCertificate()
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(witness.seen).ShouldNot(BeEmpty())
		e.stop()
		before := len(witness.seen())
		patch(ctx, recording, `{"spec":{"maxDuration":"3h"}}`)
		e.agora.ClearFaults()
		e.run()
		current := isRecording(ctx, recording)
		tokens := witness.seen()
		Expect(len(tokens)).To(BeNumerically(">", before))
		Expect(tokens).To(HaveEach(tokens[0]))
		Expect(e.agora.Recordings()).To(ConsistOf(And(HaveField("SID", current.Status.SID), HaveField("ResourceID", current.Status.ResourceID))))
	})

	It("has a token for its own length where that is known", func(ctx context.Context) {
		e, ahead, _ := beginCertified(ctx)
		e.createCertificate(ctx, appCertificate)
		recording := e.lessonWithCertificate(func(spec *v1alpha1.CloudRecordingSpec) {
			spec.MaxDuration = &metav1.Duration{Duration: 90 * time.Minute}
		})
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Expect(isRecording(ctx, recording)).To(expiresIn(ahead, 150*time.Minute+4*time.Minute))
	})

	It("takes the certificate that its profile names", func(ctx context.Context) {
		e, ahead, _ := beginCertified(ctx)
		secret := e.createCertificate(ctx, malformedCertificate)
		profile := e.profileOfLessons(func(spec *v1alpha1.CloudRecordingProfileSpec) {
			spec.Start.TokenSecretRef, spec.Start.AppCertificateSecretRef = nil, &v1alpha1.AppCertificateSecretReference{Name: "project"}
		})
		Expect(k8sClient.Create(ctx, profile)).To(Succeed())
		recording := e.shortLesson(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.CertificateInvalidReason))
		readiness := func(status metav1.ConditionStatus, says string) OmegaMatcher {
			return HaveField("Status.Conditions", ContainElement(And(
				HaveField("Type", v1alpha1.ReadyCondition), HaveField("Status", status), HaveField("Message", ContainSubstring(says)))))
		}
		Eventually(seen(ctx, profile)).Should(readiness(metav1.ConditionFalse, `The key appCertificate of Secret "project"`))
		patch(ctx, secret, `{"stringData":{"appCertificate":"`+appCertificate+`"}}`)
		Eventually(seen(ctx, profile)).Should(readiness(metav1.ConditionTrue, "have the right form"))
		Expect(isRecording(ctx, recording)).To(expiresIn(ahead, 24*time.Hour))
		Expect(e.agora.Recordings()).To(ConsistOf(HaveField("Running", true)))
	})

	It("waits for a certificate that is one, and says nothing of what is there", func(ctx context.Context) {
		e, _, _ := beginCertified(ctx)
		secret := e.createCertificate(ctx, malformedCertificate)
		recording := e.lessonWithCertificate()
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.CertificateInvalidReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.CertificateInvalidReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring(`The key appCertificate of Secret "project", which spec.start.appCertificateSecretRef names, does not hold an App Certificate`))))
		Expect(e.agora.Requests()).To(BeEmpty())
		patch(ctx, secret, `{"stringData":{"appCertificate":"`+appCertificate+`\n"}}`)
		isRecording(ctx, recording)
	})

	It("waits for the Secret with the certificate", func(ctx context.Context) {
		e, _, _ := beginCertified(ctx)
		recording := e.lessonWithCertificate()
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring(`spec.start.appCertificateSecretRef names it: create it with the key appCertificate.`))))
		e.createCertificate(ctx, appCertificate)
		isRecording(ctx, recording)
	})

	It("takes the certificate of its credentials where spec.start names none", func(ctx context.Context) {
		e, ahead, _ := beginCertified(ctx)
		credentials := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "agora"}}
		patch(ctx, credentials, `{"stringData":{"appCertificate":"`+appCertificate+`"}}`)
		recording := e.lessonWithCertificate(func(spec *v1alpha1.CloudRecordingSpec) { spec.Start.AppCertificateSecretRef = nil })
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Expect(isRecording(ctx, recording)).To(expiresIn(ahead, 24*time.Hour))
	})

	It("fails to start with the certificate of another project, which nothing shows before", func(ctx context.Context) {
		e, ahead, _ := beginCertified(ctx)
		e.createCertificate(ctx, "0"+appCertificate[1:])
		recording := e.lessonWithCertificate()
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(BeEmpty())))
		Eventually(func(g Gomega) {
			e.leap(ctx, recording, ahead, 30*time.Second)
			g.Expect(observe(ctx, recording)(g)).To(And(
				haveReady(metav1.ConditionFalse, v1alpha1.StartFailedReason),
				haveMessage(v1alpha1.ReadyCondition, ContainSubstring("or the App Certificate that it is minted from"))))
		}).WithPolling(500 * time.Millisecond).Should(Succeed())
		Expect(e.agora.Recordings()).To(ConsistOf(And(HaveField("Files", BeEmpty()), HaveField("StartFailure", recorder.StartFailureToken))))
	})
})
