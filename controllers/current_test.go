// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
)

var _ = Describe("an operator whose cache lags behind", func() {
	It("starts nothing by what another leader has written over", func(ctx context.Context) {
		e, recording := leaveOff(ctx)
		lagging := &laggingClient{}
		lagging.shows.Store(observe(ctx, recording)(Default))
		// The resource ID came to nothing, and is not to be used again.
		Expect(k8sClient.Status().Patch(ctx, recording, client.RawPatch("application/merge-patch+json",
			[]byte(`{"status":{"resourceId":null,"startRequestedTime":null,"acquiredTime":null}}`)))).To(Succeed())

		starts, acquires := e.calls(faults.MethodStart)(), e.calls(faults.MethodAcquire)()
		e.through = lagging.through
		e.run()
		Eventually(lagging.reads.Load).Should(BeNumerically(">", 1))
		Consistently(e.calls(faults.MethodStart)).WithTimeout(time.Second).Should(Equal(starts))
		lagging.shows.Store(nil)
		Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(BeEmpty())))
		Expect(e.calls(faults.MethodAcquire)()).To(Equal(acquires + 1))
		Expect(e.agora.Recordings()).To(ConsistOf(HaveField("ResourceID", observe(ctx, recording)(Default).Status.ResourceID)))
	})

	It("keeps what another leader has started, whatever it asked for itself", func(ctx context.Context) {
		e := newEnvironmentWithToken(ctx)
		recording, lagging := startUnseen(ctx, e)

		acquires := e.calls(faults.MethodAcquire)()
		e.through = lagging.through
		e.run()
		Eventually(e.calls(faults.MethodAcquire)).Should(Equal(acquires + 1))
		lagging.shows.Store(nil)
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseRecording))
		Expect(e.agora.Recordings()).To(ConsistOf(HaveField("ResourceID", observe(ctx, recording)(Default).Status.ResourceID)))
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
	})

	It("drops no news of a session that it does not know yet", func(ctx context.Context) {
		e := newEnvironmentWithToken(ctx)
		e.receives = true
		recording, lagging := startUnseen(ctx, e)

		e.through = lagging.through
		e.run()
		started := recording.DeepCopy()
		started.Spec.SID = observe(ctx, recording)(Default).Status.SID
		e.notify(started, 45, notify.Details{"fileName": "told.jpg"})
		Eventually(e.deliveries(started, 45)).Should(ConsistOf(http.StatusOK))
		Eventually(observe(ctx, recording)).Should(HaveField("Status.FileList", ContainElement(HaveField("FileName", "told.jpg"))))
	})

	It("says once what is known of an object that goes", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		recording.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
		e.adopt(ctx, recording)
		e.stop()
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		lagging := &laggingClient{}
		lagging.shows.Store(observe(ctx, recording)(Default))
		e.through = lagging.through
		e.run()
		e.eventuallyGone(ctx, recording)
		Eventually(lagging.reads.Load).Should(BeNumerically(">", 2))
		Expect(strings.Count(string(e.logs.Contents()), "Releasing the object\t")).To(Equal(1))
	})

	It("stops nothing again that has gone, though another one has its name", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		recording.Spec.Upload.DeletionTimeout = &metav1.Duration{}
		e.adopt(ctx, recording)
		e.fault(faults.Fault{Method: faults.MethodStop, Effect: faults.EffectDropBeforeActing})
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(HaveField("Status.LastError.Operation", faults.MethodStop))
		e.stop()
		lagging := &laggingClient{}
		lagging.shows.Store(observe(ctx, recording)(Default))
		e.agora.ClearFaults()
		e.through = lagging.through
		e.run()
		e.eventuallyGone(ctx, recording)

		stops := e.requests("stop", recording)()
		namesake := e.record("lesson", nil)
		namesake.Spec.Suspend = true
		Expect(k8sClient.Create(ctx, namesake)).To(Succeed())
		touches := 0
		Consistently(func() int {
			touches++
			touch := fmt.Sprintf(`{"metadata":{"annotations":{"touched":"%d"}}}`, touches)
			Expect(k8sClient.Patch(ctx, namesake, client.RawPatch("application/merge-patch+json", []byte(touch)))).To(Succeed())
			return e.requests("stop", recording)()
		}).WithTimeout(4 * time.Second).WithPolling(100 * time.Millisecond).Should(Equal(stops))
		Eventually(observe(ctx, namesake)).Should(HaveField("Status.ObservedGeneration", namesake.Generation))
	})

	It("writes what it has learnt all the same", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.createSecret(ctx, customerSecret)
		recording := e.record("lesson", nil)
		recording.Spec.State = v1alpha1.RecordingStateStopped
		recording.Finalizers = []string{v1alpha1.StopFinalizer}
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		lagging := &laggingClient{}
		lagging.shows.Store(observe(ctx, recording)(Default))
		// Somebody else's write, which the cache never shows.
		Expect(k8sClient.Status().Patch(ctx, recording, client.RawPatch("application/merge-patch+json",
			[]byte(`{"status":{"fileList":[{"fileName":"somebody-else.m3u8"}]}}`)))).To(Succeed())
		e.through = lagging.through
		e.run()
		Eventually(observe(ctx, recording)).Should(And(
			haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.StopAcknowledgedReason),
			HaveField("Status.FileList", ContainElement(HaveField("FileName", "somebody-else.m3u8")))))
		Expect(e.requests("stop", recording)()).To(Equal(1))
	})
})

// startUnseen has a recording started, and ends the operator. It returns a client that
// shows the recording as it was before anything came of that.
func startUnseen(ctx context.Context, e *environment) (*v1alpha1.CloudRecording, *laggingClient) {
	GinkgoHelper()
	e.fault(faults.Fault{Method: faults.MethodAcquire, Effect: faults.EffectDropBeforeActing})
	e.run()
	recording := e.lessonToStart(nil)
	Expect(k8sClient.Create(ctx, recording)).To(Succeed())
	Eventually(observe(ctx, recording)).Should(HaveField("Status.LastError.Operation", faults.MethodAcquire))
	e.stop()
	lagging := &laggingClient{}
	lagging.shows.Store(observe(ctx, recording)(Default))
	e.agora.ClearFaults()
	e.run()
	Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(BeEmpty())))
	e.stop()
	return recording, lagging
}

// laggingClient reads an old version of a recording for as long as it is told to.
type laggingClient struct {
	client.Client
	shows atomic.Pointer[v1alpha1.CloudRecording]
	reads atomic.Int32
}

func (c *laggingClient) through(other client.Client) client.Client {
	c.Client = other
	return c
}

func (c *laggingClient) Get(ctx context.Context, name client.ObjectKey, object client.Object, options ...client.GetOption) error {
	recording, isRecording := object.(*v1alpha1.CloudRecording)
	old := c.shows.Load()
	if !isRecording || old == nil || client.ObjectKeyFromObject(old) != name {
		return c.Client.Get(ctx, name, object, options...)
	}
	c.reads.Add(1)
	old.DeepCopyInto(recording)
	return nil
}
