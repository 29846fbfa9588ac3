// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// channelToken is a token, of which nothing may be seen anywhere.
const channelToken = "s3cr3t-channel-token"

// lessonToStart returns a recording that is to be started.
func (e *environment) lessonToStart(change func(*v1alpha1.CloudRecordingSpec)) *v1alpha1.CloudRecording {
	recording := &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "lesson"},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: "0123456789abcdef0123456789abcdef", CName: "lesson", UID: "527841", Mode: v1alpha1.MixMode,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: "agora"},
			Start: &v1alpha1.StartSpec{
				TokenSecretRef:  &v1alpha1.TokenSecretReference{Name: "token"},
				RecordingConfig: &v1alpha1.RecordingConfig{ChannelType: 1, StreamTypes: 2, MaxIdleTime: 300},
			},
			Storage: e.storage(),
		},
	}
	recording.Spec.Storage.CredentialsSecretRef = &v1alpha1.StorageSecretReference{Name: "bucket"}
	recording.Spec.Storage.ReadCredentialsSecretRef = nil
	if change != nil {
		change(&recording.Spec)
	}
	return recording
}

func (e *environment) createToken(ctx context.Context) { e.createTokenIn(ctx, "token") }

// createTokenIn creates a Secret of a name with the token.
func (e *environment) createTokenIn(ctx context.Context, name string) {
	GinkgoHelper()
	Expect(k8sClient.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name},
		StringData: map[string]string{v1alpha1.TokenKey: channelToken},
	})).To(Succeed())
}

// beginWithToken returns an environment in which recordings can be started.
func beginWithToken(ctx context.Context) *environment {
	GinkgoHelper()
	e := beginWithBucket(ctx, agorasim.Options{ExitAfter: 300 * time.Millisecond})
	e.createToken(ctx)
	return e
}

// newEnvironmentWithToken returns an environment with all Secrets that a start
// needs, whose operator does not run yet.
func newEnvironmentWithToken(ctx context.Context) *environment {
	GinkgoHelper()
	e := newEnvironmentWithBucket(ctx, agorasim.Options{ExitAfter: 300 * time.Millisecond})
	e.createSecret(ctx, customerSecret)
	e.createBucketSecret(ctx, bucketServer.SecretKey)
	e.createToken(ctx)
	return e
}

// leaveOff returns an environment whose operator has ended while a recording was
// being started, before any start took effect.
func leaveOff(ctx context.Context) (*environment, *v1alpha1.CloudRecording) {
	GinkgoHelper()
	e := newEnvironmentWithToken(ctx)
	e.fault(faults.Fault{Method: faults.MethodStart, Effect: faults.EffectDropBeforeActing})
	e.run()
	recording := e.lessonToStart(nil)
	Expect(k8sClient.Create(ctx, recording)).To(Succeed())
	Eventually(observe(ctx, recording)).Should(HaveField("Status.StartRequestedTime", Not(BeNil())))
	Eventually(e.calls(faults.MethodStart)).Should(BeNumerically(">", 0))
	e.stop()
	e.agora.ClearFaults()
	return e, recording
}

// calls counts the requests of a method.
func (e *environment) calls(method string) func() int {
	return func() int {
		count := 0
		for _, request := range e.agora.Requests() {
			if request.Method == method {
				count++
			}
		}
		return count
	}
}

