// SPDX-License-Identifier: Apache-2.0

package process_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/testenv"
)

// electing are the flags for leader election with a short lease.
func (e *environment) electing() []string {
	return []string{
		"--leader-elect", "--leader-election-namespace=" + e.namespace,
		"--leader-election-lease-duration=4s", "--leader-election-renew-deadline=3s", "--leader-election-retry-period=500ms",
	}
}

// leases returns a function that returns the holders of the held leases in the namespace, by
// lease name.
func (e *environment) leases(ctx context.Context) func(Gomega) map[string]string {
	return func(g Gomega) map[string]string {
		list := &coordinationv1.LeaseList{}
		g.Expect(k8sClient.List(ctx, list, client.InNamespace(e.namespace))).To(Succeed())
		holders := map[string]string{}
		for _, lease := range list.Items {
			if holder := lease.Spec.HolderIdentity; holder != nil && *holder != "" {
				holders[lease.Name] = *holder
			}
		}
		return holders
	}
}

var _ = Describe("A leader that is frozen for longer than its lease", func() {
	It("sends nothing once it goes on, and ends", func(ctx context.Context) {
		e := newEnvironment(ctx)
		e.arguments = e.electing()
		e.createSecret(ctx)
		frozen := e.startReplica(ctx)
		Eventually(e.leases(ctx)).Should(HaveLen(1))
		before := e.leases(ctx)(Default)
		// Its only request is the stop, and it is paused while the stop waits for Agora.
		recording := e.record(0, time.Minute)
		known := adopt(ctx, recording)
		mend := e.fault(faults.Fault{Method: faults.MethodStop, Effect: faults.EffectHang})
		patch(ctx, recording, wantStopped)
		Eventually(e.answered(faults.MethodStop, 0)).Should(Equal(1))
		Expect(frozen.Pause()).To(Succeed())
		mend()

		successor := e.startReplica(ctx)
		e.expectCompleted(ctx, recording, known)
		Expect(e.leases(ctx)(Default)).NotTo(Equal(before))
		requests := len(e.agora.Requests())

		Expect(frozen.Resume()).To(Succeed())
		Eventually(frozen.Ended()).Should(BeClosed())
		Expect(e.agora.Requests()).To(HaveLen(requests))
		Consistently(successor.Ended(), time.Second).ShouldNot(BeClosed())
		Expect(e.simulated(recording)()).To(HaveField("StopsTaken", 1))
	})
})

var _ = Describe("Two managers with shards of their own", func() {
	var (
		e                 *environment
		even, odd         *v1alpha1.CloudRecording
		ofEven, secondOdd *testenv.Operator
	)

	BeforeEach(func(ctx context.Context) {
		e = newEnvironment(ctx)
		e.arguments = e.electing()
		e.createSecret(ctx)
		even, odd = e.recordAs("even", 0, time.Minute), e.recordAs("odd", 0, time.Minute)
		even.Labels, odd.Labels = map[string]string{"shard": "even"}, map[string]string{"shard": "odd"}
		ofEven = e.startReplica(ctx, "--watch-label-selector=shard=even")
		e.startReplica(ctx, "--watch-label-selector=shard in (odd)")
		secondOdd = e.startReplica(ctx, "--watch-label-selector=shard in ( odd )")
	})

	It("have one leader each", func(ctx context.Context) {
		Eventually(e.leases(ctx)).Should(HaveLen(2))
		Expect(secondOdd.Stop()).To(Succeed())
		Eventually(e.leases(ctx)).Should(HaveLen(2))
	})

	It("look after their own recordings alone", func(ctx context.Context) {
		nobodys := e.recordAs("nobodys", 0, time.Minute)
		nobodys.Spec.State = v1alpha1.RecordingStateStopped
		Expect(k8sClient.Create(ctx, nobodys)).To(Succeed())
		ofEvens, ofOdds := adopt(ctx, even), adopt(ctx, odd)

		ofEven.Kill()
		patch(ctx, even, wantStopped)
		patch(ctx, odd, wantStopped)
		e.expectCompleted(ctx, odd, ofOdds)
		Expect(e.simulated(even)()).To(HaveField("StopRequests", 0))

		e.startReplica(ctx, "--watch-label-selector=shard=even")
		e.expectCompleted(ctx, even, ofEvens)
		Expect(e.simulated(nobodys)()).To(HaveField("StopRequests", 0))
		Expect(observe(ctx, nobodys)(Default)).To(And(
			HaveField("Finalizers", BeEmpty()), HaveField("Status.ObservedGeneration", BeEquivalentTo(-1))))
	})

	It("keep a Secret as long as a recording of either needs it", func(ctx context.Context) {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: secretName}}
		finalizers := func(g Gomega) []string {
			current := &corev1.Secret{}
			g.Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(secret), current)).To(Succeed())
			return current.Finalizers
		}
		ofEvens, ofOdds := adopt(ctx, even), adopt(ctx, odd)
		Eventually(finalizers).Should(ContainElement(v1alpha1.InUseFinalizer))
		patch(ctx, even, wantStopped)
		e.expectCompleted(ctx, even, ofEvens)
		Consistently(finalizers, time.Second).Should(ContainElement(v1alpha1.InUseFinalizer))
		patch(ctx, odd, wantStopped)
		e.expectCompleted(ctx, odd, ofOdds)
		Eventually(finalizers).Should(BeEmpty())
	})

	It("stop a recording that neither selects any more, after a restart, too", func(ctx context.Context) {
		known := adopt(ctx, even)
		ofEven.Kill()
		patch(ctx, even, `{"metadata":{"labels":{"shard":"nobodys"}}}`)
		e.startReplica(ctx, "--watch-label-selector=shard=even")
		Eventually(e.logs).Should(gbytes.Say("no longer match"))
		patch(ctx, even, wantStopped)
		e.expectCompleted(ctx, even, known)
		Eventually(observe(ctx, even)).Should(HaveField("Finalizers", BeEmpty()))
	})

	It("take over a recording whose label changes while both run", func(ctx context.Context) {
		known := adopt(ctx, even)
		ofOdds := adopt(ctx, odd)
		shard := observe(ctx, odd)(Default).Status.Shard
		patch(ctx, even, `{"metadata":{"labels":{"shard":"odd"}}}`)
		Eventually(observe(ctx, even)).Should(HaveField("Status.Shard", shard))
		ofEven.Kill()
		patch(ctx, even, wantStopped)
		patch(ctx, odd, wantStopped)
		e.expectCompleted(ctx, even, known)
		e.expectCompleted(ctx, odd, ofOdds)
	})

	It("take over a recording whose label changes", func(ctx context.Context) {
		known := adopt(ctx, even)
		ofEven.Kill()
		patch(ctx, even, `{"metadata":{"labels":{"shard":"odd"}},"spec":{"state":"Stopped"}}`)
		e.expectCompleted(ctx, even, known)
	})
})

var _ = Describe("Two managers with namespaces of their own", func() {
	It("have one leader each, and stop their own recordings", func(ctx context.Context) {
		first, second := newEnvironment(ctx), newEnvironment(ctx)
		for _, e := range []*environment{first, second} {
			e.createSecret(ctx)
			// Both leases are in one namespace.
			e.startReplica(ctx, first.electing()...)
		}
		Eventually(first.leases(ctx)).Should(HaveLen(2))
		for _, e := range []*environment{first, second} {
			recording := e.record(0, time.Minute)
			known := adopt(ctx, recording)
			patch(ctx, recording, wantStopped)
			e.expectCompleted(ctx, recording, known)
		}
	})
})
