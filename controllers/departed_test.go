// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

const departedGauge = "cloudrecording_recordings_departed"

// ofShardLabel restricts the operator to recordings with a label.
func (e *environment) ofShardLabel(value string) *environment {
	e.selector = labels.SelectorFromSet(labels.Set{"shard": value})
	e.callLog = &callLog{}
	return e
}

// beside returns an environment with another operator for the same namespace, which
// does not run yet.
func (e *environment) beside(shard string) *environment {
	other := &environment{
		namespace: e.namespace, agora: e.agora, server: e.server, settings: e.settings,
		logs: gbytes.NewBuffer(), clock: e.clock, writes: &writeLog{}, stop: func() {},
	}
	DeferCleanup(func() { other.stop() })
	return other.ofShardLabel(shard)
}

// label gives an object another label.
func label(ctx context.Context, object client.Object, value string) {
	GinkgoHelper()
	patch(ctx, object, `{"metadata":{"labels":{"shard":"`+value+`"}}}`)
}

var _ = Describe("a recording whose labels no longer match", func() {
	var (
		e         *environment
		recording *v1alpha1.CloudRecording
	)

	// leave has the recording run, and then have a label that no operator selects.
	leave := func(ctx context.Context) {
		GinkgoHelper()
		e.run()
		e.adopt(ctx, recording)
		label(ctx, recording, "nobodys")
		Eventually(e.metric(departedGauge)).Should(BeEquivalentTo(1))
	}

	BeforeEach(func(ctx context.Context) {
		e = newEnvironment(ctx, agorasim.Options{}).ofShardLabel("even")
		e.createSecret(ctx, customerSecret)
		recording = e.record("lesson", nil)
		recording.Labels = map[string]string{"shard": "even"}
	})

	It("is looked after and stopped all the same, and that is said", func(ctx context.Context) {
		leave(ctx)
		Eventually(e.events(ctx, recording)).Should(ContainElement(And(HavePrefix("LeftShard: "), ContainSubstring("shard=even"))))
		Expect(e.logs.Contents()).To(ContainSubstring("no longer match"))
		queries := e.requests(faults.MethodQuery, recording)
		Eventually(queries).Should(BeNumerically(">", queries()+1))

		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted), HaveField("Status.Shard", e.shard().Name())))
		Expect(e.simulated(recording)()).To(And(HaveField("Running", false), HaveField("StopsTaken", 1)))
		// Nobody would let it go later.
		Eventually(observe(ctx, recording)).Should(HaveField("Finalizers", BeEmpty()))
		Eventually(e.metric(departedGauge)).Should(BeZero())
	})

	It("is stopped when it is deleted together with its Secret", func(ctx context.Context) {
		leave(ctx)
		secret := e.secret(ctx)(Default)
		Expect(k8sClient.Delete(ctx, secret)).To(Succeed())
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Expect(e.simulated(recording)().StopsTaken).To(Equal(1))
		Eventually(e.metric(departedGauge)).Should(BeZero())
		Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(secret), &corev1.Secret{}) }).
			Should(Satisfy(apierrors.IsNotFound))
	})

	It("counts as overdue while it cannot be stopped", func(ctx context.Context) {
		leave(ctx)
		e.fault(faults.Fault{Method: faults.MethodStop, Effect: faults.EffectGatewayPage})
		patch(ctx, recording, wantStopped)
		Eventually(e.metric("cloudrecording_stop_overdue_seconds")).Should(BeNumerically(">", 1))
		e.agora.ClearFaults()
		Eventually(e.metric("cloudrecording_stop_overdue_seconds")).Should(BeZero())
	})

	It("is looked after by the next leader", func(ctx context.Context) {
		e.run()
		e.adopt(ctx, recording)
		e.stop()
		label(ctx, recording, "nobodys")
		patch(ctx, recording, wantStopped)
		e.run()
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
		Expect(e.simulated(recording)().StopsTaken).To(Equal(1))
	})

	It("is taken over by another operator, and left to it", func(ctx context.Context) {
		leave(ctx)
		odd := e.beside("odd")
		odd.run()
		label(ctx, recording, "odd")
		Eventually(observe(ctx, recording)).Should(HaveField("Status.Shard", odd.shard().Name()))
		Eventually(e.metric(departedGauge)).Should(BeZero())
		Eventually(odd.callLog.count).Should(BeNumerically(">", 1))
		calls := e.callLog.count()

		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
		Expect(e.callLog.count()).To(Equal(calls))
		Expect(e.simulated(recording)().StopsTaken).To(Equal(1))
		Expect(observe(ctx, recording)(Default).Finalizers).To(ConsistOf(v1alpha1.StopFinalizer))
	})

	It("is taken over by an operator for all recordings", func(ctx context.Context) {
		leave(ctx)
		e.stop()
		all := e.beside("")
		all.selector = nil
		all.run()
		Eventually(observe(ctx, recording)).Should(HaveField("Status.Shard", all.shard().Name()))
		calls := e.callLog.count()
		e.run()
		ofAll := all.callLog.count()
		Eventually(all.callLog.count).Should(BeNumerically(">", ofAll+2))
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
		Expect(e.simulated(recording)().StopsTaken).To(Equal(1))
		Expect(e.callLog.count()).To(Equal(calls))
	})

	It("is watched again once its labels match", func(ctx context.Context) {
		leave(ctx)
		label(ctx, recording, "even")
		Eventually(e.metric(departedGauge)).Should(BeZero())
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
		Expect(observe(ctx, recording)(Default).Finalizers).To(ConsistOf(v1alpha1.StopFinalizer))
	})

	It("is let go if it has ended", func(ctx context.Context) {
		e.run()
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
		label(ctx, recording, "nobodys")
		Eventually(observe(ctx, recording)).Should(HaveField("Finalizers", BeEmpty()))
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
	})

	It("is neither started nor kept if it was not started before", func(ctx context.Context) {
		e.run()
		toStart := e.lessonToStart(nil)
		toStart.Name, toStart.Labels = "to-start", recording.Labels
		Expect(k8sClient.Create(ctx, toStart)).To(Succeed())
		Eventually(observe(ctx, toStart)).Should(haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason))
		label(ctx, toStart, "nobodys")
		Eventually(e.events(ctx, toStart)).Should(ContainElement(And(HavePrefix("LeftShard: "), ContainSubstring("starts nothing"))))
		Eventually(observe(ctx, toStart)).Should(HaveField("Finalizers", BeEmpty()))
		e.createBucketSecret(ctx, bucketServer.SecretKey)
		e.createToken(ctx)
		Consistently(e.calls(faults.MethodAcquire)).WithTimeout(time.Second).Should(BeZero())
		Expect(k8sClient.Delete(ctx, toStart)).To(Succeed())
		e.eventuallyGone(ctx, toStart)
	})
})