var _ = Describe("a recording that is to be started", func() {
	It("is started once, comes up, and is stopped", func(ctx context.Context) {
		e := newEnvironmentWithToken(ctx)
		queries := e.holdAnswers(agora.MethodQuery)
		e.run()
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseStarting),
			haveReady(metav1.ConditionFalse, v1alpha1.StartingReason),
			HaveField("Status.SID", Not(BeEmpty()))))
		queries.release()
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseRecording),
			haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason)))

		current := observe(ctx, recording)(Default)
		Expect(e.agora.Recordings()).To(ConsistOf(And(
			HaveField("SID", current.Status.SID), HaveField("ResourceID", current.Status.ResourceID),
			HaveField("Mode", "mix"), HaveField("Running", true))))
		Expect(e.calls(faults.MethodAcquire)()).To(Equal(1))
		Expect(e.calls(faults.MethodStart)()).To(Equal(1))
		Expect(len(e.writes.of("cloudrecordings"))).To(BeNumerically("<=", 5), "finalizer, resource ID, start, sid, ready")

		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted),
			haveCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, v1alpha1.ReportedByAgoraReason)))
		Expect(e.agora.Recordings()).To(ConsistOf(HaveField("StopsTaken", 1)))
	})

	It("is not complete without the MP4 file that it was started for, whatever Agora says", func(ctx context.Context) {
		e := beginWithBucket(ctx, agorasim.Options{ExitAfter: 300 * time.Millisecond, Upload: recorder.Upload{MissingMP4: true}})
		e.createToken(ctx)
		recording := e.lessonToStart(func(spec *v1alpha1.CloudRecordingSpec) {
			spec.Start.RecordingFileConfig = &v1alpha1.RecordingFileConfig{AVFileType: []v1alpha1.AVFileType{v1alpha1.AVFileTypeHLS, v1alpha1.AVFileTypeMP4}}
		})
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(havePhase(v1alpha1.PhaseRecording), HaveField("Status.MP4Requested", BeTrue())))

		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseUploading),
			haveReady(metav1.ConditionFalse, v1alpha1.UploadPendingReason),
			haveCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, v1alpha1.ReportedByAgoraReason),
			haveCondition(v1alpha1.VerifiedCondition, metav1.ConditionFalse, v1alpha1.FilesMissingReason),
			HaveField("Status.Conditions", ContainElement(And(
				HaveField("Type", v1alpha1.VerifiedCondition), HaveField("Message", ContainSubstring("there is no MP4 file, and spec.start asked for one")))))))
	})

	It("is started by one request after the other for its resource ID", func(ctx context.Context) {
		e := beginWithToken(ctx)
		// The operator waits a second after it has begun before it calls anybody.
		e.adopt(ctx, e.record("another", nil))
		e.clock.standStill()
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(BeEmpty())), "no time passes for the operator")
	})

	It("is not begun, nor called for, if it is not wanted any more", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.lessonToStart(func(spec *v1alpha1.CloudRecordingSpec) { spec.State = v1alpha1.RecordingStateStopped })
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhaseCompleted),
			haveReady(metav1.ConditionTrue, v1alpha1.NothingToStopReason),
			haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.NothingToStopReason)))
		Expect(e.agora.Requests()).To(BeEmpty())
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
	})

	It("waits for its Secrets, and says which one is missing", func(ctx context.Context) {
		e := beginWithBucket(ctx, agorasim.Options{})
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring(`Secret "token" does not exist`))))
		Expect(e.agora.Requests()).To(BeEmpty())
		e.createToken(ctx)
		Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(BeEmpty())))
	})

	It("takes no other key of a Secret that anybody may name", func(ctx context.Context) {
		e := beginWithBucket(ctx, agorasim.Options{})
		recording := e.lessonToStart(func(spec *v1alpha1.CloudRecordingSpec) { spec.Start.TokenSecretRef.Name = "agora" })
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring("lacks the key token"))))
		Expect(e.agora.Requests()).To(BeEmpty())
	})

	It("is refused, corrected by an edit, and started", func(ctx context.Context) {
		e := beginWithToken(ctx)
		e.fault(faults.Fault{
			Method: faults.MethodStart, Times: 1, Effect: faults.EffectAnswer, Status: http.StatusBadRequest,
			Body: `{"code":2,"reason":"invalid bitrate, token ` + channelToken + `"}`,
		})
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.InvalidRequestReason),
			haveMessage(v1alpha1.ReadyCondition, And(ContainSubstring("invalid bitrate"), Not(ContainSubstring(channelToken))))))
		Expect(e.agora.Recordings()).To(BeEmpty())
		patch(ctx, recording, `{"spec":{"start":{"recordingConfig":{"maxIdleTime":60}}}}`)
		Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(BeEmpty())))
		Expect(e.agora.Recordings()).To(HaveLen(1))
	})

	It("names the Secret with a token that Agora refuses, and is started with another one", func(ctx context.Context) {
		e := beginWithToken(ctx)
		e.fault(faults.Fault{
			Method: faults.MethodStart, Times: 1, Effect: faults.EffectAnswer, Status: http.StatusBadRequest, Body: `{"code":109}`,
		})
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.TokenRejectedReason),
			haveMessage(v1alpha1.ReadyCondition, And(ContainSubstring(`Secret "token"`), ContainSubstring("It has expired.")))))
		token := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: recording.Spec.Start.TokenSecretRef.Name}}
		patch(ctx, token, `{"stringData":{"token":"s3cr3t-another-token"}}`)
		Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(BeEmpty())))
		Expect(e.agora.Recordings()).To(HaveLen(1))
	})

	It("says that cloud recording is not enabled for the App ID", func(ctx context.Context) {
		const appID = "fedcba9876543210fedcba9876543210"
		e := beginWithBucket(ctx, agorasim.Options{AppIDsWithoutRecording: []string{appID}})
		e.createToken(ctx)
		recording := e.lessonToStart(func(spec *v1alpha1.CloudRecordingSpec) { spec.AppID = appID })
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.NotEnabledReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring("is not enabled for the App ID "+appID))))
		Expect(e.calls(faults.MethodStart)()).To(BeZero())
	})

	It("is not started a second time if the answer was lost, and says what runs", func(ctx context.Context) {
		e := beginWithToken(ctx)
		e.fault(faults.Fault{Method: faults.MethodStart, Times: 1, Effect: faults.EffectDropAfterActing})
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.SIDUnknownReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring("maxIdleTime"))))
		Expect(e.agora.Recordings()).To(HaveLen(1))
		patch(ctx, recording, wantOrphan)
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
	})

	It("is not begun any more once it is deleted, if Agora has refused it for the account's limit", func(ctx context.Context) {
		e := beginWithToken(ctx)
		e.fault(faults.Fault{Method: faults.MethodStart, Effect: faults.EffectAnswer, Status: http.StatusTooManyRequests, Body: `{"message":"too many requests"}`})
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(HaveField("Status.LastError", HaveValue(HaveField("HTTPStatus", int32(http.StatusTooManyRequests)))))
		Eventually(observe(ctx, recording)).Should(HaveField("Status.StartRequestedTime", BeNil()))
		token := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: recording.Spec.Start.TokenSecretRef.Name}}
		Expect(k8sClient.Delete(ctx, token)).To(Succeed())
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		e.agora.ClearFaults()
		calls := e.calls(faults.MethodStart)()
		Consistently(e.calls(faults.MethodStart)).WithTimeout(2 * time.Second).Should(Equal(calls))
		Expect(e.agora.Recordings()).To(BeEmpty())
	})

	It("is found by Agora's notification if the answer was lost", func(ctx context.Context) {
		e := newEnvironmentWithBucket(ctx, agorasim.Options{ExitAfter: 300 * time.Millisecond})
		e.createSecret(ctx, customerSecret)
		e.createBucketSecret(ctx, bucketServer.SecretKey)
		e.createToken(ctx)
		e.receives = true
		e.run()
		e.fault(faults.Fault{Method: faults.MethodStart, Times: 1, Effect: faults.EffectDropAfterActing})
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseRecording))
		Expect(e.agora.Recordings()).To(ConsistOf(HaveField("SID", observe(ctx, recording)(Default).Status.SID)))
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(
			haveCondition(v1alpha1.StoppedCondition, metav1.ConditionTrue, v1alpha1.StopAcknowledgedReason))
	})

	It("is started with another resource ID where the first one came to nothing", func(ctx context.Context) {
		e := beginWithToken(ctx)
		e.fault(faults.Fault{
			Method: faults.MethodStart, Times: 1, Effect: faults.EffectAnswer, Status: http.StatusInternalServerError,
			Body: `{"code":502,"reason":"Failed to allocate worker"}`,
		})
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(BeEmpty())))
		Expect(e.calls(faults.MethodAcquire)()).To(Equal(2))
		Expect(e.agora.Recordings()).To(HaveLen(1))
	})

	It("is not started where another one runs", func(ctx context.Context) {
		e := beginWithToken(ctx)
		e.record("lesson", nil)
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.TaskConflictReason))
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.eventuallyGone(ctx, recording)
		Expect(e.agora.Recordings()).To(ConsistOf(HaveField("Running", true)))
	})

	It("goes on where another process left off", func(ctx context.Context) {
		e, recording := leaveOff(ctx)
		e.run()
		Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(BeEmpty())))
		Expect(e.agora.Recordings()).To(HaveLen(1))
	})

	It("is stopped though its token is deleted with it, as a namespace deletes both", func(ctx context.Context) {
		e := beginWithToken(ctx)
		e.fault(faults.Fault{Method: faults.MethodStart, Effect: faults.EffectDropBeforeActing})
		recording := e.lessonToStart(nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(HaveField("Status.StartRequestedTime", Not(BeNil())))
		token := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: recording.Spec.Start.TokenSecretRef.Name}}
		Eventually(func(g Gomega) []string {
			g.Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(token), token)).To(Succeed())
			return token.Finalizers
		}).Should(ContainElement(v1alpha1.InUseFinalizer))

		Expect(k8sClient.Delete(ctx, token)).To(Succeed())
		Expect(k8sClient.Delete(ctx, recording)).To(Succeed())
		e.agora.ClearFaults()
		e.eventuallyGone(ctx, recording)
		Expect(e.agora.Recordings()).To(HaveEach(HaveField("Running", false)))
		Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(token), token) }).
			Should(Satisfy(apierrors.IsNotFound))
	})

	It("does not send keys to an address that is not allowed", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.lessonToStart(func(spec *v1alpha1.CloudRecordingSpec) { spec.Storage.Endpoint = "evil.example.com" })
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring("--allowed-storage-endpoints"))))
		Expect(e.agora.Requests()).To(BeEmpty())
	})

	DescribeTable("is started in each mode", func(ctx context.Context, change func(*v1alpha1.CloudRecordingSpec)) {
		e := beginWithToken(ctx)
		recording := e.lessonToStart(change)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(HaveField("Status.SID", Not(BeEmpty())))
		Expect(e.agora.Recordings()).To(ConsistOf(HaveField("Mode", string(recording.Spec.Mode))))
	},
		Entry("individual, with screenshots", func(spec *v1alpha1.CloudRecordingSpec) {
			spec.Mode = v1alpha1.IndividualMode
			spec.Start.RecordingConfig.SubscribeUIDGroup = ptr.To[int32](0)
			spec.Start.SnapshotConfig = &v1alpha1.SnapshotConfig{CaptureInterval: 10, FileType: []v1alpha1.SnapshotFileType{"jpg"}}
		}),
		Entry("mix, with MP4", func(spec *v1alpha1.CloudRecordingSpec) {
			spec.Start.RecordingFileConfig = &v1alpha1.RecordingFileConfig{AVFileType: []v1alpha1.AVFileType{"hls", "mp4"}}
		}),
		Entry("web", func(spec *v1alpha1.CloudRecordingSpec) {
			spec.Mode = v1alpha1.WebMode
			spec.Start.TokenSecretRef, spec.Start.RecordingConfig = nil, nil
			spec.Start.ExtensionServiceConfig = &v1alpha1.ExtensionServiceConfig{ExtensionServices: []v1alpha1.ExtensionService{{
				ServiceName: "web_recorder_service",
				ServiceParam: v1alpha1.ExtensionServiceParam{
					URL: "https://example.com/", AudioProfile: ptr.To[int32](0), VideoWidth: 1280, VideoHeight: 720, MaxRecordingHour: 3,
				},
			}}}
		}),
	)
})

func haveMessage(conditionType string, message types.GomegaMatcher) types.GomegaMatcher {
	return HaveField("Status.Conditions", ContainElement(And(HaveField("Type", conditionType), HaveField("Message", message))))
}
