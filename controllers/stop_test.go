// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gstruct"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

var _ = Describe("stopping a recording", func() {
	It("ends with its files in the status", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", func(o *agorasim.RecordingOptions) { o.AvFileType = []string{"hls", "mp4"} })
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)

		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
		current := observe(ctx, recording)(Default)
		Expect(current).To(And(
			haveReady(metav1.ConditionTrue, v1alpha1.UploadedReason),
			haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.StopAcknowledgedReason),
			haveCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, v1alpha1.ReportedByAgoraReason)))
		Expect(current.Status.SessionStatus).To(gstruct.MatchFields(gstruct.IgnoreExtras, gstruct.Fields{
			"UploadingStatus":   Equal("uploaded"),
			"FileListMode":      Equal("json"),
			"FileCount":         BeEquivalentTo(2),
			"StopRequestedTime": Not(BeNil()),
			"StoppedTime":       Not(BeNil()),
			"UploadedTime":      Not(BeNil()),
			"LastError":         BeNil(),
		}))
		for _, file := range current.Status.FileList {
			Expect(file).To(gstruct.MatchFields(gstruct.IgnoreExtras, gstruct.Fields{
				"FileName": HavePrefix(recording.Spec.SID), "TrackType": Equal("audio_and_video"), "UID": Equal("0"),
				"MixedAllUser": HaveValue(BeTrue()), "SliceStartTime": HaveValue(BeNumerically(">", int64(1e12))),
			}))
		}
		Expect(e.simulated(recording)().StopRequests).To(Equal(1))
		Eventually(e.events(ctx, recording)).Should(ContainElement(
			Equal("ReportedByAgora: Agora accepted the stop. Agora reported that all files are uploaded.")))
		Expect(e.events(ctx, recording)(Default)).NotTo(ContainElement(HavePrefix("StopAcknowledged: ")))
	})

	It("takes one write where nothing new is to be saved", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		before, wanted := len(e.writes.of("cloudrecordings")), time.Now()
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted),
			HaveField("Status.StopRequestedTime", Not(BeNil()))))
		// On a slow machine, the stop may take so long that it is shown.
		most := 1 + min(int(time.Since(wanted)/stopShownAfter), 1)
		Consistently(func() int { return len(e.writes.of("cloudrecordings")) - before }).WithTimeout(500 * time.Millisecond).
			Should(And(BeNumerically(">=", 1), BeNumerically("<=", most)))
	})

	It("shows that it is being stopped where Agora takes its time", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		stops := e.holdAnswers(agora.MethodStop)
		e.createSecret(ctx, customerSecret)
		e.run()
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseStopping),
			haveCondition(v1alpha1.ReconcilingCondition, metav1.ConditionTrue, v1alpha1.StoppingReason),
			HaveField("Status.StopRequestedTime", Not(BeNil()))))
		stops.release()
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
		Expect(e.requests("stop", recording)()).To(Equal(1))
	})

	It("takes three writes for an object that is applied as Stopped, and one for its deletion", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		recording.Spec.State = v1alpha1.RecordingStateStopped
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))

		path := fmt.Sprintf("PATCH /apis/cloudrecording.dev/v1alpha1/namespaces/%s/cloudrecordings/lesson", e.namespace)
		finalizer, beforeStop, outcome := path, path+"/status", path+"/status"
		Expect(e.writes.of("cloudrecordings")).To(Equal([]string{finalizer, beforeStop, outcome}))
		Consistently(func() []string { return e.writes.of("cloudrecordings") }).WithTimeout(500 * time.Millisecond).Should(HaveLen(3))

		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Expect(e.writes.of("cloudrecordings")).To(Equal([]string{finalizer, beforeStop, outcome, path}))
	})

	DescribeTable("keeps what each mode reports",
		func(ctx context.Context, change func(*agorasim.RecordingOptions), fileListMode string, files int) {
			e := begin(ctx, agorasim.Options{})
			recording := e.record("lesson", change)
			e.adopt(ctx, recording)
			patch(ctx, recording, wantStopped)
			Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
			status := observe(ctx, recording)(Default).Status
			Expect(status.UploadingStatus).To(Equal("uploaded"))
			Expect(status.FileListMode).To(Equal(fileListMode))
			Expect(status.FileList).To(HaveLen(files))
		},
		Entry("individual", func(o *agorasim.RecordingOptions) { o.Mode = recorder.ModeIndividual }, "json", 2),
		Entry("individual with screenshots", func(o *agorasim.RecordingOptions) { o.Mode = recorder.ModeIndividual; o.Snapshot = true }, "", 0),
		Entry("mix", func(o *agorasim.RecordingOptions) { o.Mode = recorder.ModeMix }, "string", 1),
		Entry("web", func(o *agorasim.RecordingOptions) { o.Mode = recorder.ModeWeb; o.AvFileType = []string{"hls", "mp4"} }, "", 2),
	)

	It("ends without files where nobody has published", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", func(o *agorasim.RecordingOptions) { o.NothingRecorded = true })
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted),
			haveReady(metav1.ConditionTrue, v1alpha1.NoRecordedDataReason),
			haveCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, v1alpha1.NoRecordedDataReason)))
	})

	It("is found out when its reply was lost", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", func(o *agorasim.RecordingOptions) {
			o.ExitAfter = &metav1.Duration{Duration: time.Minute}
		})
		e.adopt(ctx, recording)
		e.fault(faults.Fault{Method: faults.MethodStop, Times: 1, Effect: faults.EffectDropAfterActing})
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseUploading),
			haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.AlreadyExitingReason),
			haveReady(metav1.ConditionFalse, v1alpha1.UploadPendingReason),
			HaveField("Status.FileList", Not(BeEmpty()))))
		Expect(e.simulated(recording)().StopsTaken).To(Equal(1))
	})

	It("is found out when its reply was lost and the recorder has gone since", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", func(o *agorasim.RecordingOptions) { o.ExitAfter = &metav1.Duration{} })
		e.adopt(ctx, recording)
		e.fault(faults.Fault{Method: faults.MethodStop, Effect: faults.EffectCutBody})
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(HaveField("Status.LastError.Operation", "stop"))
		e.agora.ClearFaults()
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseUploading),
			haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.RecordingEndedReason),
			haveCondition(v1alpha1.UploadedCondition, metav1.ConditionUnknown, v1alpha1.NotReportedReason),
			HaveField("Status.FileList", Not(BeEmpty())),
			HaveField("Status.LastError", BeNil())))
	})

	DescribeTable("is tried again, and says why, after an answer that makes no sense",
		func(ctx context.Context, fault faults.Fault, status int32, reason string) {
			e := begin(ctx, agorasim.Options{})
			recording := e.record("lesson", nil)
			e.adopt(ctx, recording)
			fault.Method = faults.MethodStop
			e.fault(fault)
			patch(ctx, recording, wantStopped)
			Eventually(observe(ctx, recording)).Should(And(
				havePhase(v1alpha1.PhaseStopping),
				haveReady(metav1.ConditionFalse, v1alpha1.AgoraUnavailableReason),
				haveCondition(v1alpha1.ReconcilingCondition, metav1.ConditionTrue, v1alpha1.AgoraUnavailableReason),
				HaveField("Status.LastError", HaveValue(gstruct.MatchFields(gstruct.IgnoreExtras, gstruct.Fields{
					"Operation": Equal("stop"), "HTTPStatus": Equal(status), "Reason": ContainSubstring(reason),
				})))))
			e.agora.ClearFaults()
			Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
			Expect(e.simulated(recording)().StopsTaken).To(Equal(1))
		},
		Entry("a gateway's page", faults.Fault{Effect: faults.EffectGatewayPage}, int32(502), "not valid JSON"),
		Entry("a page with status 200", faults.Fault{Effect: faults.EffectAnswer, Status: 200, Body: "<html>"}, int32(200), "not valid JSON"),
		Entry("an empty object", faults.Fault{Effect: faults.EffectAnswer, Status: 200, Body: "{}"}, int32(200), ""),
		Entry("an empty body", faults.Fault{Effect: faults.EffectAnswer, Status: 200}, int32(200), "empty"),
		Entry("206 with 65", faults.Fault{Effect: faults.EffectAnswer, Status: 206, Body: `{"code":65,"reason":"request not completed"}`}, int32(206), "request not completed"),
		Entry("a connection that ends", faults.Fault{Effect: faults.EffectDropBeforeActing}, int32(0), "connection ended"),
	)

	It("asks for a person when Agora takes no more calls, and lets go only by Orphan", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		e.fault(faults.Fault{Effect: faults.EffectAnswer, Status: 400, Body: `{"code":433,"reason":"resource expired"}`})
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.ResourceExpiredReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.ResourceExpiredReason),
			WithTransform(message, And(ContainSubstring("still be running and billed"), ContainSubstring("spec.deletionPolicy to Orphan")))))
		Eventually(e.events(ctx, recording)).Should(ContainElement(HavePrefix("ResourceExpired: ")))
		patch(ctx, recording, wantOrphan)
		e.eventuallyGone(ctx, recording)
		Expect(e.simulated(recording)().Running).To(BeTrue())
	})

	DescribeTable("waits for the account's limit when Agora says so", func(ctx context.Context, fault faults.Fault) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		fault.Method = faults.MethodStop
		e.fault(fault)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.RateLimitedReason))
		e.agora.ClearFaults()
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
	},
		Entry("by 429", faults.Fault{Effect: faults.EffectAnswer, Status: 429, Body: `{"message":"API rate limit exceeded"}`}),
		Entry("by a 400 that speaks of it", faults.Fault{Effect: faults.EffectTooManyRequests}),
	)

	It("is tried again when Agora refuses the token of the recording", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		e.fault(faults.Fault{Method: faults.MethodStop, Effect: faults.EffectAnswer, Status: 400, Body: `{"code":109}`})
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseStopping),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.TokenRejectedReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring("the one that the recording was started with"))))
		e.agora.ClearFaults()
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
		Expect(e.simulated(recording)().StopsTaken).To(Equal(1))
	})

	It("is not held up by a query that hangs", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.createSecret(ctx, customerSecret)
		e.run()
		recording := e.record("lesson", nil)
		e.fault(faults.Fault{Method: faults.MethodQuery, Effect: faults.EffectHang})
		recording.Spec.State = v1alpha1.RecordingStateStopped
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
	})

	It("stops a recorder again that goes on after an acknowledged stop", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		e.fault(faults.Fault{
			Method: faults.MethodStop, Times: 1, Effect: faults.EffectAnswer, Status: 200,
			Body: fmt.Sprintf(`{"resourceId":%q,"sid":%q,"serverResponse":{"uploadingStatus":"unknow"}}`, recording.Spec.ResourceID, recording.Spec.SID),
		})
		patch(ctx, recording, wantStopped)
		Eventually(e.requests("stop", recording)).Should(Equal(2))
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
		Expect(e.simulated(recording)().Running).To(BeFalse())
	})

	It("keeps a reply that cannot be written, and writes it without a second stop", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		stops := e.holdAnswers(agora.MethodStop)
		e.createSecret(ctx, customerSecret)
		e.run()
		recording := e.record("lesson", nil)
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(e.requests("stop", recording)).Should(Equal(1))
		e.writes.setRefuse(true)
		stops.release()
		Eventually(e.simulated(recording)).Should(HaveField("Exited", true))
		Consistently(observe(ctx, recording)).WithTimeout(500 * time.Millisecond).Should(
			HaveField("Status.Phase", BeElementOf(v1alpha1.PhaseRecording, v1alpha1.PhaseStopping)))
		e.writes.setRefuse(false)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted),
			haveCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, v1alpha1.ReportedByAgoraReason)))
		Expect(e.requests("stop", recording)()).To(Equal(1))
	})

	It("lets a stop under way end, and writes its answer, before the operator hands over", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", func(o *agorasim.RecordingOptions) {
			o.UploadDuration = &metav1.Duration{Duration: time.Second}
		})
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(e.requests("stop", recording)).Should(Equal(1))
		e.stop()
		Expect(observe(ctx, recording)(Default)).To(havePhase(v1alpha1.PhaseCompleted))
	})

	It("writes the answer for an object that has left the watched labels meanwhile", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.selector = labels.SelectorFromSet(labels.Set{"shard": "a"})
		e.createSecret(ctx, customerSecret)
		e.run()
		recording := e.record("lesson", func(o *agorasim.RecordingOptions) {
			o.UploadDuration = &metav1.Duration{Duration: 2 * time.Second}
		})
		recording.Labels = map[string]string{"shard": "a"}
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(e.requests("stop", recording)).Should(Equal(1))
		patch(ctx, recording, `{"metadata":{"labels":{"shard":"b"}}}`)
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
		Expect(e.requests("stop", recording)()).To(Equal(1))
	})

	It("does not hold up others, however many are under way", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.settings.PollInterval = time.Minute
		slowStops := e.holdAnswers(agora.MethodStop)
		slowStops.except = "quick"
		e.createSecret(ctx, customerSecret)
		e.run()
		const slow = 200
		for i := range slow {
			recording := e.record(fmt.Sprintf("slow-%d", i), nil)
			recording.Spec.State = v1alpha1.RecordingStateStopped
			recording.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
			Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		}
		underWay := func() int {
			stopped := 0
			for _, recording := range e.agora.Recordings() {
				stopped += recording.StopsTaken
			}
			return stopped
		}
		Eventually(underWay).Should(Equal(slow))

		quick := e.record("quick", nil)
		quick.Spec.State = v1alpha1.RecordingStateStopped
		Expect(k8sClient.Create(ctx, quick)).To(Succeed())
		Eventually(observe(ctx, quick)).Should(havePhase(v1alpha1.PhaseCompleted))
	})

	It("goes unsaid as long as it waits for its turn", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		// None is polled meanwhile, so that one is still to come when another has ended.
		e.settings.RequestsPerSecond, e.settings.PollInterval = 1, time.Hour
		e.createSecret(ctx, customerSecret)
		e.run()
		var waiting []*v1alpha1.CloudRecording
		for i := range 6 {
			recording := e.record(fmt.Sprintf("lesson-%d", i), nil)
			e.adopt(ctx, recording)
			waiting = append(waiting, recording)
		}
		before := len(e.writes.of("cloudrecordings"))
		e.clock.standStill()
		for _, recording := range waiting {
			patch(ctx, recording, wantStopped)
		}
		ended := func() (count int) {
			for _, recording := range waiting {
				current := observe(ctx, recording)(Default)
				if lifecycle.HasEnded(&current.Status.SessionStatus) {
					count++
					continue
				}
				if current.Status.ObservedGeneration == current.Generation {
					// On a slow machine, the answer may be long in coming once the turn has come.
					Expect(e.simulated(recording)().StopRequests).To(BeNumerically(">", 0))
					continue
				}
				Expect(current).To(havePhase(v1alpha1.PhaseRecording))
			}
			return count
		}
		// At each such step one has its turn.
		for called := range 2 {
			e.clock.ahead.Add(int64(1100 * time.Millisecond))
			Eventually(ended).Should(And(BeNumerically(">", called), BeNumerically("<", len(waiting))))
		}
		e.clock.proceed()
		Eventually(ended).Should(Equal(len(waiting)))
		Eventually(func() []string { return e.writes.of("cloudrecordings") }).Should(HaveLen(before + len(waiting)))
	})

	It("keeps to the account's limit", func(ctx context.Context) {
		const limit, recordings = 20, 2 * 20
		e := newEnvironment(ctx, agorasim.Options{})
		e.settings.RequestsPerSecond = limit
		e.callLog = &callLog{}
		e.createSecret(ctx, customerSecret)
		e.run()
		for i := range recordings {
			recording := e.record(fmt.Sprintf("lesson-%d", i), nil)
			recording.Spec.State = v1alpha1.RecordingStateStopped
			Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		}
		running := func() int {
			count := 0
			for _, recording := range e.agora.Recordings() {
				if recording.Running {
					count++
				}
			}
			return count
		}
		Eventually(running).Should(BeZero())
		Expect(e.agora.Accounts()).To(ConsistOf(HaveField("Requests", BeNumerically(">=", recordings))))
		Expect(e.callLog.shortestSpan(limit + 1)).To(BeNumerically(">=", time.Second))
	})
})

