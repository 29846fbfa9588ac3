// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications/unowned"
	"cloudrecording.dev/operator/controllers/recipients"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
)

// keepUnowned has the operator keep the recordings that no object has.
func (e *environment) keepUnowned(ctx context.Context, mgr ctrl.Manager, finder *recipients.Finder) *unowned.Tracker {
	GinkgoHelper()
	tracker := unowned.New(unowned.Options{
		Client: mgr.GetClient(), Namespace: e.namespace, HasOwner: finder.HasOwner, Recorder: mgr.GetEventRecorder("cloudrecording-operator"),
		Logger: mgr.GetLogger(), Clock: e.clock, WriteInterval: 20 * time.Millisecond, ReviewInterval: 20 * time.Millisecond,
	})
	Expect(tracker.SetupWithManager(ctx, mgr)).To(Succeed())
	Expect(tracker.Register(e.registry)).To(Succeed())
	return tracker
}

var _ = Describe("a recording of which Agora notifies", func() {
	const (
		metric = "cloudrecording_unowned_recordings"
		// longEnough is longer than a recording may be nobody's before it is reported.
		longEnough = time.Hour
	)

	beginKeeping := func(ctx context.Context) (*environment, *leapingClock) {
		GinkgoHelper()
		e, clock := newEnvironment(ctx, agorasim.Options{}), &leapingClock{}
		e.clock, e.receives, e.keepsUnowned = clock, true, true
		e.createSecret(ctx, customerSecret)
		e.run()
		return e, clock
	}
	reports := func(ctx context.Context, e *environment) func(Gomega) []eventsv1.Event {
		return func(g Gomega) []eventsv1.Event {
			events := &eventsv1.EventList{}
			g.Expect(k8sClient.List(ctx, events, client.InNamespace(e.namespace), client.MatchingFields{"reason": v1alpha1.UnownedRecordingReason})).To(Succeed())
			return events.Items
		}
	}

	It("is shown as nobody's after its object has left it, until another one has it", func(ctx context.Context) {
		e, clock := beginKeeping(ctx)
		lesson := e.record("lesson", nil)
		again := lesson.DeepCopy()
		e.adopt(ctx, lesson)
		patch(ctx, lesson, wantOrphan)
		Expect(k8sClient.Delete(ctx, lesson)).To(Succeed())
		e.eventuallyGone(ctx, lesson)

		e.notify(lesson, notify.EventUploadingProgress, notify.Details{"progress": 5000})
		Eventually(e.metric(metric)).Should(BeZero())
		clock.ahead.Add(int64(longEnough))
		Eventually(e.metric(metric)).Should(BeEquivalentTo(1))
		Eventually(reports(ctx, e)).Should(ConsistOf(HaveField("Note", ContainSubstring(lesson.Spec.SID))))

		By("adopting it once more")
		e.adopt(ctx, again)
		Eventually(e.metric(metric)).Should(BeEquivalentTo(-1), "nothing is known of any other")
	})

	It("is nobody's fault when it has ended before its object was deleted", func(ctx context.Context) {
		e, clock := beginKeeping(ctx)
		lesson := e.record("lesson", nil)
		e.adopt(ctx, lesson)
		Expect(k8sClient.Delete(ctx, lesson)).To(Succeed())
		e.eventuallyGone(ctx, lesson)

		e.notify(lesson, notify.EventUploadingProgress, notify.Details{"progress": 5000})
		Eventually(e.deliveries(lesson, notify.EventUploadingProgress)).Should(ContainElement(200))
		clock.ahead.Add(int64(10 * time.Minute))
		Consistently(reports(ctx, e)).Should(BeEmpty())
		err := k8sClient.Get(ctx, client.ObjectKey{Namespace: e.namespace, Name: v1alpha1.UnownedConfigMapName}, &corev1.ConfigMap{})
		Expect(client.IgnoreNotFound(err)).To(Succeed())
		Expect(err).To(HaveOccurred(), "nothing is written of it")
	})
})
