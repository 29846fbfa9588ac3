// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus/testutil"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// leapingClock is the real time, which can be put forward, and made to stand still.
type leapingClock struct {
	clock.RealClock
	ahead atomic.Int64
	// stopped is when it was made to stand still; nil while it goes.
	stopped atomic.Pointer[time.Time]
}

func (c *leapingClock) Now() time.Time {
	now := c.RealClock.Now()
	if stopped := c.stopped.Load(); stopped != nil {
		now = *stopped
	}
	return now.Add(time.Duration(c.ahead.Load()))
}

func (c *leapingClock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

// standStill keeps the time as it is, however long a spec takes, until proceed.
func (c *leapingClock) standStill() {
	now := c.RealClock.Now()
	c.stopped.Store(&now)
}

func (c *leapingClock) proceed() { c.stopped.Store(nil) }

// leap puts the operator's clock forward, and has it look at the recording.
func (e *environment) leap(ctx context.Context, recording *v1alpha1.CloudRecording, clock *leapingClock, by time.Duration) {
	GinkgoHelper()
	ahead := clock.ahead.Add(int64(by))
	patch(ctx, recording, fmt.Sprintf(`{"metadata":{"annotations":{%q:"%d"}}}`, v1alpha1.ReconcileAtAnnotation, ahead))
}

// lessonWithSessions returns a recording that may have several sessions.
func (e *environment) lessonWithSessions(change func(*v1alpha1.CloudRecordingSpec)) *v1alpha1.CloudRecording {
	return e.lessonToStart(func(spec *v1alpha1.CloudRecordingSpec) {
		spec.Start.AlternateUIDs = []string{"527842", "527843"}
		spec.Start.ResourceExpiredHour = 1
		change(spec)
	})
}

// shortly is how long before something is due a spec has the operator look, so that the operator
// then wakes by itself.
const shortly = 2 * time.Second

// leapTo puts the operator's clock forward to a time, and has it look at the recording.
func (e *environment) leapTo(ctx context.Context, recording *v1alpha1.CloudRecording, to time.Time) {
	GinkgoHelper()
	e.leap(ctx, recording, e.clock, time.Until(to)-time.Duration(e.clock.ahead.Load()))
}

func restartAlways(spec *v1alpha1.CloudRecordingSpec) {
	spec.RestartPolicy = v1alpha1.RestartPolicyAlways
}

func startNext(spec *v1alpha1.CloudRecordingSpec) {
	spec.Start.OnExpiry = v1alpha1.ExpiryPolicyStartNext
}

func isRecording(ctx context.Context, recording *v1alpha1.CloudRecording) *v1alpha1.CloudRecording {
	GinkgoHelper()
	Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason))
	return observe(ctx, recording)(Default)
}

