// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/capacity"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/places"
	"cloudrecording.dev/operator/controllers/profiles"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// unindexed lists all objects of a namespace, where the cache would list those of an index.
type unindexed struct {
	client.Reader
	namespace string
}

func (u unindexed) List(ctx context.Context, list client.ObjectList, _ ...client.ListOption) error {
	return u.Reader.List(ctx, list, client.InNamespace(u.namespace))
}

var _ = Describe("an account's capacity", func() {
	// allow has the account's Secret allow so many recordings.
	allow := func(ctx context.Context, e *environment, recordings int) {
		GinkgoHelper()
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "agora"}}
		patch(ctx, secret, fmt.Sprintf(`{"stringData":{%q:"%d"}}`, v1alpha1.MaxRecordingsKey, recordings))
	}
	// beginLimited returns an environment whose account's Secret allows so many recordings.
	beginLimited := func(ctx context.Context, allowed int) *environment {
		GinkgoHelper()
		e := newEnvironmentWithToken(ctx)
		allow(ctx, e, allowed)
		return e
	}
	// lesson is one of several that run in channels of their own.
	lesson := func(e *environment, number int, change func(*v1alpha1.CloudRecordingSpec)) *v1alpha1.CloudRecording {
		recording := e.lessonToStart(change)
		recording.Name, recording.Spec.CName = "lesson-"+strconv.Itoa(number), "lesson-"+strconv.Itoa(number)
		return recording
	}
	create := func(ctx context.Context, recording *v1alpha1.CloudRecording) *v1alpha1.CloudRecording {
		GinkgoHelper()
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		return recording
	}
	isWaiting := func(ctx context.Context, recording *v1alpha1.CloudRecording, message string) {
		GinkgoHelper()
		Eventually(observe(ctx, recording)).Should(And(
			havePhase(v1alpha1.PhasePending), haveReady(metav1.ConditionFalse, v1alpha1.WaitingForCapacityReason),
			haveCondition(v1alpha1.ReconcilingCondition, metav1.ConditionTrue, v1alpha1.WaitingForCapacityReason),
			HaveField("Finalizers", Not(BeEmpty())),
			haveMessage(v1alpha1.ReadyCondition, ContainSubstring(message))))
	}
	running := func(e *environment) func() int {
		return func() (count int) {
			for _, recording := range e.agora.Recordings() {
				if recording.Running {
					count++
				}
			}
			return count
		}
	}

	It("is used in the order of windows, and a place is free once what was stopped has ended", func(ctx context.Context) {
		e := beginLimited(ctx, 1)
		e.run()
		first := create(ctx, lesson(e, 1, nil))
		isRecording(ctx, first)
		late := create(ctx, lesson(e, 2, window(-time.Minute, time.Hour)))
		early := create(ctx, lesson(e, 3, window(-10*time.Minute, time.Hour)))
		for _, waiting := range []*v1alpha1.CloudRecording{late, early} {
			isWaiting(ctx, waiting, fmt.Sprintf(`Secret "%s/agora" allows (maxRecordings: 1)`, e.namespace))
		}
		Eventually(e.metric("cloudrecording_account_recordings")).Should(Equal(1.0))
		Expect(e.metric("cloudrecording_account_recordings_limit")(Default)).To(Equal(1.0))
		Expect(e.metric("cloudrecording_account_recordings_waiting")(Default)).To(Equal(2.0))
		written := observe(ctx, late)(Default).ResourceVersion

		patch(ctx, first, `{"spec":{"state":"Stopped"}}`)
		isRecording(ctx, early)
		Expect(observe(ctx, late)(Default).ResourceVersion).To(Equal(written), "nothing is written of what waits")
		patch(ctx, early, `{"spec":{"state":"Stopped"}}`)
		isRecording(ctx, late)
		Expect(running(e)()).To(Equal(1))
		Expect(e.calls(faults.MethodAcquire)()).To(Equal(3))
	})

	It("lets more begin when the Secret allows more", func(ctx context.Context) {
		e := beginLimited(ctx, 1)
		e.run()
		isRecording(ctx, create(ctx, lesson(e, 1, nil)))
		waiting := create(ctx, lesson(e, 2, nil))
		isWaiting(ctx, waiting, "maxRecordings: 1")
		allow(ctx, e, 2)
		isRecording(ctx, waiting)
	})

	It("is not bound by what a Secret has said that was edited when nobody needed it", func(ctx context.Context) {
		e := beginLimited(ctx, 1)
		former := e.secret(ctx)(Default)
		former.ObjectMeta = metav1.ObjectMeta{Namespace: e.namespace, Name: "agora-2"}
		former.Data[v1alpha1.MaxRecordingsKey] = []byte("2")
		Expect(k8sClient.Create(ctx, former)).To(Succeed())
		e.run()
		limit := e.metric("cloudrecording_account_recordings_limit")
		isRecording(ctx, create(ctx, lesson(e, 1, func(spec *v1alpha1.CloudRecordingSpec) { spec.CredentialsSecretRef.Name = former.Name })))
		Eventually(limit).Should(Equal(2.0))
		short := create(ctx, lesson(e, 2, func(spec *v1alpha1.CloudRecordingSpec) { spec.State = v1alpha1.RecordingStateStopped }))
		Eventually(observe(ctx, short)).Should(havePhase(v1alpha1.PhaseCompleted))
		Eventually(limit).Should(Equal(1.0), "the lowest counts")

		allow(ctx, e, 3)
		Eventually(limit).Should(Equal(2.0))
	})

	It("is not exceeded by a process that begins", func(ctx context.Context) {
		e := beginLimited(ctx, 2)
		e.run()
		for number := range 6 {
			create(ctx, lesson(e, number, nil))
		}
		Eventually(running(e)).Should(Equal(2))
		for range 3 {
			e.stop()
			e.run()
			Eventually(e.metric("cloudrecording_account_recordings_waiting")).Should(Equal(4.0))
			Expect(running(e)()).To(Equal(2))
		}
		list := &v1alpha1.CloudRecordingList{}
		Expect(k8sClient.List(ctx, list, client.InNamespace(e.namespace))).To(Succeed())
		for i := range list.Items {
			Expect(k8sClient.Delete(ctx, &list.Items[i])).To(Succeed())
			e.eventuallyGone(ctx, &list.Items[i])
			Expect(running(e)()).To(BeNumerically("<=", 2))
		}
	})

	It("is left to others by what cannot be started", func(ctx context.Context) {
		e := beginLimited(ctx, 1)
		e.run()
		broken := create(ctx, lesson(e, 1, func(spec *v1alpha1.CloudRecordingSpec) { spec.Start.TokenSecretRef.Name = "missing" }))
		Eventually(observe(ctx, broken)).Should(haveReady(metav1.ConditionFalse, v1alpha1.StartSecretNotFoundReason))
		isRecording(ctx, create(ctx, lesson(e, 2, nil)))
	})

	It("counts what waits by a profile before a process lets anything begin", func(ctx context.Context) {
		e := beginLimited(ctx, 1)
		Expect(k8sClient.Create(ctx, e.profileOfLessons(nil))).To(Succeed())
		create(ctx, e.shortLesson(nil))
		pools := capacity.New(clock.RealClock{})
		enqueuer := places.New(places.Options{
			Reader: profiles.NewReader(unindexed{k8sClient, e.namespace}), Credentials: secrets.NewCredentialsStore(k8sClient, k8sClient, 1), Pools: pools,
			NoteAccount: newTracker().noteAccount,
		})
		Expect(enqueuer.Count(ctx)).To(Succeed())
		Expect(pools.Usage()).To(ConsistOf(And(HaveField("Limit", 1), HaveField("Running", 0), HaveField("Waiting", 1))))
	})

	It("is left to others by what waited and lost its profile", func(ctx context.Context) {
		e := beginLimited(ctx, 1)
		e.run()
		first := create(ctx, lesson(e, 1, nil))
		isRecording(ctx, first)
		profile := &v1alpha1.CloudRecordingProfile{
			ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "lessons"},
			Spec:       v1alpha1.CloudRecordingProfileSpec{OnChannelEmpty: v1alpha1.ChannelEmptyPolicyComplete},
		}
		Expect(k8sClient.Create(ctx, profile)).To(Succeed())
		stuck := create(ctx, lesson(e, 2, func(spec *v1alpha1.CloudRecordingSpec) {
			spec.ProfileRef = &v1alpha1.ProfileReference{Name: profile.Name}
		}))
		isWaiting(ctx, stuck, "maxRecordings: 1")
		waiting := create(ctx, lesson(e, 3, nil))
		isWaiting(ctx, waiting, "maxRecordings: 1")
		Expect(k8sClient.Delete(ctx, profile)).To(Succeed())
		Eventually(observe(ctx, stuck)).Should(haveReady(metav1.ConditionFalse, v1alpha1.ProfileNotFoundReason))
		patch(ctx, first, `{"spec":{"state":"Stopped"}}`)
		isRecording(ctx, waiting)
	})

	It("is asked for by one recording for all where Agora has no room", func(ctx context.Context) {
		e := newEnvironmentWithBucket(ctx, agorasim.Options{ExitAfter: 300 * time.Millisecond, MaxRecordings: 1})
		e.createSecret(ctx, customerSecret)
		e.createBucketSecret(ctx, bucketServer.SecretKey)
		e.createToken(ctx)
		e.run()
		first := create(ctx, lesson(e, 1, nil))
		isRecording(ctx, first)
		// Its window says that it is the next one: both objects may be of the same second.
		refused := create(ctx, lesson(e, 2, window(-time.Minute, time.Hour)))
		Eventually(observe(ctx, refused)).Should(And(havePhase(v1alpha1.PhasePending), haveReady(metav1.ConditionFalse, v1alpha1.OverloadedReason)))
		// The one that was refused is to ask again in half a minute.
		e.clock.standStill()
		waiting := create(ctx, lesson(e, 3, nil))
		isWaiting(ctx, waiting, "Agora had no room for another recording of the App ID")
		Consistently(e.calls(faults.MethodAcquire)).Should(Equal(2), "nobody else asks")

		e.clock.proceed()
		patch(ctx, first, `{"spec":{"state":"Stopped"}}`)
		isRecording(ctx, refused)
		Expect(k8sClient.Delete(ctx, refused)).To(Succeed())
		isRecording(ctx, waiting)
	})
})
