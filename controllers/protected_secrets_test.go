// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// startWitness reads at the API server, before each start leaves, whether the
// Secrets of the recording have the finalizer.
type startWitness struct {
	Agora
	namespace string

	mu          sync.Mutex
	unprotected []string
}

func (w *startWitness) through(next Agora) Agora {
	w.Agora = next
	return w
}

func (w *startWitness) Start(ctx context.Context, credentials agora.Credentials, recording agora.Recording, request agora.ClientRequest) agora.Answer {
	for _, name := range []string{"agora", "bucket", "token-" + recording.CName} {
		secret := &corev1.Secret{}
		err := k8sClient.Get(ctx, client.ObjectKey{Namespace: w.namespace, Name: name}, secret)
		if err != nil || !controllerutil.ContainsFinalizer(secret, v1alpha1.InUseFinalizer) {
			w.mu.Lock()
			w.unprotected = append(w.unprotected, fmt.Sprint(name, err))
			w.mu.Unlock()
		}
	}
	return w.Agora.Start(ctx, credentials, recording, request)
}

func (w *startWitness) found() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unprotected
}

// lessonWithToken creates a recording that is to be started, with a token of its own.
func (e *environment) lessonWithToken(ctx context.Context, name string) *v1alpha1.CloudRecording {
	GinkgoHelper()
	Expect(k8sClient.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "token-" + name},
		StringData: map[string]string{v1alpha1.TokenKey: channelToken},
	})).To(Succeed())
	recording := e.lessonToStart(func(s *v1alpha1.CloudRecordingSpec) {
		s.CName, s.Start.TokenSecretRef.Name = name, "token-"+name
	})
	recording.Name = name
	Expect(k8sClient.Create(ctx, recording)).To(Succeed())
	return recording
}

var _ = Describe("the Secrets of a recording that is to be started", func() {
	It("have the finalizer before any start, however late they get it", func(ctx context.Context) {
		e := newEnvironmentWithToken(ctx)
		witness := &startWitness{namespace: e.namespace}
		e.callsThrough = witness.through
		e.writes.ofSecrets = func(ctx context.Context) bool {
			select {
			case <-time.After(50 * time.Millisecond):
				return true
			case <-ctx.Done():
				return false
			}
		}
		e.run()
		var lessons []*v1alpha1.CloudRecording
		for i := range 40 {
			lessons = append(lessons, e.lessonWithToken(ctx, fmt.Sprintf("lesson-%d", i)))
		}
		for _, recording := range lessons {
			Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(BeEmpty())))
		}
		Expect(witness.found()).To(BeEmpty())
		Expect(e.calls(faults.MethodStart)()).To(Equal(len(lessons)))
		for _, recording := range lessons {
			patch(ctx, recording, wantOrphan)
		}
		Expect(k8sClient.DeleteAllOf(ctx, &v1alpha1.CloudRecording{}, client.InNamespace(e.namespace))).To(Succeed())
		for _, recording := range lessons {
			e.eventuallyGone(ctx, recording)
		}
	})

	It("may go with its namespace before they have it, and then nothing was started", func(ctx context.Context) {
		e := newEnvironmentWithToken(ctx)
		e.writes.ofSecrets = func(context.Context) bool { return false }
		e.run()
		recording := e.lessonWithToken(ctx, "lesson")
		Eventually(observe(ctx, recording)).Should(HaveField("Status.ResourceID", Not(BeEmpty())))
		Consistently(e.calls(faults.MethodStart)).WithTimeout(2 * time.Second).Should(BeZero())
		Expect(observe(ctx, recording)(Default)).To(And(
			haveReady(metav1.ConditionFalse, v1alpha1.StartingReason), HaveField("Status.StartRequestedTime", BeNil())))

		Expect(k8sClient.DeleteAllOf(ctx, &corev1.Secret{}, client.InNamespace(e.namespace))).To(Succeed())
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Expect(e.agora.Recordings()).To(BeEmpty())
	})

	It("are said to be missing their protection if one is being deleted", func(ctx context.Context) {
		e := newEnvironmentWithToken(ctx)
		token := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "token"}}
		patch(ctx, token, `{"metadata":{"finalizers":["example.com/keep"]}}`)
		Expect(k8sClient.Delete(ctx, token)).To(Succeed())
		e.run()
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.SecretNotProtectedReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.SecretNotProtectedReason),
			WithTransform(message, ContainSubstring(`Secret "token" is being deleted`))))
		Eventually(e.events(ctx, recording)).Should(ContainElement(HavePrefix("SecretNotProtected: ")))
		Expect(e.calls(faults.MethodStart)()).To(BeZero())

		patch(ctx, token, `{"metadata":{"finalizers":null}}`)
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason))
		e.createToken(ctx)
		Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(BeEmpty())))
	})

	It("are let go and held as the token's Secret changes while a start is repeated", func(ctx context.Context) {
		e := newEnvironmentWithToken(ctx)
		Expect(k8sClient.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "another-token"},
			StringData: map[string]string{v1alpha1.TokenKey: channelToken + "-2"},
		})).To(Succeed())
		e.fault(faults.Fault{Method: faults.MethodStart, Effect: faults.EffectDropBeforeActing})
		e.run()
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(HaveField("Status.StartRequestedTime", Not(BeNil())))
		held := func(name string) func() ([]string, error) {
			return func() ([]string, error) {
				secret := &corev1.Secret{}
				err := k8sClient.Get(ctx, client.ObjectKey{Namespace: e.namespace, Name: name}, secret)
				return secret.Finalizers, err
			}
		}
		Eventually(held("token")).Should(ConsistOf(v1alpha1.InUseFinalizer))
		Expect(held("another-token")()).To(BeEmpty())

		patch(ctx, recording, `{"spec":{"start":{"tokenSecretRef":{"name":"another-token"}}}}`)
		Eventually(held("another-token")).Should(ConsistOf(v1alpha1.InUseFinalizer))
		Eventually(held("token")).Should(BeEmpty())

		e.agora.ClearFaults()
		Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(BeEmpty())))
		Eventually(held("another-token")).Should(BeEmpty())
		Expect(e.agora.Recordings()).To(HaveLen(1))
	})
})