var _ = Describe("a recording of several sessions", func() {
	// beginLeaping returns an environment whose operator's clock can be put forward.
	beginLeaping := func(ctx context.Context) (*environment, *leapingClock) {
		e := newEnvironmentWithBucket(ctx, agorasim.Options{ExitAfter: 300 * time.Millisecond})
		ahead := &leapingClock{}
		e.clock = ahead
		e.createSecret(ctx, customerSecret)
		e.createBucketSecret(ctx, bucketServer.SecretKey)
		Expect(k8sClient.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "token"},
			StringData: map[string]string{v1alpha1.TokenKey: channelToken, v1alpha1.TokenKey + "-527842": channelToken + "-2"},
		})).To(Succeed())
		e.run()
		return e, ahead
	}

	It("is started anew when its recorder ended by itself, and keeps the files of each session", func(ctx context.Context) {
		e, ahead := beginLeaping(ctx)
		recording := e.lessonWithSessions(restartAlways)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		first := isRecording(ctx, recording)
		Expect(e.agora.IdleOut(first.Status.SID)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseStarting),
			haveReady(metav1.ConditionFalse, v1alpha1.RestartingReason),
			Not(haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.RecordingEndedReason))))
		e.leap(ctx, recording, ahead, decision.RestartDelay)
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason),
			HaveField("Status.UID", "527842"),
			HaveField("Status.SID", Not(Or(BeEmpty(), Equal(first.Status.SID)))),
			HaveField("Status.Sessions", HaveLen(1))))
		Expect(e.agora.Recordings()).To(ConsistOf(
			And(HaveField("UID", "527841"), HaveField("Running", false)),
			And(HaveField("UID", "527842"), HaveField("Running", true))))
		Eventually(e.events(ctx, recording)).Should(ContainElement(HavePrefix(v1alpha1.RestartingReason + ": ")))

		patch(ctx, recording, wantStopped)
		e.leap(ctx, recording, ahead, time.Hour)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted),
			haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason)))
		last := observe(ctx, recording)(Default).Status
		Expect(last.Sessions[0].FileList).To(ContainElement(HaveField("FileName", ContainSubstring(first.Status.SID))))
		Expect(last.Sessions[0].UploadedReason).To(Equal(v1alpha1.VerifiedInStorageReason))
		Expect(last.FileList).To(ContainElement(HaveField("FileName", ContainSubstring(last.SID))))
		Expect(last.FileList).NotTo(ContainElement(HaveField("FileName", ContainSubstring(first.Status.SID))))
		Expect(last.FileCount).To(BeEquivalentTo(len(last.FileList) + len(last.Sessions[0].FileList)))
	})

	It("takes the token's Secret that is named while it runs for its next session", func(ctx context.Context) {
		e, ahead := beginLeaping(ctx)
		recording := e.lessonWithSessions(restartAlways)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		first := isRecording(ctx, recording)
		patch(ctx, recording, `{"spec":{"start":{"tokenSecretRef":{"name":"another-token"}}}}`)
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason), HaveField("Status.ObservedGeneration", BeEquivalentTo(2))))
		Expect(e.agora.IdleOut(first.Status.SID)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.RestartingReason))
		e.leap(ctx, recording, ahead, decision.RestartDelay)
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring(`Secret "another-token" does not exist`))))
		Expect(k8sClient.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "another-token"},
			StringData: map[string]string{v1alpha1.TokenKey: channelToken + "-3"},
		})).To(Succeed())
		Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(Or(BeEmpty(), Equal(first.Status.SID)))))
	})

	It("starts the next session before Agora would refuse to stop the one that runs", func(ctx context.Context) {
		e, ahead := beginLeaping(ctx)
		recording := e.lessonWithSessions(startNext)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		first := isRecording(ctx, recording)
		e.leap(ctx, recording, ahead, 55*time.Minute)
		Eventually(e.calls(faults.MethodStart)).Should(Equal(2))
		Eventually(func() []agorasim.Recording { return e.agora.Recordings() }).Should(ConsistOf(
			And(HaveField("SID", first.Status.SID), HaveField("Running", false), HaveField("StopsTaken", 1)),
			And(HaveField("UID", "527842"), HaveField("Running", true))))
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason),
			HaveField("Status.Sessions", ConsistOf(And(
				HaveField("SID", first.Status.SID),
				HaveField("StoppedReason", v1alpha1.StopAcknowledgedReason),
				HaveField("FileList", Not(BeEmpty()))))),
		))
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Expect(e.agora.Recordings()).To(HaveEach(HaveField("Running", false)))
	})

	It("starts no further session once the status can hold no more, and says so", func(ctx context.Context) {
		e, ahead := beginLeaping(ctx)
		recording := e.lessonWithSessions(restartAlways)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		last := isRecording(ctx, recording)
		var sessions []v1alpha1.SessionStatus
		for i := range lifecycle.MaxSessions {
			session := v1alpha1.SessionStatus{SID: fmt.Sprint("before-", i), Phase: v1alpha1.PhaseCompleted,
				FileList:      []v1alpha1.RecordedFile{{FileName: fmt.Sprintf("before-%d.m3u8", i)}},
				StoppedReason: v1alpha1.RecordingEndedReason, UploadedReason: v1alpha1.VerifiedInStorageReason}
			sessions = append(sessions, session)
		}
		full := last.DeepCopy()
		full.Status.Sessions = sessions
		Expect(k8sClient.Status().Patch(ctx, full, client.MergeFrom(last))).To(Succeed())
		Expect(e.agora.IdleOut(last.Status.SID)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.SessionLimitReachedReason),
			haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.RecordingEndedReason),
			HaveField("Status.FirstStartedTime", Equal(last.Status.FirstStartedTime)),
			HaveField("Status.Sessions", HaveLen(lifecycle.MaxSessions))))
		Eventually(e.events(ctx, recording)).Should(ContainElement(HavePrefix(v1alpha1.SessionLimitReachedReason + ": ")))
		e.leap(ctx, recording, ahead, time.Hour)
		Eventually(observe(ctx, recording)).Should(haveCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, v1alpha1.VerifiedInStorageReason))
		Expect(e.calls(faults.MethodStart)()).To(Equal(1))
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason))
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
	})

	It("warns that the control window ends, and stops in time", func(ctx context.Context) {
		e, ahead := beginLeaping(ctx)
		recording := e.lessonWithSessions(func(*v1alpha1.CloudRecordingSpec) {})
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		isRecording(ctx, recording)
		e.leap(ctx, recording, ahead, 54*time.Minute+30*time.Second)
		Eventually(observe(ctx, recording)).Should(And(
			haveCondition(v1alpha1.ExpiringCondition, metav1.ConditionTrue, v1alpha1.ControlWindowEndingReason),
			haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason)))
		Eventually(e.events(ctx, recording)).Should(ContainElement(HavePrefix(v1alpha1.ControlWindowEndingReason + ": ")))
		Eventually(func() error {
			return testutil.GatherAndCompare(e.registry, strings.NewReader(`
				# HELP cloudrecording_recordings_expiring Recordings that run and whose control window or token soon ends.
				# TYPE cloudrecording_recordings_expiring gauge
				cloudrecording_recordings_expiring 1
			`), "cloudrecording_recordings_expiring")
		}).Should(Succeed())
		e.leap(ctx, recording, ahead, 3*time.Minute)
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.ControlWindowEndedReason),
			haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.StopAcknowledgedReason),
			HaveField("Status.StopReason", v1alpha1.StopReasonControlWindow)))
		Expect(e.agora.Recordings()).To(ConsistOf(HaveField("Running", false)))
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason))
	})

	It("is stopped once spec.maxDuration is over", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.lessonToStart(func(spec *v1alpha1.CloudRecordingSpec) {
			spec.MaxDuration = &metav1.Duration{Duration: time.Hour}
		})
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		running := isRecording(ctx, recording)
		e.leapTo(ctx, recording, running.Status.FirstStartedTime.Add(time.Hour-shortly))
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted),
			haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason),
			HaveField("Status.StopReason", v1alpha1.StopReasonMaxDuration)))
		Expect(e.agora.Recordings()).To(ConsistOf(HaveField("Running", false)))
	})

	It("ends its adopted recording once spec.maxDuration is over", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		recording.Spec.MaxDuration = &metav1.Duration{Duration: 2 * time.Second}
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason))
		Expect(e.simulated(recording)()).To(HaveField("StopsTaken", 1))
	})

	It("goes on after the operator was restarted while one session took the place of another", func(ctx context.Context) {
		e, ahead := beginLeaping(ctx)
		recording := e.lessonWithSessions(startNext)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		first := isRecording(ctx, recording)
		e.fault(faults.Fault{Method: faults.MethodAcquire, Effect: faults.EffectDropBeforeActing})
		e.leap(ctx, recording, ahead, 55*time.Minute)
		Eventually(observe(ctx, recording)).Should(HaveField("Status.Sessions", HaveLen(1)))
		e.stop()
		e.agora.ClearFaults()
		e.run()
		Eventually(func() []agorasim.Recording { return e.agora.Recordings() }).Should(ConsistOf(
			And(HaveField("SID", first.Status.SID), HaveField("Running", false), HaveField("StopsTaken", 1)),
			HaveField("Running", true)))
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Expect(e.agora.Recordings()).To(HaveEach(HaveField("Running", false)))
	})
})
