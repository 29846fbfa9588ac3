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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// stsToken is part of a short-lived key, of which nothing may be seen anywhere.
const stsToken = "s3cr3t-sts-token"

// startLesson starts a recording and waits until it runs.
func (e *environment) startLesson(ctx context.Context, change func(*v1alpha1.CloudRecordingSpec)) *v1alpha1.CloudRecording {
	GinkgoHelper()
	recording := e.lessonToStart(change)
	Expect(k8sClient.Create(ctx, recording)).To(Succeed())
	Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason))
	return recording
}

// only returns a function that tells how the only recording is at Agora.
func (e *environment) only() func(Gomega) agorasim.Recording {
	return func(g Gomega) agorasim.Recording {
		recordings := e.agora.Recordings()
		g.Expect(recordings).To(HaveLen(1))
		return recordings[0]
	}
}

func haveUpdates(updates recorder.Updates) types.GomegaMatcher { return HaveField("Updates", updates) }

// asWanted is a recording that runs by the newest spec.
func asWanted() types.GomegaMatcher {
	return And(haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason), haveObservedLatest())
}

// haveObservedLatest matches a recording whose status is of its latest generation.
func haveObservedLatest() types.GomegaMatcher {
	return WithTransform(
		func(recording *v1alpha1.CloudRecording) bool {
			return recording.Status.ObservedGeneration == recording.Generation
		}, BeTrue())
}

// aPage is a web recording that is pushed to a CDN.
func aPage(spec *v1alpha1.CloudRecordingSpec) {
	spec.Mode, spec.Start.TokenSecretRef, spec.Start.RecordingConfig = v1alpha1.WebMode, nil, nil
	spec.Start.ExtensionServiceConfig = &v1alpha1.ExtensionServiceConfig{ExtensionServices: []v1alpha1.ExtensionService{
		{ServiceName: "web_recorder_service", ServiceParam: v1alpha1.ExtensionServiceParam{
			URL: "https://example.com/", AudioProfile: ptr.To[int32](0), VideoWidth: 1280, VideoHeight: 720, MaxRecordingHour: 3,
		}},
		{ServiceName: "rtmp_publish_service", ServiceParam: v1alpha1.ExtensionServiceParam{
			Outputs: []v1alpha1.RTMPOutput{{RTMPURLSecretRef: v1alpha1.RTMPURLSecretReference{Name: "cdn"}}},
		}},
	}}
}

func (e *environment) createCDN(ctx context.Context, name, host string) *corev1.Secret {
	GinkgoHelper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name},
		StringData: map[string]string{v1alpha1.RTMPURLKey: "rtmp://" + host + "/live/" + streamKey},
	}
	Expect(k8sClient.Create(ctx, secret)).To(Succeed())
	return secret
}

const (
	wantUsers  = `{"spec":{"start":{"recordingConfig":{"subscribeAudioUids":["1","2"],"unsubscribeVideoUids":["3"]}}}}`
	wantNobody = `{"spec":{"start":{"recordingConfig":{"subscribeAudioUids":null,"unsubscribeVideoUids":null}}}}`
	wantLayout = `{"spec":{"start":{"recordingConfig":{"transcodingConfig":{"mixedVideoLayout":1,"backgroundColor":"#102030"}}}}}`
)