var _ = Describe("following an upload", func() {
	It("goes on while it is backuped, without calls once the recorder has gone", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", func(o *agorasim.RecordingOptions) {
			o.UploadingStatus = agora.Backuped
			o.ExitAfter = &metav1.Duration{Duration: time.Second}
		})
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseUploading),
			haveReady(metav1.ConditionFalse, v1alpha1.UploadPendingReason),
			haveCondition(v1alpha1.ReconcilingCondition, metav1.ConditionTrue, v1alpha1.UploadPendingReason),
			haveCondition(v1alpha1.UploadedCondition, metav1.ConditionFalse, v1alpha1.BackupedReason)))
		Eventually(observe(ctx, recording)).Should(HaveField("Status.NotFoundSince", Not(BeNil())))
		calls := len(e.agora.Requests())
		Consistently(func() int { return len(e.agora.Requests()) }).WithTimeout(1500 * time.Millisecond).Should(Equal(calls))
		Expect(e.requests("stop", recording)()).To(Equal(1))
	})

	It("asks for a person after confirmTimeout", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", func(o *agorasim.RecordingOptions) { o.UploadingStatus = agora.Unknow })
		recording.Spec.Upload.ConfirmTimeout = &metav1.Duration{Duration: time.Hour}
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.UploadPendingReason))
		e.leapTo(ctx, recording, observe(ctx, recording)(Default).Status.StoppedTime.Add(time.Hour-shortly))
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseUploading),
			haveReady(metav1.ConditionFalse, v1alpha1.UploadNotConfirmedReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.UploadNotConfirmedReason),
			haveCondition(v1alpha1.UploadedCondition, metav1.ConditionUnknown, v1alpha1.NotReportedReason)))
	})

	It("knows nothing of the files after an asynchronous stop", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("lesson", func(o *agorasim.RecordingOptions) { o.Mode = recorder.ModeIndividual })
		recording.Spec.AsyncStop = ptr.To(true)
		e.adopt(ctx, recording)
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseUploading),
			haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.StopAcknowledgedReason),
			haveCondition(v1alpha1.UploadedCondition, metav1.ConditionUnknown, v1alpha1.NotReportedReason),
			HaveField("Status.FileList", Not(BeEmpty()))))
	})
})

// fault breaks something at Agora.
func (e *environment) fault(fault faults.Fault) {
	GinkgoHelper()
	_, err := e.agora.AddFault(fault)
	Expect(err).NotTo(HaveOccurred())
}