var _ = Describe("a recording that runs", func() {
	It("is changed by one call for each edit", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.startLesson(ctx, nil)
		Expect(e.only()(Default)).To(haveUpdates(recorder.Updates{}))

		By("other users")
		patch(ctx, recording, wantUsers)
		Eventually(e.only()).Should(HaveField("Configuration.Subscription", recorder.Subscription{
			Audio: recorder.StreamSelection{Subscribed: []string{"1", "2"}}, Video: recorder.StreamSelection{Unsubscribed: []string{"3"}},
		}))
		Eventually(observe(ctx, recording)).Should(asWanted())

		By("everybody again")
		patch(ctx, recording, wantNobody)
		Eventually(e.only()).Should(HaveField("Configuration.Subscription", recorder.Subscription{}))
		Eventually(observe(ctx, recording)).Should(asWanted())

		By("another layout")
		patch(ctx, recording, wantLayout)
		Eventually(e.only()).Should(HaveField("Configuration.Layout", HaveValue(And(
			HaveField("MixedVideoLayout", 1), HaveField("BackgroundColor", "#102030")))))
		Eventually(observe(ctx, recording)).Should(asWanted())

		By("both at once, and nothing more afterwards")
		patch(ctx, recording, `{"spec":{"start":{"recordingConfig":{"subscribeVideoUids":["4"],"transcodingConfig":{"mixedVideoLayout":0}}}}}`)
		Eventually(e.only()).Should(haveUpdates(recorder.Updates{Requests: 3, LayoutRequests: 2, StreamSubscribe: 3, Layout: 2}))
		Eventually(observe(ctx, recording)).Should(asWanted())
		writes := len(e.writes.of("cloudrecordings"))
		polls := e.calls(faults.MethodQuery)
		Eventually(polls).Should(BeNumerically(">", polls()+2))
		Expect(e.only()(Default)).To(haveUpdates(recorder.Updates{Requests: 3, LayoutRequests: 2, StreamSubscribe: 3, Layout: 2}))
		Expect(e.writes.of("cloudrecordings")).To(HaveLen(writes))
	})

	It("is paused, and pushed elsewhere when the Secret says so", func(ctx context.Context) {
		e := beginWithToken(ctx)
		cdn := e.createCDN(ctx, "cdn", "one.example.com")
		recording := e.startLesson(ctx, aPage)
		pause := func(onhold string) string {
			return `[{"op":"add","path":"/spec/start/extensionServiceConfig/extensionServices/0/serviceParam/onhold","value":` + onhold + `}]`
		}
		edit := func(change string) {
			GinkgoHelper()
			Expect(k8sClient.Patch(ctx, recording.DeepCopy(), client.RawPatch("application/json-patch+json", []byte(change)))).To(Succeed())
		}

		By("a pause")
		edit(pause("true"))
		Eventually(e.only()).Should(HaveField("Configuration.Onhold", true))
		Eventually(observe(ctx, recording)).Should(asWanted())
		edit(pause("false"))
		Eventually(e.only()).Should(HaveField("Configuration.Onhold", false))
		Eventually(observe(ctx, recording)).Should(asWanted())

		By("another address in the Secret")
		patch(ctx, cdn, `{"stringData":{"rtmpUrl":"rtmp://two.example.com/live/`+streamKey+`"}}`)
		Eventually(e.only()).Should(HaveField("Updates", And(HaveField("RTMPPublishConfig", 1), HaveField("WebRecordingConfig", 2))))
		Eventually(observe(ctx, recording)).Should(asWanted())

		By("a Secret that is not there")
		edit(`[{"op":"replace","path":"/spec/start/extensionServiceConfig/extensionServices/1/serviceParam/outputs/0/rtmpUrlSecretRef/name","value":"another"}]`)
		Eventually(observe(ctx, recording)).Should(And(
			haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring(`goes on as it was, and cannot be updated: Secret "another" does not exist`))))
		e.createCDN(ctx, "another", "three.example.com")
		Eventually(e.only()).Should(HaveField("Updates.RTMPPublishConfig", 2))
		Eventually(observe(ctx, recording)).Should(asWanted())
		Expect(e.only()(Default).Updates.Requests).To(Equal(4))
	})

	It("gets a fresh key for the bucket, from the Secret and in time", func(ctx context.Context) {
		e := newEnvironmentWithBucket(ctx, agorasim.Options{ExitAfter: 300 * time.Millisecond})
		e.createSecret(ctx, customerSecret)
		e.createBucketSecret(ctx, bucketServer.SecretKey)
		e.createToken(ctx)
		key := &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "short-lived"},
			StringData: map[string]string{
				v1alpha1.AccessKeyKey: "one", v1alpha1.SecretKeyKey: bucketServer.SecretKey, v1alpha1.StsTokenKey: stsToken, v1alpha1.StsExpirationKey: "4102444800",
			},
		}
		Expect(k8sClient.Create(ctx, key)).To(Succeed())
		e.run()
		recording := e.startLesson(ctx, func(spec *v1alpha1.CloudRecordingSpec) {
			spec.Storage.Vendor = 1
			spec.Storage.ReadCredentialsSecretRef = &v1alpha1.StorageSecretReference{Name: "bucket"}
			spec.Storage.CredentialsSecretRef.Name = "short-lived"
		})
		held := func(g Gomega) []string {
			current := &corev1.Secret{}
			g.Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(key), current)).To(Succeed())
			return current.Finalizers
		}
		Expect(e.only()(Default)).To(And(haveUpdates(recorder.Updates{}),
			HaveField("Configuration.Storage.STSExpiration", BeEquivalentTo(4102444800))))
		Eventually(held).Should(ContainElement(v1alpha1.InUseFinalizer))

		By("another key")
		before := observe(ctx, recording)(Default).Status
		patch(ctx, key, `{"stringData":{"accessKey":"two"}}`)
		Eventually(observe(ctx, recording)).Should(HaveField("Status.Applied.Storage", Not(BeElementOf(before.Applied.Storage, clientrequest.Uncertain))))
		Expect(e.only()(Default)).To(HaveField("Configuration.Storage.AccessKey", "two"))
		Expect(e.only()(Default)).To(haveUpdates(recorder.Updates{Requests: 1, StorageConfig: 1}))

		By("the same one again, before an hour is over")
		sent := func(g Gomega) *metav1.Time { return observe(ctx, recording)(g).Status.Applied.StorageTime }
		long := metav1.NewTime(time.Now().Add(-50 * time.Minute).UTC().Truncate(time.Second))
		current := observe(ctx, recording)(Default)
		Expect(k8sClient.Status().Patch(ctx, current, client.RawPatch("application/merge-patch+json",
			[]byte(`{"status":{"applied":{"storageTime":"`+long.Format(time.RFC3339)+`"}}}`)))).To(Succeed())
		Eventually(e.only()).Should(haveUpdates(recorder.Updates{Requests: 2, StorageConfig: 2}))
		Eventually(sent).Should(HaveField("Time", BeTemporally("~", time.Now(), time.Minute)))
		Expect(observe(ctx, recording)(Default).Status.Conditions).To(Equal(before.Conditions), "nobody waits for it")

		By("the end")
		patch(ctx, recording, wantStopped)
		Eventually(held).ShouldNot(ContainElement(v1alpha1.InUseFinalizer))
		Expect(e.only()(Default)).To(haveUpdates(recorder.Updates{Requests: 2, StorageConfig: 2}))
	})

	It("is told of one edit at a time, and of the last one at last", func(ctx context.Context) {
		e := newEnvironmentWithToken(ctx)
		updates := e.holdAnswers(agora.MethodUpdate)
		e.run()
		recording := e.startLesson(ctx, nil)
		patch(ctx, recording, wantUsers)
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionFalse, v1alpha1.UpdatingReason))
		Eventually(e.calls(faults.MethodUpdate)).Should(Equal(1))
		patch(ctx, recording, `{"spec":{"start":{"recordingConfig":{"subscribeAudioUids":["8"]}}}}`)
		patch(ctx, recording, `{"spec":{"start":{"recordingConfig":{"subscribeAudioUids":["9"],"transcodingConfig":{"mixedVideoLayout":1}}}}}`)
		Eventually(observe(ctx, recording)).Should(haveObservedLatest())
		updates.release()
		Eventually(observe(ctx, recording)).Should(asWanted())
		Expect(e.only()(Default)).To(And(
			haveUpdates(recorder.Updates{Requests: 2, LayoutRequests: 1, StreamSubscribe: 2, Layout: 1}),
			HaveField("Configuration.Subscription.Audio.Subscribed", []string{"9"}),
			HaveField("Configuration.Layout.MixedVideoLayout", 1)))
	})

	It("is told of an edit by the next process if one ends before", func(ctx context.Context) {
		e := newEnvironmentWithBucket(ctx, agorasim.Options{})
		e.createSecret(ctx, customerSecret)
		e.createBucketSecret(ctx, bucketServer.SecretKey)
		e.createToken(ctx)
		e.run()
		recording := e.startLesson(ctx, nil)

		By("while nothing runs")
		e.stop()
		patch(ctx, recording, wantLayout)
		e.run()
		Eventually(observe(ctx, recording)).Should(asWanted())
		Expect(e.only()(Default)).To(haveUpdates(recorder.Updates{LayoutRequests: 1, Layout: 1}))

		By("after a call that may have taken effect")
		e.fault(faults.Fault{Method: faults.MethodUpdate, Effect: faults.EffectDropAfterActing})
		patch(ctx, recording, wantUsers)
		Eventually(e.only()).Should(HaveField("Updates.StreamSubscribe", BeNumerically(">", 0)))
		e.stop()
		e.agora.ClearFaults()
		patch(ctx, recording, wantNobody)
		e.run()
		Eventually(e.only()).Should(HaveField("Configuration.Subscription", recorder.Subscription{}))
		Eventually(observe(ctx, recording)).Should(asWanted())
	})

	It("says that an edit was refused, and goes on until it is corrected", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.startLesson(ctx, nil)
		e.fault(faults.Fault{
			Method: faults.MethodUpdateLayout, Times: 1, Effect: faults.EffectAnswer, Status: http.StatusBadRequest,
			Body: `{"code":1028,"reason":"invalid layout"}`,
		})
		patch(ctx, recording, wantLayout)
		refused := And(
			haveReady(metav1.ConditionFalse, v1alpha1.InvalidRequestReason),
			haveCondition(v1alpha1.StalledCondition, metav1.ConditionTrue, v1alpha1.InvalidRequestReason),
			haveMessage(v1alpha1.ReadyCondition, And(
				ContainSubstring("Agora refuses the update (updateLayout: HTTP status 400, code 1028, invalid layout): correct spec.start"),
				ContainSubstring("goes on as it was"))),
			havePhase(v1alpha1.PhaseRecording))
		Eventually(observe(ctx, recording)).Should(refused)
		polls := e.calls(faults.MethodQuery)
		Eventually(polls).Should(BeNumerically(">", polls()+2))
		Expect(observe(ctx, recording)(Default)).To(refused)
		Expect(e.calls(faults.MethodUpdateLayout)()).To(Equal(1))

		patch(ctx, recording, `{"spec":{"start":{"recordingConfig":{"transcodingConfig":{"mixedVideoLayout":0}}}}}`)
		Eventually(observe(ctx, recording)).Should(And(asWanted(), HaveField("Status.LastError", BeNil())))
	})

	It("is told again if the answer was lost", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.startLesson(ctx, nil)
		e.fault(faults.Fault{Method: faults.MethodUpdate, Times: 2, Effect: faults.EffectDropAfterActing})
		patch(ctx, recording, wantUsers)
		Eventually(observe(ctx, recording)).Should(asWanted())
		Expect(e.only()(Default)).To(haveUpdates(recorder.Updates{Requests: 3, StreamSubscribe: 3}))
	})

	It("is stopped at once while it is being changed", func(ctx context.Context) {
		e := newEnvironmentWithToken(ctx)
		e.holdAnswers(agora.MethodUpdate)
		e.run()
		recording := e.startLesson(ctx, nil)
		patch(ctx, recording, wantUsers)
		Eventually(e.calls(faults.MethodUpdate)).Should(Equal(1))
		patch(ctx, recording, wantStopped)
		Eventually(e.only()).Should(HaveField("StopsTaken", 1), "nobody waits for the answer to the update, which never comes")
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
		Expect(e.calls(faults.MethodUpdate)()).To(Equal(1))
	})

	It("cannot be changed where Agora cannot", func(ctx context.Context) {
		e := beginWithToken(ctx)
		recording := e.startLesson(ctx, nil)
		err := k8sClient.Patch(ctx, recording.DeepCopy(), client.RawPatch("application/merge-patch+json",
			[]byte(`{"spec":{"start":{"recordingConfig":{"maxIdleTime":60}}}}`)))
		Expect(err).To(MatchError(ContainSubstring("Agora cannot change the rest")))
	})
})
